/**
 * How every kind of Xero record is written: up to 50 in a request, answered one by one, in words.
 *
 * `summarizeErrors=false` lets the good ones of a batch through. The idempotency key belongs to the request, so a batch goes out
 * again as it was; how long Xero keeps a key is not documented, so after minutes only a mark tells whether a create had an effect.
 * https://developer.xero.com/documentation/guides/idempotent-requests/idempotency
 */
import {
  type Call,
  ConnectorError,
  type Create,
  type Http,
  type Outcomes,
  type Reason,
  Rejected,
  Rest,
  type Target,
  Transient,
  type Update,
  Verb
} from "@syncline/connector"
import { Fingerprint, type Fields, type OpKey } from "@syncline/core"
import { Effect, Option, Result, Schema } from "effect"
import * as Complaint from "./Complaint.ts"
import * as Source from "./Source.ts"
import * as Wire from "./Wire.ts"

export interface Kind<A> extends Source.Kind<A> {
  readonly creatable: ReadonlyArray<string>
  readonly updatable: ReadonlyArray<string>
  /** What Xero asks for again with every update. */
  readonly always?: ReadonlyArray<string>
  /** Without which no record is made: each field, and what to do where it is missing. */
  readonly needs?: Readonly<Record<string, string>>
  /** Why others of its fields cannot be written, by name. */
  readonly locked: Readonly<Record<string, string>>
  /** The field by which the record that an op made is found again. */
  readonly mark: Mark
}

export interface Mark {
  readonly field: string
  /** The longest text that the field takes. */
  readonly most: number
  /** The record's own number, never invented. Else a record without one bears the op's key there. */
  readonly isNatural?: boolean
}

/** Xero's advice for one request. https://developer.xero.com/documentation/guides/how-to-guides/integration-best-practices */
const opsAtOnce = 50

/** Minutes, not days: the lifetime of a key is not documented. */
const keptMs = 60_000
/** A request whose connection was lost may run that long. */
const lagMs = 120_000

const maxKey = 128

/** An op's or a batch's key as a header or a field can hold it. */
export const markOf = (key: OpKey, most: number): string =>
  key.length <= most && /^[!-~]+$/.test(key) ? key : Fingerprint.of(key).slice(0, most)

const hasErrors = Schema.is(Schema.Struct({ StatusAttributeString: Schema.Literal("ERROR") }))

/** Sends elements and reads each one's outcome; `batch` names the request. */
export const post = Effect.fnUntraced(function* <A, Op extends { readonly key: OpKey }>(
  kind: Source.Kind<A>,
  method: "PUT" | "POST",
  ops: ReadonlyArray<Op>,
  batch: OpKey,
  element: (op: Op) => Fields
): Effect.fn.Return<Outcomes<A>, ConnectorError, Http> {
  if (ops.length === 0) return new Map()
  const call: Call = {
    method,
    path: kind.path,
    query: { summarizeErrors: false },
    headers: { "idempotency-key": markOf(batch, maxKey) },
    json: { [kind.plural]: ops.map(element) }
  }
  const { list } = yield* Source.send(call, kind.plural)
  return Verb.inOrder(ops, list.map(outcomeOf(kind)))
})

const outcomeOf =
  <A>(kind: Source.Kind<A>) =>
  (element: unknown): Result.Result<A, Reason> => {
    if (hasErrors(element)) return Result.fail(Complaint.reason(Complaint.messagesOf(element)))
    const stored = Source.records(kind)(element)
    return stored._tag === "Present"
      ? Result.succeed(stored.record)
      : Result.fail(new Transient({ detail: `what was stored cannot be read: ${stored.why}` }))
  }

/** The fields of a patch that this kind takes; the others, each with why not. */
const allowed = (
  patch: Fields,
  fields: ReadonlyArray<string>,
  locked: Readonly<Record<string, string>>
): Result.Result<Fields, Rejected> => {
  const refused = Object.keys(patch).filter((name) => !fields.includes(name))
  return refused.length === 0
    ? Result.succeed(patch)
    : Result.fail(
        new Rejected({
          fields: Object.fromEntries(
            refused.map((name) => [name, locked[name] ?? "Xero computes this; it cannot be written"])
          )
        })
      )
}

const complete =
  (needs: Readonly<Record<string, string>>) =>
  (fields: Fields): Result.Result<Fields, Rejected> => {
    const missing = Object.entries(needs).filter(([name]) => isEmpty(fields[name]))
    return missing.length === 0
      ? Result.succeed(fields)
      : Result.fail(new Rejected({ fields: Object.fromEntries(missing) }))
  }

/** What refers to nobody is empty too. */
const isEmpty = (value: Schema.Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === "object" && !Array.isArray(value) && Object.values(value).every(isEmpty))

interface Ready<Op> {
  readonly ops: ReadonlyArray<Op & { readonly fields: Fields }>
  readonly refused: ReadonlyMap<OpKey, Result.Result<never, Reason>>
}

/** What may be sent, and what may not; a field that has its value already is left out. */
const ready = <Op extends { readonly key: OpKey; readonly patch: object }>(
  ops: ReadonlyArray<Op>,
  fields: ReadonlyArray<string>,
  { locked, needs = {} }: Pick<Kind<never>, "locked" | "needs">,
  base: (op: Op) => Fields
): Ready<Op> => {
  const accepted: Array<Op & { readonly fields: Fields }> = []
  const refused = new Map<OpKey, Result.Result<never, Reason>>()
  for (const op of ops) {
    const before = base(op)
    const said = Object.fromEntries(Object.entries(op.patch).filter(([name, value]) => !isSame(value, before[name])))
    const checked = Result.flatMap(allowed(said, fields, locked), complete(needs))
    if (Result.isFailure(checked)) refused.set(op.key, Result.fail(checked.failure))
    else accepted.push({ ...op, fields: checked.success })
  }
  return { ops: accepted, refused }
}

