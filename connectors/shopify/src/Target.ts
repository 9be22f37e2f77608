/**
 * How records are written: one mutation each. Shopify has no idempotency for customers and products, so a create bears its op's key
 * in a metafield, by which it is found again. https://shopify.dev/docs/api/usage/idempotent-requests
 */
import {
  ConnectorError,
  type Create,
  GraphQl,
  type Http,
  type Listed,
  type Patch,
  Rejected,
  type Remove,
  type Target,
  Transient,
  type Update,
  Verb,
  type Walk
} from "@syncline/connector"
import { Fingerprint, type Fields, type OpKey } from "@syncline/core"
import { Clock, Effect, Option, Schema } from "effect"
import * as Admin from "./Admin.ts"
import * as Complaint from "./Complaint.ts"
import * as Field from "./Field.ts"
import * as Node from "./Node.ts"
import * as Source from "./Source.ts"

/** A field of the record and the argument that sets it. */
export interface Written {
  readonly field: string
  /** Within the input: `inventoryItem.sku`. */
  readonly argument: string
  /** The value within the record's field that is set: `emailAddress`; absent: the field itself. */
  readonly part?: string
  /** The argument's form of the field's value, where it has one of its own; it is sent whole. */
  readonly as?: (value: Schema.Json) => Schema.Json
}

/** Fields that are set by arguments of their names. */
export const plain = (...fields: ReadonlyArray<string>): ReadonlyArray<Written> =>
  fields.map((field) => ({ field, argument: field }))

/** A mutation that answers the record, and what it refuses. */
export interface Mutation {
  readonly name: string
  /** `$input: CustomerInput!`; the input is always called `input`. */
  readonly variables: string
  /** `input: $input`. */
  readonly arguments: string
  /** Where the record stands in the payload: `customer`. */
  readonly payload: string
  /** What the payload holds is a list of one. */
  readonly isList?: boolean
  /** Whether its `userErrors` have a code. */
  readonly hasCode: boolean
  /** `@idempotent(key: $key)`, where Shopify asks for it. */
  readonly directive?: string
}

export const keyOf = (key: OpKey): string => (key.length <= 255 ? key : Fingerprint.of(key))

/** What a payload's record is, which may take further calls. */
type Read<A> = (raw: unknown) => Effect.Effect<Listed<A>, ConnectorError, Http>

/** Runs one mutation; answers the record as it now is. */
export const run = Effect.fnUntraced(function* <A>(
  kind: Pick<Node.Kind<A>, "schema" | "shaped" | "selection">,
  mutation: Mutation,
  variables: Readonly<Record<string, Schema.Json>>,
  fieldOf: (argument: ReadonlyArray<string>) => string,
  read: Read<A> = (raw) => Effect.succeed(Node.record(kind)(raw))
): Effect.fn.Return<A, ConnectorError, Http> {
  const { directive = "", hasCode, isList = false, name, payload } = mutation
  const Payload = Schema.Struct({
    [name]: Schema.NullOr(Schema.Struct({ record: Schema.Unknown, userErrors: GraphQl.UserErrors }))
  })
  const answer = yield* Admin.send({
    name,
    document: `mutation(${mutation.variables}) { ${name}(${mutation.arguments}) ${directive} { record: ${payload} { ${kind.selection} } userErrors { field message${hasCode ? " code" : ""} } } }`,
    variables,
    data: Payload,
    writes: true,
    cost: 10
  })
  const done = answer[name]
  const fail = (reason: ConnectorError["reason"]) => new ConnectorError({ operation: name, reason })
  if (done === null || done === undefined) return yield* fail(new Transient({ detail: "no payload was answered" }))
  if (done.userErrors.length > 0) return yield* fail(Complaint.reason(done.userErrors, fieldOf))
  const stored = yield* read(isList && Array.isArray(done.record) ? done.record[0] : done.record)
  return stored._tag === "Present"
    ? stored.record
    : yield* fail(new Transient({ detail: `what was stored cannot be read: ${stored.why}` }))
})

