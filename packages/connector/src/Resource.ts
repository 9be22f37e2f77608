/**
 * An entity of a plain REST provider, from data alone: paged lists, a "changed since" filter, one record per write.
 *
 * `entity` makes of it what the engine calls, and `RestSandbox` of `@syncline/connector/sandbox` a stand-in that behaves like it.
 */
import { type Fields, RecordId } from "@syncline/core"
import { DateTime, Effect, Option, Schema } from "effect"
import { ConnectorError, OutcomeUnknown } from "./ConnectorError.ts"
import type { Endpoints } from "./Endpoint.ts"
import type {
  CanonicalMapping,
  Change,
  Create,
  Entity,
  FieldOf,
  Listed,
  Remove,
  Seen,
  Source,
  Target,
  Update
} from "./Entity.ts"
import { type Call, Http } from "./Remote.ts"
import * as Rest from "./Rest.ts"
import * as Verb from "./Verb.ts"
import * as Walk from "./Walk.ts"

/** A provider's records of one kind, and what its API lets be done with them. */
export interface Resource<A = Fields, out Name extends string = string> {
  /** Checks a record and never changes it. */
  readonly schema: Schema.Codec<A, Schema.Json>
  /** The field that holds the record's id. */
  readonly id: Name
  /** `/v1/people`; a record is at `/v1/people/{id}`. */
  readonly path: string
  /** The members of a list's answer, and the parameters that ask for a page. `next` is null or absent on the last page. */
  readonly page: {
    readonly items: string
    readonly next: string
    readonly after: string
    readonly limit: string
    readonly size: number
  }
  /** The filter by time of change, both bounds inclusive and in ISO 8601. Without it only full listings tell what changed. */
  readonly since?: {
    readonly field: Name
    readonly from: string
    readonly until: string
    /** How late a change may appear there. */
    readonly lagMs: number
    readonly precisionMs: number
    /** Deleted records stay in its answers with a value in this field. Without it, deletions are not among the changes. */
    readonly deletedAt?: Name
  }
  /** Creates, updates and deletes all arrive as webhooks. */
  readonly supportsWebhooks: boolean
  /** Changes with every write; sent as `If-Match`, so that the provider refuses a stale write. */
  readonly version?: Name
  /** Fields that a list can be filtered by: `?email=`. */
  readonly filters?: ReadonlyArray<Name>
  /** Absent: read only. */
  readonly writes?: {
    readonly fields: ReadonlyArray<Name>
    readonly update: "PATCH" | "POST"
    readonly removes: boolean
    /** A repeated create is answered as the first was: by a key that the provider remembers, or by finding a natural key. */
    readonly repeat:
      | { readonly _tag: "Keyed"; readonly header: string; readonly keptMs: number }
      | { readonly _tag: "Found"; readonly by: Name }
  }
  /** The default mapping to a canonical type. */
  readonly canonical?: CanonicalMapping
}

/** A resource whose field names are checked against its schema. */
export const resource = <A extends Fields>(
  resource: Omit<Resource<A, keyof A & string>, "id" | "version"> & {
    readonly id: FieldOf<A, RecordId>
    readonly version?: FieldOf<A, string | number>
  }
): Resource<A> => resource

export const entity = <A extends Fields>(resource: Resource<A>): Entity<A> => {
  const { canonical, id, schema, since, version } = resource
  const written = target(resource)
  return {
    schema,
    id,
    ...(version !== undefined && { version }),
    ...(since !== undefined && {
      changedAt: (record: A) => timeOf(record[since.field]),
      changedAtPrecisionMs: since.precisionMs
    }),
    ...(canonical !== undefined && { canonical }),
    endpoints: endpoints(resource),
    source: source(resource),
    ...(written !== undefined && { target: written })
  }
}

const timeOf = (value: unknown): number | null =>
  typeof value === "string" ? Option.getOrNull(Option.map(DateTime.make(value), DateTime.toEpochMillis)) : null

const endpoints = <A extends Fields>({ page, path, since, writes }: Resource<A>): Endpoints => ({
  list: { method: "GET", path, deltaSyncField: since?.field ?? null, pageSize: page.size },
  get: { method: "GET", path: `${path}/{id}` },
  ...(since !== undefined && { changes: { method: "GET", path } }),
  ...(writes !== undefined && {
    create: { method: "POST", path, fields: writes.fields },
    update: { method: writes.update, path: `${path}/{id}`, fields: writes.fields },
    ...(writes.removes && { delete: { method: "DELETE", path: `${path}/{id}` } })
  })
})

const secondMs = 1000

/** Records that are read side by side. */
const readAtOnce = 8

