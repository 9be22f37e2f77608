/** Whether a connection is called: paused by a person, out of order, or ready. */
import type { ConnectionName, TenantId } from "@syncline/core"
import { ConnectionName as Name } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import { Database } from "./Database.ts"
import { reconsider } from "./Drivers.ts"
import { decode, msOf, plain } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/** `backoff`: its provider does not answer. `blocked_auth`: it refuses the credentials. Both are asked again at `probeAtMs`. */
export const State = Schema.Literals(["ready", "backoff", "blocked_auth"])
export type State = typeof State.Type

export interface ConnectionState {
  readonly name: ConnectionName
  readonly connector: string
  readonly state: State
  readonly reason: string | null
  /** Since when it is out of order. */
  readonly sinceMs: number | null
  /** How often in a row it was asked in vain. */
  readonly probes: number
  readonly probeAtMs: number | null
  readonly pausedAtMs: number | null
}

export class ConnectionStates extends Context.Service<
  ConnectionStates,
  {
    /** By name. */
    readonly list: (tenant: TenantId) => Effect.Effect<ReadonlyArray<ConnectionState>, SqlError>
    /** Takes it out of order; asked again in `afterMs`. */
    readonly open: (
      tenant: TenantId,
      name: ConnectionName,
      why: { readonly state: Exclude<State, "ready">; readonly reason: string; readonly afterMs: number }
    ) => Effect.Effect<void, SqlError>
    /** It answers again: what waited for it is due. */
    readonly close: (tenant: TenantId, name: ConnectionName) => Effect.Effect<void, SqlError>
    /** False when there is none of that name. */
    readonly pause: (tenant: TenantId, name: ConnectionName, isPaused: boolean) => Effect.Effect<boolean, SqlError>
  }
>()("@syncline/store/ConnectionStates") {}

const rows = decode(
  Schema.Struct({
    name: Name,
    connector: Schema.String,
    state: State,
    reason: Schema.NullOr(Schema.String),
    sinceMs: Schema.NullOr(Schema.Finite),
    probes: Schema.Finite,
    probeAtMs: Schema.NullOr(Schema.Finite),
    pausedAtMs: Schema.NullOr(Schema.Finite)
  })
)

/** Whose turns call a connection. Parameters: tenant, connection. */
const drivers = `select j.driver from syncline.job j
  join syncline.integration i on i.tenant_id = j.tenant_id and i.name = j.integration
  where j.tenant_id = $1 and $2 in (i.source, i.target)`

export const layer = Layer.effect(
  ConnectionStates,
  Effect.gen(function* () {
    const database = yield* Database

    const change = Effect.fnUntraced(function* (
      tenant: TenantId,
      name: ConnectionName,
      set: string,
      params: (nowMs: number) => ReadonlyArray<unknown>
    ) {
      return yield* database.transaction(tenant, (transaction) =>
        Effect.gen(function* () {
          const { nowMs, query } = transaction
          const found = yield* query(
            `update syncline.connection set ${set} where tenant_id = $1 and name = $2 returning name`,
            [tenant, name, ...params(nowMs)]
          )
          yield* reconsider(transaction, drivers, [name])
          return found.length > 0
        })
      )
    })

    return {
      list: Effect.fn("ConnectionStates.list")(function* (tenant) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(
            `select name, connector, state, state_reason as reason, ${msOf("state_since", "sinceMs")}, probes::float8,
               ${msOf("probe_at", "probeAtMs")}, ${msOf("paused_at", "pausedAtMs")}
             from syncline.connection where tenant_id = $1 order by name`,
            [tenant]
          )
        )
        return yield* rows(found)
      }),
      open: Effect.fn("ConnectionStates.open")((tenant, name, { afterMs, reason, state }) =>
        change(
          tenant,
          name,
          `state = $3, state_reason = $4, probes = case when state = 'ready' then 0 else probes + 1 end,
           state_since = case when state = 'ready' then to_timestamp($5::float8 / 1000) else state_since end,
           probe_at = to_timestamp($6::float8 / 1000)`,
          (nowMs) => [state, plain(reason), nowMs, nowMs + afterMs]
        )
      ),
      close: Effect.fn("ConnectionStates.close")((tenant, name) =>
        change(
          tenant,
          name,
          "state = 'ready', state_reason = null, state_since = null, probes = 0, probe_at = null",
          () => []
        )
      ),
      pause: Effect.fn("ConnectionStates.pause")((tenant, name, isPaused) =>
        change(
          tenant,
          name,
          "paused_at = case when $3::boolean then coalesce(paused_at, to_timestamp($4::float8 / 1000)) end",
          (nowMs) => [isPaused, nowMs]
        )
      )
    }
  })
)