/** The input that sets what differs from `base`. A field that no argument sets is refused, with why. */
export const inputOf = (
  patch: Patch<Fields>,
  base: Fields,
  written: ReadonlyArray<Written>,
  locked: Readonly<Record<string, string>>
): Effect.Effect<Record<string, Schema.Json>, ConnectorError> => {
  const input: Record<string, Schema.Json> = {}
  const refused: Record<string, string> = {}
  for (const [field, value] of Object.entries(patch)) {
    const setters = written.filter((each) => each.field === field)
    if (value === undefined || isSame(value, base[field] ?? null)) continue
    if (setters.length === 0) refused[field] = locked[field] ?? "Shopify computes this; it cannot be written"
    for (const { argument, as = asItIs, part } of setters) {
      const next = as(partOf(value, part))
      if (!isSame(next, as(partOf(base[field] ?? null, part)))) put(input, argument.split("."), next)
    }
  }
  return Object.keys(refused).length === 0
    ? Effect.succeed(input)
    : Effect.fail(new ConnectorError({ operation: "write", reason: new Rejected({ fields: refused }) }))
}

/** Fails where a record lacks what it cannot be made without. */
export const complete = (
  patch: Patch<Fields>,
  needs: Readonly<Record<string, string>>
): Effect.Effect<void, ConnectorError> => {
  const missing = Object.entries(needs).filter(([name]) => isEmpty(patch[name]))
  return missing.length === 0
    ? Effect.void
    : Effect.fail(
        new ConnectorError({ operation: "write", reason: new Rejected({ fields: Object.fromEntries(missing) }) })
      )
}

/** What refers to nobody is empty too. */
const isEmpty = (value: Schema.Json | undefined): boolean =>
  value === undefined || value === null || (isFields(value) && Object.values(value).every(isEmpty))

const asItIs = (value: Schema.Json): Schema.Json => value

