/**
 * How objects are written: in batches of 100, each element answered by its trace id, in any order and partly under 207.
 *
 * HubSpot knows no idempotency keys. A create is an upsert on a unique property that bears the op's marker: sent twice, it makes one
 * record, and whether it was made is read by that property, past the index.
 * https://developers.hubspot.com/docs/api-reference/crm-objects-v3/guide#upsert-records
 */
import {
  type ConnectorError,
  type Create,
  type Http,
  type Outcomes,
  type Reason,
  Rejected,
  Rest,
  type Target,
  Transient,
  type Update
} from "@syncline/connector"
import { Fingerprint, type Fields, type OpKey, RecordId } from "@syncline/core"
import { Effect, Option, Result, Schema } from "effect"
import * as Associations from "./Associations.ts"
import * as Complaint from "./Complaint.ts"
import * as Kind from "./Kind.ts"
import * as Marker from "./Marker.ts"
import * as Source from "./Source.ts"
import * as Wire from "./Wire.ts"

type Verbs = Target<Fields, Http>

/** An upsert on the marker stays one for as long as the record lives; a day is longer than any doubt should last. */
const keptMs = 86_400_000
/** A request whose connection was lost may run that long. */
const findLagMs = 120_000

/** What a property takes: text, or nothing as the empty text. */
const written = (value: Schema.Json | undefined): string =>
  value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)

const isSame = (one: Schema.Json | undefined, other: Schema.Json | undefined): boolean =>
  isNothing(one) || isNothing(other)
    ? isNothing(one) && isNothing(other)
    : Fingerprint.canonical(one ?? null) === Fingerprint.canonical(other ?? null)

/** HubSpot has one word for what is not there. */
const isNothing = (value: Schema.Json | undefined): boolean => value === undefined || value === null || value === ""

interface Ready<Op> {
  readonly op: Op
  /** Only what differs. */
  readonly properties: Readonly<Record<string, string>>
  readonly patch: Fields
}

/** What of an op is to be sent; or why it is refused before anything is. */
const ready = <Op extends { readonly patch: object }>(
  kind: Kind.Kind,
  op: Op,
  base: Fields
): Result.Result<Ready<Op>, Rejected> => {
  const allowed = Kind.writable(kind)
  const patch: Fields = Object.fromEntries(
    Object.entries(op.patch).filter(([name, value]) => !isSame(value, base[name]))
  )
  const refused = Object.keys(patch).filter((name) => !allowed.includes(name))
  if (refused.length > 0)
    return Result.fail(
      new Rejected({
        fields: Object.fromEntries(
          refused.map((name) => [
            name,
            kind.properties.includes(name) || ["id", "createdAt", "updatedAt"].includes(name)
              ? "HubSpot computes this; it cannot be written"
              : "this connection does not know the property; name it under `properties`"
          ])
        )
      })
    )
  const properties = Object.fromEntries(
    Object.entries(patch).flatMap(([name, value]) =>
      kind.properties.includes(name) ? [[name, written(value)] as const] : []
    )
  )
  return Result.succeed({ op, properties, patch })
}

const sorted = <Op extends { readonly key: OpKey; readonly patch: object }>(
  kind: Kind.Kind,
  ops: ReadonlyArray<Op>,
  base: (op: Op) => Fields
) => {
  const outcomes = new Map<OpKey, Result.Result<Fields, Reason>>()
  const open = ops.flatMap((op) => {
    const checked = ready(kind, op, base(op))
    if (Result.isSuccess(checked)) return [checked.success]
    outcomes.set(op.key, Result.fail(checked.failure))
    return []
  })
  return { outcomes, open }
}

interface Input {
  readonly id: string
  readonly idProperty?: string
  readonly properties: Readonly<Record<string, string>>
}

