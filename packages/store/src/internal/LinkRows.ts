/** How a batch's links are locked and written. Each function is one statement for the whole batch, and none when there is nothing. */
import { Link, RecordId, RecordKey, Side } from "@syncline/core"
import { Effect, Schema } from "effect"
import type { Batch, FormerId, Lease, LinkWrite, PairKey, PairLinkWrite, Performed } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import { IdTaken } from "../IdTaken.ts"
import { SqlError } from "../SqlError.ts"
import { decode, given, givenKeys, ofThePair, json, keyOf, linksOf } from "./Row.ts"

/** Links that are awaited and link nothing yet, with their versions: to be written over. */
export type Awaited = ReadonlyMap<RecordKey, number>

const lockedColumns = `record_key as key, version::float8, kind = 'awaited' as "isAwaited", source_id as "sourceId",
  target_id as "targetId"`

const Locked = Schema.Struct({
  key: RecordKey,
  version: Schema.Finite,
  isAwaited: Schema.Boolean,
  sourceId: Schema.NullOr(RecordId),
  targetId: Schema.NullOr(RecordId)
})

/** Links as they are while the transaction holds them, by their keys. */
export type Locked = ReadonlyMap<RecordKey, typeof Locked.Type>

const locked = decode(Locked)

/** Locks the links that the decisions read, in key order. Tells whose link is not what was read. */
export const lock = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, reads: Batch["reads"]) {
  const awaited = new Map<RecordKey, number>()
  const moved = new Set<RecordKey>()
  const rows =
    reads.length === 0
      ? []
      : yield* transaction.query(linksOf(lockedColumns, "for no key update"), [
          ...keyOf(lease.pair),
          json(reads.map(({ key }) => key))
        ])
  const links: Locked = new Map((yield* locked(rows)).map((row) => [row.key, row]))
  for (const { key, version } of reads) {
    const link = links.get(key)
    if (link?.isAwaited === true) awaited.set(key, link.version)
    const isAsRead =
      link === undefined || (link.isAwaited && version === null) ? version === null : link.version === version
    if (!isAsRead) moved.add(key)
  }
  return { awaited, links, moved }
})

/** A link changed between its lock and its write: another created it. The transaction runs again and finds it. */
const raced = new SqlError({
  operation: "write links",
  kind: "serialization",
  sqlState: null,
  message: "a link appeared while its record was being written",
  column: null,
  constraint: null
})

const tombstone = (deletedBefore: string) =>
  `case when d then coalesce(${deletedBefore}, to_timestamp($5::float8 / 1000)) end`

// Neither `on conflict` nor a count of what was inserted: together they cost a third of the insert, and this is the hottest statement.
const insertMirrors = `
  insert into syncline.link (tenant_id, integration, entity, record_key, kind, version, status, is_deleted, deleted_at,
    source_observed_at, created_at, updated_at, source_fingerprint, source_version)
  select $1, $2, $3, k, 'mirror', 1, case when d then 'stale' else 'mapped' end, d, ${tombstone("null")}, to_timestamp(o / 1000),
    to_timestamp($5::float8 / 1000), to_timestamp($5::float8 / 1000), f, v
  from json_to_recordset($4::text::json) as w (k text, d boolean, o float8, f text, v text)
  order by k`

// An upsert whose rows are all there, because it finds each by the key whatever the planner believes of the table.
const updateMirrors = `
  with updated as (
    insert into syncline.link as l (tenant_id, integration, entity, record_key, kind, version, status, is_deleted, deleted_at,
      source_observed_at, created_at, updated_at, source_fingerprint, source_version)
    select $1, $2, $3, k, 'mirror', r, case when d then 'stale' else 'mapped' end, d, ${tombstone("null")}, to_timestamp(o / 1000),
      to_timestamp($5::float8 / 1000), to_timestamp($5::float8 / 1000), f, v
    from json_to_recordset($4::text::json) as w (k text, d boolean, o float8, f text, v text, r bigint)
    order by k
    on conflict (tenant_id, integration, entity, record_key) do update
    set kind = excluded.kind, version = l.version + 1, status = excluded.status, is_deleted = excluded.is_deleted,
      deleted_at = case when excluded.is_deleted then coalesce(l.deleted_at, excluded.deleted_at) end,
      source_observed_at = excluded.source_observed_at, updated_at = excluded.updated_at,
      source_fingerprint = excluded.source_fingerprint, source_version = excluded.source_version
    where l.version = excluded.version returning 1
  )
  select count(*)::int as n from updated`

