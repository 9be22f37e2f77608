/** Conflicts, open and resolved. They are opened and resolved by `Commit`, together with what follows. */
import { EntityType, IntegrationName, RecordId, type RecordKey, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Option, Schema } from "effect"
import type { StoredConflict } from "./Batch.ts"
import { Database } from "./Database.ts"
import { ConflictRow, conflictColumns, conflictOf } from "./internal/ConflictRead.ts"
import { decode } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

export interface ListedConflict extends StoredConflict {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly sourceId: RecordId | null
  readonly targetId: RecordId | null
  /** Of the record's link: a resolution names it as what it saw. */
  readonly version: number
}

export interface Filter {
  readonly integration?: IntegrationName
  readonly entity?: EntityType
  readonly status?: "open" | "resolved"
  /** Those of one record. */
  readonly key?: RecordKey
}

export class Conflicts extends Context.Service<
  Conflicts,
  {
    /** Newest first. */
    readonly list: (
      tenant: TenantId,
      filter: Filter,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ListedConflict>, SqlError>
    readonly get: (tenant: TenantId, id: string) => Effect.Effect<Option.Option<ListedConflict>, SqlError>
  }
>()("@syncline/store/Conflicts") {}

const rows = decode(
  Schema.Struct({
    ...ConflictRow.fields,
    integration: IntegrationName,
    entity: EntityType,
    sourceId: Schema.NullOr(RecordId),
    targetId: Schema.NullOr(RecordId),
    version: Schema.Finite
  })
)

const select = `select c.integration, c.entity, ${conflictColumns}, l.source_id as "sourceId", l.target_id as "targetId",
    coalesce(l.version, 0)::float8 as version
  from syncline.conflict c left join syncline.link l using (tenant_id, integration, entity, record_key)`

export const layer = Layer.effect(
  Conflicts,
  Effect.gen(function* () {
    const database = yield* Database

    const find = Effect.fnUntraced(function* (tenant: TenantId, where: string, params: ReadonlyArray<unknown>) {
      const found = yield* database.transaction(tenant, ({ query }) =>
        query(`${select} where c.tenant_id = $1 and ${where} order by c.conflict_id desc limit $2`, [tenant, ...params])
      )
      return (yield* rows(found)).map((row): ListedConflict => ({
        ...conflictOf(row),
        integration: row.integration,
        entity: row.entity,
        sourceId: row.sourceId,
        targetId: row.targetId,
        version: row.version
      }))
    })

    return {
      list: Effect.fn("Conflicts.list")((tenant, { entity, integration, key, status }, limit) =>
        find(
          tenant,
          `c.integration = coalesce($3, c.integration) and c.entity = coalesce($4, c.entity)
             and (c.resolved_at is null) = coalesce($5::boolean, c.resolved_at is null)
             and ($6::text is null or c.record_key = $6)`,
          [limit, integration ?? null, entity ?? null, status === undefined ? null : status === "open", key ?? null]
        )
      ),
      get: Effect.fn("Conflicts.get")(function* (tenant, id) {
        const [conflict] = yield* find(tenant, "c.conflict_id = $3", [1, id])
        return Option.fromNullishOr(conflict)
      })
    }
  })
)