/** Sends a batch; per input the id that was written, or why not. What HubSpot is silent about is left out. */
const send = Effect.fnUntraced(function* (
  kind: Kind.Kind,
  verb: "update" | "upsert",
  inputs: ReadonlyArray<Input>
): Effect.fn.Return<ReadonlyMap<number, Result.Result<string, Reason>>, ConnectorError, Http> {
  const { errors = [], results } = yield* Rest.call(
    {
      method: "POST",
      path: `${kind.path}/batch/${verb}`,
      json: { inputs: inputs.map((input, index) => ({ ...input, objectWriteTraceId: String(index) })) }
    },
    Wire.Batch
  )
  const answers = new Map<number, Result.Result<string, Reason>>()
  const positions = new Map(inputs.map(({ id }, index) => [id, index] as const))
  for (const raw of results) {
    if (!Wire.isWritten(raw)) continue
    // Without a trace, the id that was sent, or the marker that came back, tells whose answer it is.
    const trace = raw.objectWriteTraceId ?? null
    const index =
      trace === null ? (positions.get(raw.id) ?? positions.get(Wire.property(raw, kind.marker) ?? "")) : Number(trace)
    if (index !== undefined) answers.set(index, Result.succeed(raw.id))
  }
  for (const problem of errors) {
    const traced = Wire.said(problem, "objectWriteTraceId").map(Number)
    const named = Wire.said(problem, "ids").flatMap((id) => positions.get(id) ?? [])
    for (const index of traced.length > 0 ? traced : named) answers.set(index, Result.fail(Complaint.reason(problem)))
  }
  return answers
})

interface Settled<Op> extends Ready<Op> {
  readonly id: RecordId
  readonly base: Fields
}

/** Gives the written records what they belong to, and reads them back. One that cannot be read stays in doubt. */
const settled = Effect.fnUntraced(function* <Op extends { readonly key: OpKey }>(
  kind: Kind.Kind,
  done: ReadonlyArray<Settled<Op>>
): Effect.fn.Return<ReadonlyMap<OpKey, Result.Result<Fields, Reason>>, ConnectorError, Http> {
  const outcomes = new Map<OpKey, Result.Result<Fields, Reason>>()
  if (done.length === 0) return outcomes
  yield* Associations.write(
    kind,
    done.flatMap(({ base, id, patch }) => Associations.wishes(kind, id, patch, base))
  )
  const back = yield* Effect.result(
    Source.read(
      kind,
      done.map(({ id }) => id)
    )
  )
  if (Result.isFailure(back)) return outcomes
  const stored = new Map(
    back.success.items.flatMap((listed) => (listed._tag === "Present" ? [[listed.record["id"], listed.record]] : []))
  )
  for (const { id, op, patch } of done) {
    const record = stored.get(id)
    if (record !== undefined) outcomes.set(op.key, kept(kind, patch, record))
  }
  return outcomes
})

/** An association that was not taken is said in no status. */
const kept = ({ associations }: Kind.Kind, patch: Fields, record: Fields): Result.Result<Fields, Reason> => {
  const lost = associations.filter(({ field }) => field in patch && !isSame(asSet(patch[field]), asSet(record[field])))
  return lost.length === 0
    ? Result.succeed(record)
    : Result.fail(
        new Rejected({
          fields: Object.fromEntries(
            lost.map(({ entity, field }) => [field, `HubSpot did not take this ${entity}: is it there, and live?`])
          )
        })
      )
}

const asSet = (value: Schema.Json | undefined): Schema.Json =>
  Array.isArray(value) ? value.map(String).toSorted() : (value ?? null)

const unreadable = (id: string): Result.Result<never, Reason> =>
  Result.fail(new Transient({ detail: `HubSpot answered "${id}", which is no id` }))

const isId = Schema.is(RecordId)

const write = Effect.fnUntraced(function* <Op extends { readonly key: OpKey; readonly patch: object }>(
  kind: Kind.Kind,
  verb: "update" | "upsert",
  open: ReadonlyArray<Ready<Op>>,
  input: (ready: Ready<Op>) => Input,
  base: (op: Op) => Fields
): Effect.fn.Return<Outcomes<Fields>, ConnectorError, Http> {
  if (open.length === 0) return new Map()
  const answers = yield* send(kind, verb, open.map(input))
  const outcomes = new Map<OpKey, Result.Result<Fields, Reason>>()
  const done = open.flatMap((each, index): ReadonlyArray<Settled<Op>> => {
    const answer = answers.get(index)
    if (answer === undefined) return []
    if (Result.isSuccess(answer) && isId(answer.success)) return [{ ...each, id: answer.success, base: base(each.op) }]
    outcomes.set(each.op.key, Result.isSuccess(answer) ? unreadable(answer.success) : Result.fail(answer.failure))
    return []
  })
  return new Map([...outcomes, ...(yield* settled(kind, done))])
})