const mirrorOf = (link: LinkWrite) => ({
  k: link.key,
  d: link.isDeleted,
  o: link.observedAtMs,
  f: link.sourceFingerprint,
  v: link.sourceVersion,
  ...(link.readVersion === null ? {} : { r: link.readVersion })
})

const pairRows = given(
  4,
  `k text, r bigint, s text, t text, st text, d boolean, sk boolean, si json, sf text, sv text, so float8, tk boolean, ti json,
  tf text, tv text, ta float8`
)

const insertPairs = `
  insert into syncline.link (tenant_id, integration, entity, record_key, kind, source_id, target_id, version, status, is_deleted,
    deleted_at, created_at, updated_at, source_image, source_fingerprint, source_version, source_observed_at,
    target_image, target_fingerprint, target_version, target_observed_at)
  select $1, $2, $3, k, 'pair', s, t, 1, st, d, ${tombstone("null")}, to_timestamp($5::float8 / 1000),
    to_timestamp($5::float8 / 1000), si, sf, sv, to_timestamp(so / 1000), ti, tf, tv, to_timestamp(ta / 1000)
  from ${pairRows} order by k`

const kept = (side: "source" | "target", letter: "s" | "t", observed: string) => `
  ${side}_image = case when ${letter}k then l.${side}_image else ${letter}i::jsonb end,
  ${side}_fingerprint = case when ${letter}k then l.${side}_fingerprint else ${letter}f end,
  ${side}_version = case when ${letter}k then l.${side}_version else ${letter}v end,
  ${side}_observed_at = case when ${letter}k then l.${side}_observed_at else to_timestamp(${observed} / 1000) end`

const updatePairs = `
  with updated as (
    update syncline.link l set kind = 'pair', source_id = s, target_id = t, version = l.version + 1, status = st, is_deleted = d,
      deleted_at = ${tombstone("l.deleted_at")}, updated_at = to_timestamp($5::float8 / 1000),
      ${kept("source", "s", "so")}, ${kept("target", "t", "ta")}
    from ${pairRows}
    where ${ofThePair("l")} and l.record_key = w.k and l.version = w.r returning 1
  )
  select count(*)::int as n from updated`

const pairOf = ({ isDeleted, key, readVersion, source, sourceId, status, target, targetId }: PairLinkWrite) => ({
  k: key,
  r: readVersion,
  s: sourceId,
  t: targetId,
  st: status,
  d: isDeleted,
  sk: source === "keep",
  tk: target === "keep",
  ...(source === "keep" || source === null
    ? {}
    : { si: source.record, sf: source.fingerprint, sv: source.version, so: source.observedAtMs }),
  ...(target === "keep" || target === null
    ? {}
    : { ti: target.record, tf: target.fingerprint, tv: target.version, ta: target.observedAtMs })
})

interface Rows<Link> {
  readonly insert: string
  readonly update: string
  readonly rowOf: (link: Link) => object
}

/** Inserts what is new and updates what is known; what is awaited is known to the store, if not to the decision. */
const write = <Link extends Pick<LinkWrite, "key" | "readVersion">>({ insert, rowOf, update }: Rows<Link>) =>
  Effect.fnUntraced(function* (transaction: Transaction, pair: PairKey, links: ReadonlyArray<Link>, awaited: Awaited) {
    if (links.length === 0) return
    const all =
      awaited.size === 0
        ? links
        : links.map((link) => ({ ...link, readVersion: link.readVersion ?? awaited.get(link.key) ?? null }))
    const send = (statement: string, some: ReadonlyArray<Link>) =>
      transaction.query(statement, [...keyOf(pair), json(some.map(rowOf)), transaction.nowMs])
    const fresh = all.filter(({ readVersion }) => readVersion === null)
    const known = all.filter(({ readVersion }) => readVersion !== null)
    const inserted =
      fresh.length === 0
        ? Effect.void
        : Effect.mapError(send(insert, fresh), (error) => (isRace(error) ? raced : error))
    const updated =
      known.length === 0
        ? Effect.void
        : send(update, known).pipe(
            Effect.mapError((error) => (isRace(error) ? raced : error)),
            Effect.flatMap(([row]) => (row?.["n"] === known.length ? Effect.void : Effect.fail(raced)))
          )
    yield* Effect.all([inserted, updated], { concurrency: "unbounded", discard: true })
  })

const isRace = ({ constraint }: SqlError) =>
  constraint === "link_pk" || constraint === "link_source" || constraint === "link_target"

export const writeMirrors = write<LinkWrite>({ insert: insertMirrors, update: updateMirrors, rowOf: mirrorOf })

