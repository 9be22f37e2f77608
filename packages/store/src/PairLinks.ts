/** What is known of the records of a pair whose sides both keep images: link, unsettled writes, open conflict; and references. */
import { type IntegrationName, Link, type RecordId, RecordKey, Side, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { LaneVersions, PairKey, RecordSituation } from "./Batch.ts"
import { Database, type Transaction } from "./Database.ts"
import { ConflictRow, conflictColumns, conflictOf } from "./internal/ConflictRead.ts"
import * as References from "./internal/References.ts"
import { byKey, decode, givenKeys, ofThePair, json, keyOf } from "./internal/Row.ts"
import { entryColumns, entryOf, EntryRow, linkColumns, linkOf, LinkRow, noLanes } from "./internal/Stored.ts"
import type { SqlError } from "./SqlError.ts"

export type { Resolved, Wanted } from "./internal/References.ts"

/** Records by their ids at a side, or by key. */
export type Asked =
  | { readonly side: Side.Side; readonly ids: ReadonlyArray<RecordId> }
  | { readonly keys: ReadonlyArray<RecordKey> }

export class PairLinks extends Context.Service<
  PairLinks,
  {
    /**
     * One situation for each record asked for, in that order, read in one transaction. An id that no link has yet gets the key that
     * it will have, should it be born there.
     */
    readonly situations: (pair: PairKey, asked: Asked) => Effect.Effect<ReadonlyArray<RecordSituation>, SqlError>
    /** The links of these records, of several pairs and of mirrors too, in one statement. A record without a link is absent. */
    readonly resolveReferences: (
      tenant: TenantId,
      integration: IntegrationName,
      wanted: ReadonlyArray<References.Wanted>
    ) => Effect.Effect<ReadonlyArray<References.Resolved>, SqlError>
    /** How many links the pair has: of live records, and of deleted ones. */
    readonly count: (pair: PairKey) => Effect.Effect<{ readonly live: number; readonly deleted: number }, SqlError>
  }
>()("@syncline/store/PairLinks") {}

/** `PairLinks.resolveReferences` inside a transaction that is open, such as that of `Lanes.send`. */
export const resolveIn = References.resolve

const counts = decode(Schema.Struct({ live: Schema.Finite, deleted: Schema.Finite }))

export const layer = Layer.effect(
  PairLinks,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      situations: Effect.fn("PairLinks.situations")((pair, asked) =>
        database.transaction(pair.tenant, (transaction) => situationsIn(transaction, pair, asked))
      ),
      resolveReferences: Effect.fn("PairLinks.resolveReferences")((tenant, integration, wanted) =>
        database.transaction(tenant, (transaction) => References.resolve(transaction, integration, wanted))
      ),
      count: Effect.fn("PairLinks.count")(function* (pair) {
        const found = yield* database.transaction(pair.tenant, (transaction) =>
          transaction.query(
            `select count(*) filter (where not is_deleted)::float8 as live, count(*) filter (where is_deleted)::float8 as deleted
             from syncline.link where tenant_id = $1 and integration = $2 and entity = $3 and kind <> 'awaited'`,
            keyOf(pair)
          )
        )
        const [row] = yield* counts(found)
        return row ?? { live: 0, deleted: 0 }
      })
    }
  })
)

/** Links `l` of the wanted rows `w`: where several of the conditions find one, the first counts. */
const linksBy = (...conditions: ReadonlyArray<string>): string => {
  const ways = conditions.map(
    (condition, rank) => `select ${rank} as rank, ${linkColumns} from syncline.link l
      where l.tenant_id = $1 and l.integration = $2 and l.entity = $3 and ${condition}`
  )
  return `select w.n, found.* from json_to_recordset($4::text::json) as w (n int, i text, k text, m text)
    cross join lateral (${ways.join(" union all ")} order by rank limit 1) as found order by w.n`
}

const byRecordKey = linksBy("l.record_key = w.k")

const byId = { source: linksBy("l.source_id = w.i"), target: linksBy("l.target_id = w.i") }