/** The complaint is about a property that no patch can name. */
const lacksMarker = (kind: Kind.Kind, reason: Reason): boolean =>
  reason._tag === "Rejected" && /exist/i.test(reason.fields[kind.marker] ?? "")

export const create = (kind: Kind.Kind): NonNullable<Verbs["create"]> => ({
  max: Source.batchSize,
  run: Effect.fnUntraced(function* (ops: ReadonlyArray<Create<Fields>>) {
    const { open, outcomes } = sorted(kind, ops, () => ({}))
    const upsert = write(
      kind,
      "upsert",
      open,
      ({ op, properties }) => {
        const marker = Marker.of(op.key)
        return { id: marker, idProperty: kind.marker, properties: { ...properties, [kind.marker]: marker } }
      },
      () => ({})
    )
    const made = yield* Effect.catchReason(upsert, "ConnectorError", "Rejected", (reason, error) =>
      lacksMarker(kind, reason) ? Effect.succeed(null) : Effect.fail(error)
    )
    if (made !== null && ![...made.values()].some((each) => Result.isFailure(each) && lacksMarker(kind, each.failure)))
      return new Map([...outcomes, ...made])
    // The first write of this kind in the account: nothing of it was done.
    yield* Marker.prepare(kind)
    return new Map([...outcomes, ...(yield* upsert)])
  }),
  repeat: { _tag: "Keyed", keptMs },
  find: {
    max: Source.batchSize,
    lagMs: findLagMs,
    run: Effect.fnUntraced(function* (sought) {
      const keys = new Map(sought.map(({ key }) => [Marker.of(key), key] as const))
      const { results } = yield* Source.readBatch(kind, [...keys.keys()], kind.marker)
      const byId = new Map(
        results.map((raw) => [Wire.idOf(raw) ?? "", keys.get(Wire.property(raw, kind.marker) ?? "")])
      )
      const found = new Map(sought.map(({ key }) => [key, Option.none<Fields>()]))
      if (byId.size === 0) return found
      const { items, raw } = yield* Source.read(kind, [...byId.keys()])
      items.forEach((listed, index) => {
        const key = byId.get(Wire.idOf(raw[index]) ?? "")
        if (key === undefined) return
        if (listed._tag === "Present") found.set(key, Option.some(listed.record))
        // It is there, but cannot be read: neither found nor proven absent.
        else found.delete(key)
      })
      return found
    })
  }
})

/** Only what differs from `base` is sent; an op without a difference makes no call. */
export const update = (kind: Kind.Kind): NonNullable<Verbs["update"]> => ({
  max: Source.batchSize,
  refusesStale: false,
  run: Effect.fnUntraced(function* (ops: ReadonlyArray<Update<Fields>>) {
    const { open, outcomes } = sorted(kind, ops, ({ base }) => base)
    for (const { op, patch } of open) if (Object.keys(patch).length === 0) outcomes.set(op.key, Result.succeed(op.base))
    const differing = open.filter(({ patch }) => Object.keys(patch).length > 0)
    const stored = yield* write(
      kind,
      "update",
      differing,
      ({ op: { id }, properties }) => ({ id, properties }),
      ({ base }) => base
    )
    return new Map([...outcomes, ...stored])
  })
})

/** 204 also for ids that are not there: gone is gone. https://developers.hubspot.com/docs/api-reference/crm-objects-v3/guide#delete-records */
export const remove = (kind: Kind.Kind): NonNullable<Verbs["remove"]> => ({
  max: Source.batchSize,
  as: "archived",
  run: (ops) =>
    Effect.as(
      Rest.call(
        { method: "POST", path: `${kind.path}/batch/archive`, json: { inputs: ops.map(({ id }) => ({ id })) } },
        Schema.Unknown
      ),
      new Map(ops.map(({ key }) => [key, Result.succeed(undefined)]))
    )
})
