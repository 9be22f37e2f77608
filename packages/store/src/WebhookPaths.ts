/** Where the webhooks of each connection come in. Whose path one is, of all tenants, is asked of `Fleet`. */
import { ConnectionName, TenantId } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import { Database } from "./Database.ts"
import { decode } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

export interface WebhookPath {
  readonly tenant: TenantId
  readonly connection: ConnectionName
  readonly path: string
}

export class WebhookPaths extends Context.Service<
  WebhookPaths,
  {
    /** The connection's path: the one that it has, or from now on `candidate`, which nobody may be able to guess. */
    readonly ensure: (
      tenant: TenantId,
      connection: ConnectionName,
      candidate: string
    ) => Effect.Effect<string, SqlError>
    readonly list: (tenant: TenantId) => Effect.Effect<ReadonlyArray<WebhookPath>, SqlError>
  }
>()("@syncline/store/WebhookPaths") {}

const rows = decode(Schema.Struct({ tenant: TenantId, connection: ConnectionName, path: Schema.String }))
const columns = "tenant_id as tenant, connection, path"

export const layer = Layer.effect(
  WebhookPaths,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      ensure: Effect.fn("WebhookPaths.ensure")(function* (tenant, connection, candidate) {
        const found = yield* database.transaction(tenant, ({ nowMs, query }) =>
          Effect.andThen(
            query(
              `insert into syncline.webhook_path (tenant_id, connection, path, created_at)
               values ($1, $2, $3, to_timestamp($4::float8 / 1000)) on conflict (tenant_id, connection) do nothing`,
              [tenant, connection, candidate, nowMs]
            ),
            query(`select ${columns} from syncline.webhook_path where tenant_id = $1 and connection = $2 order by 1`, [
              tenant,
              connection
            ])
          )
        )
        const [row] = yield* rows(found)
        return row?.path ?? candidate
      }),
      list: Effect.fn("WebhookPaths.list")(function* (tenant) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(`select ${columns} from syncline.webhook_path where tenant_id = $1 order by connection`, [tenant])
        )
        return yield* rows(found)
      })
    }
  })
)