const source = <A extends Fields>(resource: Resource<A>): Source<A, Http> => {
  const { filters = [], path, since, supportsWebhooks } = resource
  const list = lister(resource)
  const seen = shown(resource)
  const one = Rest.item(resource.schema, resource.id)
  return {
    deltaSyncField: since?.field ?? null,
    supportsWebhooks,
    list: Walk.pages((after) => list({}, after)),
    ...(since !== undefined && {
      changes: Walk.windows<A, Http>({
        // The header tells the second, so the bound is its end, and the next window begins before it.
        nowMs: Effect.map(Rest.dateHeaderMs(path, { [resource.page.limit]: 1 }), (ms) => ms + secondMs - 1),
        lagMs: since.lagMs + secondMs,
        precisionMs: since.precisionMs,
        deletes: since.deletedAt !== undefined,
        phases: [
          ({ sinceMs, untilMs }, after) =>
            Effect.map(
              list({ [since.from]: Rest.iso(sinceMs), [since.until]: Rest.iso(untilMs) }, after),
              ({ items, next }) => ({ items: items.map(seen), next })
            )
        ]
      })
    }),
    get: Verb.getEach((id) => Effect.map(Rest.get(at(path, id), Schema.Unknown), (raw) => seen(one(raw))), readAtOnce),
    ...(filters.length > 0 && {
      lookup: {
        fields: filters,
        max: readAtOnce,
        run: (field, values) =>
          Effect.map(
            Effect.forEach(values, (value) => list({ [field]: value }, null), { concurrency: readAtOnce }),
            (pages) => pages.flatMap(({ items }) => items.map(seen))
          )
      }
    })
  }
}

/** A deleted record that is shown with the time of its deletion is gone. */
const shown = <A extends Fields>({ id, since }: Resource<A>) => {
  const deletedAt = since?.deletedAt
  return (listed: Listed<A>): Extract<Change<A>, Seen<A>> =>
    listed._tag === "Present" && deletedAt !== undefined && (listed.record[deletedAt] ?? null) !== null
      ? Verb.gone(idOf(listed.record, id))
      : listed
}

const isId = Schema.is(RecordId)

const idOf = (record: Fields, field: string): RecordId => {
  const id = record[field]
  if (!isId(id)) throw new Error(`a record that passed its schema has no id in "${field}"`)
  return id
}

const at = (path: string, id: RecordId): string => `${path}/${encodeURIComponent(id)}`

/** One page of the list under a filter. */
const lister = <A extends Fields>({ id, page, path, schema }: Resource<A>) => {
  const items = Rest.items(schema, id)
  const Page = Schema.Struct({
    [page.items]: Schema.Array(Schema.Unknown),
    [page.next]: Schema.optionalKey(Schema.NullOr(Schema.String))
  })
  return (filter: Call["query"], after: string | null): Effect.Effect<Walk.Paged<Listed<A>>, ConnectorError, Http> =>
    Effect.map(
      Rest.get(path, Page, { ...filter, [page.limit]: page.size, [page.after]: after ?? undefined }),
      (answer) => {
        const raw = answer[page.items]
        const next = answer[page.next]
        return { items: items(Array.isArray(raw) ? raw : []), next: typeof next === "string" ? next : null }
      }
    )
}

const target = <A extends Fields>(resource: Resource<A>): Target<A, Http> | undefined => {
  const { path, version, writes } = resource
  if (writes === undefined) return undefined
  const send = sender(resource)
  const list = lister(resource)
  const { repeat } = writes
  return {
    create: {
      ...Verb.each(({ key, patch }: Create<A>) =>
        send({
          method: "POST",
          path,
          json: patch,
          ...(repeat._tag === "Keyed" && { headers: { [repeat.header]: key } })
        })
      ),
      ...(repeat._tag === "Keyed"
        ? { repeat: { _tag: "Keyed", keptMs: repeat.keptMs } }
        : {
            repeat: { _tag: "Unsafe" },
            find: {
              max: readAtOnce,
              lagMs: resource.since?.lagMs ?? 0,
              run: (sought) =>
                Effect.map(
                  Effect.forEach(sought, ({ key, patch }) =>
                    Effect.map(list({ [repeat.by]: textOf(patch[repeat.by]) }, null), ({ items }) => {
                      const [found] = items.flatMap((item) => (item._tag === "Present" ? [item.record] : []))
                      return [key, Option.fromUndefinedOr(found)] as const
                    })
                  ),
                  (entries) => new Map(entries)
                )
            }
          })
    },
    update: {
      ...Verb.each(({ base, id, patch }: Update<A>) => {
        const changed = Object.fromEntries(
          Object.entries(patch).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(base[name]))
        )
        if (Object.keys(changed).length === 0) return Effect.succeed(base)
        return send({
          method: writes.update,
          path: at(path, id),
          json: changed,
          ...(version !== undefined && { headers: { "if-match": textOf(base[version]) } })
        })
      }),
      refusesStale: version !== undefined
    },
    ...(writes.removes && {
      remove: {
        ...Verb.each(({ id }: Remove<A>) =>
          Verb.removed(Http.use((http) => http.send({ method: "DELETE", path: at(path, id) })))
        ),
        as: "deleted" as const
      }
    })
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? null))

/** Sends a write. An answer that cannot be read leaves open what happened. */
const sender = <A extends Fields>({ id, schema }: Resource<A>) => {
  const record = Rest.item(schema, id)
  return Effect.fnUntraced(function* (call: Call): Effect.fn.Return<A, ConnectorError, Http> {
    const stored = record((yield* Http.use((http) => http.send(call))).json)
    if (stored._tag === "Present") return stored.record
    return yield* new ConnectorError({
      operation: Rest.operation(call),
      reason: new OutcomeUnknown({ detail: `it was done, but the answer cannot be read: ${stored.why}` })
    })
  })
}

/** The cheapest proof of credentials: one record of the first resource. */
export const check = (resources: ReadonlyArray<Resource>): Effect.Effect<string, ConnectorError, Http> => {
  const [first] = resources
  return first === undefined
    ? Effect.succeed("nothing to read")
    : Effect.as(Rest.get(first.path, Schema.Unknown, { [first.page.limit]: 1 }), `${first.path} can be read`)
}