export const writePairs = write<PairLinkWrite>({ insert: insertPairs, update: updatePairs, rowOf: pairOf })

const takenRows = decode(
  Schema.Struct({ key: RecordKey, side: Side.Side, id: RecordId, holder: RecordKey, isHolderDeleted: Schema.Boolean })
)

const holdersOf = (side: "source" | "target", letter: "s" | "t") => `
  select w.k as key, '${side}' as side, w.${letter} as id, l.record_key as holder, l.is_deleted as "isHolderDeleted"
  from ${pairRows} join syncline.link l
    on ${ofThePair("l")} and l.${side}_id = w.${letter} and l.record_key <> w.k
  where l.${side}_id is not null`

/** Refuses ids that another link has, where they are new to their link. One that gives its id up in this very batch has it still. */
export const refuseTaken = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  links: ReadonlyArray<PairLinkWrite>,
  locked: Locked
) {
  const named = links.flatMap(({ key, sourceId, targetId }) => {
    const had = locked.get(key)
    const s = sourceId === had?.sourceId ? null : sourceId
    const t = targetId === had?.targetId ? null : targetId
    return s === null && t === null ? [] : [{ k: key, s, t }]
  })
  if (named.length === 0) return
  const rows = yield* transaction.query(
    `${holdersOf("source", "s")} union all ${holdersOf("target", "t")} order by key, side`,
    [...keyOf(pair), json(named)]
  )
  const taken = yield* takenRows(rows)
  const [first] = taken
  if (first === undefined) return
  return yield* new IdTaken({
    taken,
    message: `${taken.length} of the records to be linked have an id that belongs to another: ${first.side} id "${first.id}" of "${first.key}" is that of "${first.holder}"`
  })
})

/** Links of their own that say of ids that they are gone. */
export const leaveFormer = Effect.fnUntraced(function* (
  { nowMs, query }: Transaction,
  pair: PairKey,
  formerIds: ReadonlyArray<FormerId>
) {
  if (formerIds.length === 0) return
  const rows = formerIds.map(({ id, side }) => ({ k: Link.formerKeyOf(side, id), [side]: id }))
  yield* query(
    `insert into syncline.link (tenant_id, integration, entity, record_key, kind, source_id, target_id, version, status, is_deleted,
       deleted_at, created_at, updated_at)
     select $1, $2, $3, k, 'pair', source, target, 1, 'stale', true, to_timestamp($5::float8 / 1000), to_timestamp($5::float8 / 1000),
       to_timestamp($5::float8 / 1000)
     from ${given(4, "k text, source text, target text")} order by k on conflict do nothing`,
    [...keyOf(pair), json(rows), nowMs]
  )
})

/** Raises the versions of links of which something was written, but not the link itself. */
export const touch = Effect.fnUntraced(function* (transaction: Transaction, pair: PairKey, performed: Performed) {
  const { conflicts = [], entries = [], history, links, outcomes = [], pairLinks = [] } = performed
  const written = new Set<RecordKey>([...links, ...pairLinks].map(({ key }) => key))
  const others = new Set([...entries, ...outcomes, ...conflicts, ...history].map(({ key }) => key))
  const keys = [...others].filter((key) => !written.has(key)).toSorted()
  if (keys.length === 0) return
  yield* transaction.query(
    `update syncline.link l set version = version + 1, updated_at = to_timestamp($5::float8 / 1000)
     from ${givenKeys(4)} where ${ofThePair("l")} and l.record_key = w.k`,
    [...keyOf(pair), json(keys), transaction.nowMs]
  )
})

/** The ids by which other records may know these, as they wait for them. */
export const namesOf = ({ isDeleted, key, sourceId, status, targetId }: PairLinkWrite) => [
  // What is stale and not deleted is gone at a side, and may be made again there.
  ...(sourceId !== null && targetId !== null && (isDeleted || status !== "stale")
    ? [{ k: key, r: "reference", s: "" }]
    : []),
  ...(sourceId === null ? [] : [{ k: sourceId, r: "unlinked", s: "source" }]),
  ...(targetId === null ? [] : [{ k: targetId, r: "unlinked", s: "target" }])
]

/** The same of a mirror's record, whose ids at both sides are one. */
export const namesOfMirror = (key: RecordKey) => {
  const { id } = Link.parseKey(key)
  return [
    { k: key, r: "reference", s: "" },
    { k: id, r: "unlinked", s: "source" },
    { k: id, r: "unlinked", s: "target" }
  ]
}
