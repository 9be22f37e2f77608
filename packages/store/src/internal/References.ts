/** Which link stands for a referenced record, of several pairs in one statement; and whether it still does. */
import { EntityType, type IntegrationName, Link, RecordId, RecordKey, type Side } from "@syncline/core"
import { Effect, Schema } from "effect"
import type { Batch, Lease } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import { decode, goneAt, json } from "./Row.ts"

/** A record of some pair of the integration, by its id at a side or by its key. */
export type Wanted =
  | { readonly entity: EntityType; readonly side: Side.Side; readonly id: RecordId }
  | { readonly entity: EntityType; readonly key: RecordKey }

/** One side while it is not settled what becomes of the other's record; both when it is deleted. */
export const GoneAt = Schema.NullOr(Schema.Literals(["source", "target", "both"]))
export type GoneAt = typeof GoneAt.Type

/** What a link says of a referenced record. An id is null until it is known. */
export interface Resolved {
  readonly entity: EntityType
  readonly key: RecordKey
  readonly version: number
  readonly sourceId: RecordId | null
  readonly targetId: RecordId | null
  readonly isDeleted: boolean
  /** Where its record is gone: nothing new may refer to the id that it had there. */
  readonly goneAt: GoneAt
}

const Row = Schema.Struct({
  entity: EntityType,
  key: RecordKey,
  kind: Schema.String,
  version: Schema.Finite,
  sourceId: Schema.NullOr(RecordId),
  targetId: Schema.NullOr(RecordId),
  isDeleted: Schema.Boolean,
  goneAt: GoneAt
})

const rows = decode(Row)

const columns = `l.entity, l.record_key as key, l.kind, l.version::float8, l.source_id as "sourceId", l.target_id as "targetId",
  l.is_deleted as "isDeleted", ${goneAt} as "goneAt"`

/** One look-up per record and way to name it, whatever the planner believes of the table. */
const find = `
  select distinct found.* from json_to_recordset($3::text::json) as w (e text, k text, s text, t text)
  cross join lateral (
    select ${columns} from syncline.link l
    where l.tenant_id = $1 and l.integration = $2 and l.entity = w.e and l.record_key = w.k and l.kind <> 'awaited' offset 0
  ) as found
  union
  select found.* from json_to_recordset($3::text::json) as w (e text, k text, s text, t text)
  cross join lateral (
    select ${columns} from syncline.link l
    where l.tenant_id = $1 and l.integration = $2 and l.entity = w.e and l.source_id = w.s offset 0
  ) as found
  union
  select found.* from json_to_recordset($3::text::json) as w (e text, k text, s text, t text)
  cross join lateral (
    select ${columns} from syncline.link l
    where l.tenant_id = $1 and l.integration = $2 and l.entity = w.e and l.target_id = w.t offset 0
  ) as found
  order by entity, key`

/** A mirror's link is found under the key of the source's id, whose target's id is the same. */
const nameOf = (wanted: Wanted) =>
  "key" in wanted
    ? { e: wanted.entity, k: wanted.key }
    : {
        e: wanted.entity,
        k: Link.keyOf("source", wanted.id),
        ...(wanted.side === "source" ? { s: wanted.id } : { t: wanted.id })
      }

export const resolve = Effect.fnUntraced(function* (
  transaction: Transaction,
  integration: IntegrationName,
  wanted: ReadonlyArray<Wanted>
) {
  if (wanted.length === 0) return []
  const found = yield* transaction.query(find, [transaction.tenant, integration, json(wanted.map(nameOf))])
  const byKey = new Set(wanted.flatMap((each) => ("key" in each ? [`${each.entity} ${each.key}`] : [])))
  const byId = new Set(wanted.flatMap((each) => ("id" in each ? [`${each.entity} ${each.side} ${each.id}`] : [])))
  return (yield* rows(found)).map(resolvedOf).filter(
    ({ entity, key, sourceId, targetId }) =>
      // A pair's key may look like another record's id.
      byKey.has(`${entity} ${key}`) ||
      byId.has(`${entity} source ${sourceId ?? ""}`) ||
      byId.has(`${entity} target ${targetId ?? ""}`)
  )
})

const resolvedOf = ({ kind, ...row }: typeof Row.Type): Resolved => {
  if (kind !== "mirror") return row
  const { id } = Link.parseKey(row.key)
  return { ...row, sourceId: id, targetId: id }
}

/**
 * The keys of the records that used a reference whose link says otherwise. It looks at the ids themselves and not at the version: what
 * was used may come from a cache, and a link that was written since may still be the same.
 */
export const moved = Effect.fnUntraced(function* (
  transaction: Transaction,
  { pair }: Lease,
  references: NonNullable<Batch["references"]>
) {
  if (references.length === 0) return new Set<RecordKey>()
  const found = yield* resolve(transaction, pair.integration, references)
  const links = new Map(found.map((link) => [`${link.entity} ${link.key}`, link]))
  return new Set(
    references
      .filter(({ entity, goneAt, key, sourceId, targetId }) => {
        const link = links.get(`${entity} ${key}`)
        return link === undefined || link.sourceId !== sourceId || link.targetId !== targetId || link.goneAt !== goneAt
      })
      .flatMap(({ usedBy }) => usedBy)
  )
})