const isSame = (one: Schema.Json | undefined, other: Schema.Json | undefined): boolean =>
  one === undefined || one === null
    ? other === undefined || other === null
    : other !== undefined && Fingerprint.canonical(one) === Fingerprint.canonical(other)

/** New records, each with the mark of its op where the kind has a place for one. */
export const create = <A extends Fields>(kind: Kind<A>): NonNullable<Target<A, Http, never>["create"]> => {
  const { mark } = kind
  return {
    max: opsAtOnce,
    run: Effect.fnUntraced(function* (ops: ReadonlyArray<Create<A>>, batch) {
      const { ops: accepted, refused } = ready(ops, kind.creatable, kind, () => ({}))
      const made = yield* post(kind, "PUT", accepted, batch, ({ key, fields }) => ({
        ...(mark.isNatural !== true && { [mark.field]: markOf(key, mark.most) }),
        ...Wire.written(fields, {})
      }))
      return new Map([...refused, ...made])
    }),
    repeat: { _tag: "Keyed", keptMs },
    find: find(kind)
  }
}

/** By its mark, unless the record was given a value of its own there: then that is what it is found by. */
const find = <A extends Fields>(kind: Kind<A>): NonNullable<NonNullable<Target<A, Http, never>["create"]>["find"]> => ({
  max: 20,
  lagMs,
  run: Effect.fnUntraced(function* (sought) {
    const { field } = kind.mark
    const keys = new Map(sought.map((op) => [soughtValue(kind.mark, op), op.key] as const))
    keys.delete(null)
    const found = new Map(sought.map(({ key }) => [key, Option.none<A>()]))
    const values = [...keys.keys()].filter((value) => value !== null)
    if (values.length === 0) return found
    const { list } = yield* Source.send(
      { method: "GET", path: kind.path, query: { ...kind.query, where: Source.where(field, values) } },
      kind.plural
    )
    for (const listed of list.map(Source.records(kind))) {
      if (listed._tag === "Unreadable") {
        return yield* new ConnectorError({
          operation: `GET ${kind.path}`,
          reason: new Transient({ detail: `the record ${listed.id} that an op made cannot be read: ${listed.why}` })
        })
      }
      const value = listed.record[field]
      const key = typeof value === "string" ? keys.get(value) : undefined
      if (key !== undefined) found.set(key, Option.some(listed.record))
    }
    return found
  })
})

/** Null: the op cannot have made a record, since it names none. */
const soughtValue = ({ field, most, isNatural }: Mark, { key, patch }: Create<Fields>): string | null => {
  const own = patch[field]
  return typeof own === "string" && own !== "" ? own : isNatural === true ? null : markOf(key, most)
}

/** Only what differs from `base` is sent; an op without a difference makes no call. */
export const update = <A extends Fields>(kind: Kind<A>): NonNullable<Target<A, Http>["update"]> => ({
  max: opsAtOnce,
  refusesStale: false,
  run: Effect.fnUntraced(function* (ops: ReadonlyArray<Update<A>>, batch) {
    const { ops: accepted, refused } = ready(ops, kind.updatable, { locked: kind.locked }, ({ base }) => base)
    const differing = accepted.filter(({ fields }) => Object.keys(fields).length > 0)
    const same = accepted.filter(({ fields }) => Object.keys(fields).length === 0)
    const stored = yield* post(kind, "POST", differing, batch, ({ id, fields, base }) => ({
      ...Object.fromEntries((kind.always ?? []).map((name) => [name, base[name] ?? ""])),
      ...Wire.written(fields, base),
      [kind.idField]: id
    }))
    return new Map([...refused, ...same.map(({ key, base }) => [key, Result.succeed(base)] as const), ...stored])
  })
})

/** A removal that is a state: `ContactStatus: ARCHIVED`, `Status: DELETED`. What is gone already was removed. */
export const removeByState = <A extends Fields>(
  kind: Source.Kind<A>,
  as: "deleted" | "archived",
  state: Fields,
  refuses: (base: A) => Rejected | null = () => null
): NonNullable<Target<A, Http>["remove"]> => ({
  max: opsAtOnce,
  as,
  run: Effect.fnUntraced(function* (ops, batch) {
    const outcomes = new Map<OpKey, Result.Result<void, Reason>>()
    const open = ops.filter((op) => {
      const refusal = refuses(op.base)
      if (refusal !== null) outcomes.set(op.key, Result.fail(refusal))
      return refusal === null
    })
    const stored = yield* post(kind, "POST", open, batch, ({ id }) => ({ [kind.idField]: id, ...state }))
    for (const [key, outcome] of stored) outcomes.set(key, removed(outcome))
    return outcomes
  })
})

const removed = <A>(outcome: Result.Result<A, Reason>): Result.Result<void, Reason> =>
  Result.isFailure(outcome) && outcome.failure._tag === "NotFound"
    ? Result.succeed(undefined)
    : Result.map(outcome, () => undefined)

export const deleteEach = <A extends Fields>(kind: Source.Kind<A>): NonNullable<Target<A, Http>["remove"]> => ({
  ...Verb.each(({ id }) =>
    Verb.removed(Rest.call({ method: "DELETE", path: `${kind.path}/${encodeURIComponent(id)}` }, Schema.Unknown))
  ),
  as: "deleted"
})