/** Of an id that no link has: the key that it gets at its birth, or a mirror's. */
const byKeyOfId = linksBy("l.record_key = w.k", "l.record_key = w.m and l.kind = 'mirror'")

const links = decode(Schema.Struct({ n: Schema.Int, ...LinkRow.fields }))
const entries = decode(EntryRow)
const conflicts = decode(ConflictRow)
const lanes = decode(Schema.Struct({ key: RecordKey, side: Side.Side, version: Schema.Finite }))

/** The rows of `from` of the keys in `$4`. */
const ofKeys = (columns: string, from: string, alias: string, condition: string, order: string) =>
  `select ${columns} from ${givenKeys(4)}
   join ${from} ${alias} on ${ofThePair(alias)} and ${alias}.record_key = w.k and ${condition} order by ${order}`

/** The versions of the lanes of these records, in a transaction that is open. */
export const laneVersionsIn = Effect.fnUntraced(function* (
  { query }: Transaction,
  pair: PairKey,
  keys: ReadonlyArray<RecordKey>
) {
  const rows = yield* query(
    ofKeys("o.record_key as key, o.side, o.version::float8", "syncline.lane", "o", "true", "1, 2"),
    [...keyOf(pair), json(keys)]
  )
  const versions = new Map<RecordKey, LaneVersions>()
  for (const { key, side, version } of yield* lanes(rows)) {
    versions.set(key, { ...(versions.get(key) ?? noLanes), [side]: version })
  }
  return versions
})

/**
 * `PairLinks.situations` inside a transaction that is open.
 *
 * The link is read first: whatever a commit changes of a record raises its link's version, so lanes that are read later than the link
 * are found out to be so when the decision is committed.
 */
export const situationsIn = Effect.fnUntraced(function* (transaction: Transaction, pair: PairKey, asked: Asked) {
  const { query } = transaction
  const wanted =
    "side" in asked
      ? asked.ids.map((id, n) => ({ n, i: id, k: Link.keyOf(asked.side, id), m: Link.keyOf("source", id) }))
      : asked.keys.map((key, n) => ({ n, k: key }))
  if (wanted.length === 0) return []
  const find = (statement: string, some: typeof wanted) =>
    some.length === 0 ? Effect.succeed([]) : Effect.flatMap(query(statement, [...keyOf(pair), json(some)]), links)
  const [, named] = yield* Effect.all([query(byKey), find("side" in asked ? byId[asked.side] : byRecordKey, wanted)], {
    concurrency: "unbounded"
  })
  const places = new Set(named.map(({ n }) => n))
  const found = [
    ...named,
    ...("side" in asked
      ? yield* find(
          byKeyOfId,
          wanted.filter(({ n }) => !places.has(n))
        )
      : [])
  ]
  const linksByPlace = new Map(found.map((link) => [link.n, link]))
  const keys = wanted.map(({ k, n }) => linksByPlace.get(n)?.key ?? RecordKey.make(k))
  const known = json([...new Set([...linksByPlace.values()].map(({ key }) => key))])
  const params = [...keyOf(pair), known]
  const [versions, entryRows, conflictRows] = yield* Effect.all(
    [
      laneVersionsIn(transaction, pair, keys),
      query(ofKeys(entryColumns, "syncline.outbox", "o", "true", "o.record_key, o.side, o.ord"), params),
      query(ofKeys(conflictColumns, "syncline.conflict", "c", "c.resolved_at is null", "c.record_key"), params)
    ],
    { concurrency: "unbounded" }
  )
  const entriesByKey = Map.groupBy((yield* entries(entryRows)).map(entryOf), ({ key }) => key)
  const conflictsByKey = new Map((yield* conflicts(conflictRows)).map((row) => [row.key, conflictOf(row)]))
  return keys.map((key, n): RecordSituation => {
    const row = linksByPlace.get(n)
    const laneVersions = versions.get(key) ?? noLanes
    return {
      key,
      version: row?.version ?? null,
      link: row === undefined || row.kind === "awaited" ? null : linkOf(row, laneVersions),
      entries: entriesByKey.get(key) ?? [],
      conflict: conflictsByKey.get(key) ?? null,
      laneVersions
    }
  })
})
