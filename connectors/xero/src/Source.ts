/**
 * How every kind of Xero record is read: numbered pages, newest first, and the same with `If-Modified-Since`.
 *
 * Newest first, because a record that is touched while pages are read moves to the front and pushes others back: they may be seen
 * twice, never skipped, and what moved is read at the end. Oldest first loses one record per move.
 * https://developer.xero.com/documentation/api/accounting/requests-and-responses
 */
import {
  type Call,
  type Change,
  type Changes,
  type Complete,
  type ConnectorError,
  type Http,
  type Listed,
  type Lookup,
  Rest,
  type Seen,
  type Source,
  Verb,
  Walk
} from "@syncline/connector"
import type { Fields, RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Wire from "./Wire.ts"

export interface Kind<A> {
  readonly schema: Schema.Codec<A, Schema.Json>
  /** `/Contacts`. */
  readonly path: string
  /** As the envelope calls the list: `Contacts`. */
  readonly plural: string
  readonly idField: string
  readonly id: (record: A) => RecordId
  /** Filters without which a list would leave records out. */
  readonly query?: Readonly<Record<string, string | boolean>>
  /** The parameter that takes ids, comma separated; null where only one record is read at a time. */
  readonly idsParameter: string | null
  /** What a record in this state means: deleted or archived ones are gone, the loser of a merge lives on in the winner. */
  readonly meaning: (record: A) => Seen<A>
}

/** https://developer.xero.com/documentation/api/accounting/requests-and-responses#paging */
const pageSize = 1000
/** The ids travel in the URL. */
const idsAtOnce = 40

/** Xero's own default filter leaves archived contacts out, also of what changed: an archive would look like silence. */
export const archivedToo = { includeArchived: true } as const

const Pagination = Schema.Struct({ page: Schema.Int, pageCount: Schema.Int })
const List = Schema.declare((value): value is ReadonlyArray<unknown> => Array.isArray(value), { expected: "a list" })
const envelope = (plural: string) => Schema.Struct({ [plural]: List, pagination: Schema.optionalKey(Pagination) })
const isPaged = Schema.is(Schema.Struct({ pagination: Pagination }))

/** The records of an answer, each read alone. */
export const records = <A>({ schema, idField }: Pick<Kind<A>, "schema" | "idField">) => {
  const item = Rest.item(schema, idField)
  return (raw: unknown): Listed<A> => item(Wire.read(raw))
}

/** The list within an answer, and its page numbers where it has them. */
export const elements = Effect.fnUntraced(function* (operation: string, json: unknown, plural: string) {
  const answer = yield* Rest.decode(operation, json, envelope(plural))
  const list: unknown = answer[plural]
  return { list: Array.isArray(list) ? list : [], pagination: isPaged(answer) ? answer.pagination : undefined }
})

export const send = (call: Call, plural: string) =>
  Effect.flatMap(Rest.call(call, Schema.Unknown), (json) => elements(Rest.operation(call), json, plural))

const page = Effect.fnUntraced(function* <A>(
  kind: Kind<A>,
  number: string | null,
  headers: Readonly<Record<string, string>> = {}
) {
  const { list, pagination } = yield* send(
    {
      method: "GET",
      path: kind.path,
      headers,
      query: { ...kind.query, page: number ?? "1", pageSize, order: "UpdatedDateUTC DESC" }
    },
    kind.plural
  )
  const isLast = pagination === undefined || pagination.page >= pagination.pageCount
  return { items: list.map(records(kind)), next: isLast ? null : String(pagination.page + 1) }
})

/** What a listing shows of a record: only what lives. */
export const alive =
  <A>({ meaning }: Pick<Kind<A>, "meaning">) =>
  (listed: Listed<A>): boolean =>
    listed._tag === "Unreadable" || meaning(listed.record)._tag === "Present"

/** What a record that was read means. */
export const seen =
  <A>({ meaning }: Pick<Kind<A>, "meaning">) =>
  (listed: Listed<A>): Seen<A> =>
    listed._tag === "Unreadable" ? listed : meaning(listed.record)

/** Pages of all, then pages of what moved to the front since the first was read. */
const Listing = Schema.Struct({ sinceMs: Schema.Finite, isAgain: Schema.Boolean, page: Schema.String })

export const list = <A>(kind: Kind<A>): Walk.Walk<Listed<A>, Complete, Http> =>
  Walk.make({
    position: Listing,
    start: Effect.map(now(kind), (sinceMs) => ({ sinceMs, isAgain: false, page: "1" })),
    read: Effect.fnUntraced(function* (at) {
      const read = yield* Walk.advancing(at.page, yield* page(kind, at.page, at.isAgain ? since(at.sinceMs) : {}))
      const items = read.items.filter(alive(kind))
      if (read.next !== null) return { items, next: { more: { ...at, page: read.next } } }
      return at.isAgain
        ? { items, next: { end: () => Walk.complete } }
        : { items, next: { more: { ...at, isAgain: true, page: "1" } } }
    })
  })

/** The time at Xero. */
const now = <A>({ path }: Kind<A>) => Rest.dateHeaderMs(path, { page: 1, pageSize: 1 })

/** Seconds, without a zone: Xero ignores the header in other forms, which shows as a full list at each poll. */
export const since = (ms: number): Readonly<Record<string, string>> => ({
  "if-modified-since": Rest.iso(ms).slice(0, 19)
})

/** `UpdatedDateUTC` has milliseconds, the filter whole seconds; whether it is inclusive is not said, so each window looks back. */
export const lagMs = 300_000

export const changes = <A>(kind: Kind<A>): Changes<A, Http> =>
  Walk.windows<A, Http>({
    nowMs: now(kind),
    lagMs,
    precisionMs: 1000,
    // What is deleted, archived or merged stays, and shows with that state.
    deletes: true,
    phases: [
      ({ sinceMs }, after) =>
        Effect.map(page(kind, after, since(sinceMs)), ({ items, next }) => ({
          items: items.map((item): Change<A> => seen(kind)(item)),
          next
        }))
    ]
  })

/** One record; Xero answers a list of one. */
export const read = <A>(kind: Kind<A>, id: RecordId): Effect.Effect<Seen<A>, ConnectorError, Http> =>
  Effect.map(
    send({ method: "GET", path: `${kind.path}/${encodeURIComponent(id)}` }, kind.plural),
    ({ list }): Seen<A> => {
      const [first] = list
      return first === undefined ? Verb.gone(id) : seen(kind)(records(kind)(first))
    }
  )

/** Up to 40 by one call. An id that the call leaves out is asked for alone: silence is no answer. */
export const get = <A>(kind: Kind<A>): Source<A, Http>["get"] => {
  const { idsParameter } = kind
  if (idsParameter === null) return Verb.getEach((id) => read(kind, id), 5)
  return {
    max: idsAtOnce,
    run: Effect.fnUntraced(function* (ids) {
      const { list } = yield* send(
        { method: "GET", path: kind.path, query: { ...kind.query, [idsParameter]: ids.join(","), page: 1, pageSize } },
        kind.plural
      )
      const found = new Map(list.map(records(kind)).map((listed) => [idOf(kind, listed), seen(kind)(listed)] as const))
      const missing = ids.filter((id) => !found.has(id))
      const alone = yield* Verb.getEach((id) => read(kind, id)).run(missing)
      return [...found.values(), ...alone]
    })
  }
}

const idOf = <A>(kind: Kind<A>, listed: Listed<A>): RecordId =>
  listed._tag === "Unreadable" ? listed.id : kind.id(listed.record)

/** Finds records by a field's value through `where`, up to 20 values a call. */
export const lookup = <A extends Fields, Name extends string>(
  kind: Kind<A>,
  fields: ReadonlyArray<Name>
): Lookup<A, Http, Name> => ({
  fields,
  max: 20,
  run: (field, values) =>
    Effect.map(
      send(
        { method: "GET", path: kind.path, query: { ...kind.query, where: where(field, values), page: 1, pageSize } },
        kind.plural
      ),
      ({ list }) => list.map(records(kind)).filter(alive(kind)).map(seen(kind))
    )
})

/** `Name=="Ada" OR Name=="Bea"`, as Xero's filter language quotes. */
export const where = (field: string, values: ReadonlyArray<string>): string =>
  values.map((value) => `${field}=="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(" OR ")
