/** Tenants, and what each has other than the configuration says. */
import { IntegrationName, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import { Database, type Transaction } from "./Database.ts"
import { decode, json } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/** Other settings for an integration, or for one pair of it. The store keeps them and never looks inside. */
export interface Override {
  readonly integration: IntegrationName
  /** The source's entity of the pair; empty: the whole integration. */
  readonly entity: string
  readonly settings: Schema.Json
}

export class Tenants extends Context.Service<
  Tenants,
  {
    /** False when it was there already. */
    readonly add: (tenant: TenantId) => Effect.Effect<boolean, SqlError>
    /** By integration and entity. */
    readonly overrides: (tenant: TenantId) => Effect.Effect<ReadonlyArray<Override>, SqlError>
    /** Puts settings in the place of what there was; null: as the configuration says again. */
    readonly override: (
      tenant: TenantId,
      place: Pick<Override, "integration" | "entity">,
      settings: Schema.Json
    ) => Effect.Effect<void, SqlError>
  }
>()("@syncline/store/Tenants") {}

const overrides = decode(Schema.Struct({ integration: IntegrationName, entity: Schema.String, settings: Schema.Json }))

/** Says that the tenant is not what it was, so that whoever has its project open opens it anew. Makes the tenant where there is none. */
export const revise = ({ nowMs, query, tenant }: Transaction) =>
  Effect.asVoid(
    query(
      `insert into syncline.tenant as t (tenant_id, revision, created_at) values ($1, 1, to_timestamp($2::float8 / 1000))
       on conflict (tenant_id) do update set revision = t.revision + 1`,
      [tenant, nowMs]
    )
  )

export const layer = Layer.effect(
  Tenants,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      add: Effect.fn("Tenants.add")(function* (tenant) {
        const made = yield* database.transaction(tenant, ({ nowMs, query }) =>
          query(
            `insert into syncline.tenant (tenant_id, created_at) values ($1, to_timestamp($2::float8 / 1000))
             on conflict do nothing returning tenant_id`,
            [tenant, nowMs]
          )
        )
        return made.length > 0
      }),
      overrides: Effect.fn("Tenants.overrides")(function* (tenant) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(
            `select integration, entity, settings from syncline.tenant_override where tenant_id = $1
             order by integration, entity`,
            [tenant]
          )
        )
        return yield* overrides(found)
      }),
      override: Effect.fn("Tenants.override")((tenant, { entity, integration }, settings) =>
        database.transaction(tenant, (transaction) =>
          Effect.gen(function* () {
            const { nowMs, query } = transaction
            yield* revise(transaction)
            yield* settings === null
              ? query(
                  "delete from syncline.tenant_override where tenant_id = $1 and integration = $2 and entity = $3",
                  [tenant, integration, entity]
                )
              : query(
                  `insert into syncline.tenant_override (tenant_id, integration, entity, settings, updated_at)
                   values ($1, $2, $3, $4::text::jsonb, to_timestamp($5::float8 / 1000))
                   on conflict (tenant_id, integration, entity) do update
                   set settings = excluded.settings, updated_at = excluded.updated_at`,
                  [tenant, integration, entity, json(settings), nowMs]
                )
          })
        )
      )
    }
  })
)