const isFields = (value: Schema.Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isSame = (one: Schema.Json, other: Schema.Json): boolean =>
  Fingerprint.canonical(one) === Fingerprint.canonical(other)

const partOf = (value: Schema.Json, part: string | undefined): Schema.Json =>
  part === undefined ? value : isFields(value) ? (value[part] ?? null) : null

const put = (
  input: Record<string, Schema.Json>,
  [name = "", ...rest]: ReadonlyArray<string>,
  value: Schema.Json
): void => {
  if (rest.length === 0) {
    input[name] = value
    return
  }
  const inner: Record<string, Schema.Json> = {}
  const known = input[name]
  if (isFields(known)) Object.assign(inner, known)
  put(inner, rest, value)
  input[name] = inner
}

/** The record's field that an argument sets: `["input", "email"]` → `defaultEmailAddress`. */
export const fieldIn =
  (written: ReadonlyArray<Written>) =>
  (argument: ReadonlyArray<string>): string => {
    const names = argument.filter((name) => !/^\d+$/.test(name))
    return written.find(({ argument }) => `.${names.join(".")}.`.includes(`.${argument}.`))?.field ?? names.at(-1) ?? ""
  }

/** What a create of this kind needs besides its input. */
export interface Creation<A> {
  readonly kind: Source.Kind<A>
  readonly written: ReadonlyArray<Written>
  readonly locked: Readonly<Record<string, string>>
  readonly mutation: Mutation
  /** Without which Shopify makes no record: each field, and what to do where it is missing. */
  readonly needs?: Readonly<Record<string, string>>
  /** Variables beside the input, from the patch. */
  readonly more?: (patch: Patch<Fields>) => Readonly<Record<string, Schema.Json>>
  /** The input as the mutation takes it; by default as it is. */
  readonly wrap?: (input: Readonly<Record<string, Schema.Json>>) => Schema.Json
  /** How the search filters by the time of making: `created_at`. */
  readonly createdAt: string
  readonly read?: Read<A>
}

const isMarked = Schema.is(Schema.Struct({ synclineOp: Schema.Struct({ value: Schema.String }) }))

export const create = <A extends Fields & { readonly synclineOp: { readonly value: string } | null }>({
  kind,
  written,
  locked,
  mutation,
  createdAt,
  needs = {},
  more = () => ({}),
  wrap = (input) => input,
  read = (raw) => Effect.succeed(Node.record(kind)(raw))
}: Creation<A>): NonNullable<Target<A, Http, never>["create"]> => ({
  ...Verb.each(
    Effect.fnUntraced(function* ({ key, patch }: Create<Fields>) {
      yield* complete(patch, needs)
      const input = yield* inputOf(patch, {}, written, locked)
      const metafields = [
        { namespace: Field.markerNamespace, key: Field.markerKey, type: "single_line_text_field", value: keyOf(key) }
      ]
      return yield* run(
        kind,
        mutation,
        { input: wrap({ ...input, metafields }), ...more(patch) },
        fieldIn(written),
        read
      )
    })
  ),
  repeat: { _tag: "Unsafe" },
  find: {
    max: 100,
    // The search shows a new record within seconds; a request whose connection was lost may run on for as long as this.
    lagMs: Source.lagMs,
    run: Effect.fnUntraced(function* (sought) {
      const oldestMs = Math.min(...sought.map(({ sentAtMs }) => sentAtMs), yield* Clock.currentTimeMillis) - 3_600_000
      const wanted = new Map(sought.map(({ key }) => [keyOf(key), key]))
      const found = new Map(sought.map(({ key }) => [key, Option.none<A>()]))
      let after: string | null = null
      do {
        const page: Walk.Paged<unknown> = yield* Node.page(
          {
            field: kind.plural,
            sortKey: null,
            selection: kind.selection,
            query: `${createdAt}:>='${Node.instant(oldestMs)}'`,
            after,
            cost: kind.cost
          },
          (raw) => [raw]
        )
        for (const raw of page.items) {
          const key = isMarked(raw) ? wanted.get(raw.synclineOp.value) : undefined
          const listed = key === undefined ? null : yield* read(raw)
          if (key !== undefined && listed?._tag === "Present") found.set(key, Option.some(listed.record))
        }
        after = page.next
      } while (after !== null)
      return found
    })
  }
})

/** Only what differs is sent; nothing at all when nothing does. */
export const update = <A extends Fields>({
  kind,
  written,
  locked,
  mutation,
  more = () => ({}),
  wrap = (input) => input,
  read
}: Omit<Creation<A>, "createdAt" | "more"> & {
  readonly more?: (base: Fields, id: string) => Readonly<Record<string, Schema.Json>>
}): NonNullable<Target<A, Http>["update"]> => ({
  ...Verb.each(
    Effect.fnUntraced(function* ({ base, id, patch }: Update<A>) {
      const input = yield* inputOf(patch, base, written, locked)
      if (Object.keys(input).length === 0) return base
      return yield* run(kind, mutation, { input: wrap({ id, ...input }), ...more(base, id) }, fieldIn(written), read)
    })
  ),
  refusesStale: false
})

/** Runs a mutation of which only what it refuses is of interest. */
export const perform = Effect.fnUntraced(function* (
  mutation: Pick<Mutation, "name" | "variables" | "arguments"> & { readonly values: Fields },
  fieldOf: (argument: ReadonlyArray<string>) => string
): Effect.fn.Return<void, ConnectorError, Http> {
  const { name } = mutation
  const answer = yield* Admin.send({
    name,
    document: `mutation(${mutation.variables}) { ${name}(${mutation.arguments}) { userErrors { field message } } }`,
    variables: mutation.values,
    data: Schema.Struct({ [name]: Schema.NullOr(Schema.Struct({ userErrors: GraphQl.UserErrors })) }),
    writes: true,
    cost: 10
  })
  const errors = answer[name]?.userErrors ?? []
  if (errors.length > 0)
    return yield* new ConnectorError({ operation: name, reason: Complaint.reason(errors, fieldOf) })
})

/** A mutation that deletes. What is not there was deleted. */
export const remove = <A>({
  values,
  ...mutation
}: Pick<Mutation, "name" | "variables" | "arguments"> & {
  readonly values: (op: Remove<A>) => Fields
}): NonNullable<Target<A, Http>["remove"]> => ({
  ...Verb.each((op: Remove<A>) => Verb.removed(perform({ ...mutation, values: values(op) }, (at) => at.at(-1) ?? ""))),
  as: "deleted"
})
