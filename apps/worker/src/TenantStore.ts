/** The store without the engine, for commands that look after what the engine needs before it can be opened. */
import {
  type ConnectionStates,
  type Credentials,
  type EmbeddedPostgres,
  Fleet,
  type Jobs,
  type Keyring,
  type SqlError,
  Store,
  type Tenants
} from "@syncline/store"
import { defaultTenant, type TenantId } from "@syncline/core"
import { Effect, Layer, Option } from "effect"
import * as MasterKey from "./MasterKey.ts"
import { badInput, type Problem } from "./Problem.ts"
import { root } from "./Root.ts"
import { Shell } from "./Shell.ts"
import * as StoreLocation from "./StoreLocation.ts"

/** Where the flags and the environment say that the store is. */
export const location = Effect.gen(function* () {
  const { databaseUrl } = yield* root
  const { folder } = yield* Shell
  return yield* StoreLocation.find(folder, databaseUrl)
})

type Services =
  | ConnectionStates.ConnectionStates
  | Credentials.Credentials
  | Fleet.Fleet
  | Jobs.Jobs
  | Keyring.Keyring
  | Store.Store
  | Tenants.Tenants

/** Fails where nobody has added the tenant, so that a slip of the keyboard makes none. */
export const known = Effect.fn("TenantStore.known")(function* (tenant: TenantId) {
  if (tenant === defaultTenant) return
  const fleet = yield* Fleet.Fleet
  if ((yield* fleet.tenants).includes(tenant)) return
  return yield* badInput(`there is no tenant "${tenant}"`, `Add it with: syncline tenants add ${tenant}`)
})

/** The one that `--tenant` names. */
export const named = Effect.gen(function* () {
  const { tenant } = yield* root
  yield* known(tenant)
  return tenant
})

export const layer: Layer.Layer<
  Services,
  Problem | SqlError | EmbeddedPostgres.EmbeddedPostgresError,
  Effect.Services<typeof root>
> = Layer.unwrap(
  Effect.gen(function* () {
    const place = yield* location
    const masterKeys = yield* MasterKey.find(place)
    const redisUrl = Option.getOrNull(yield* StoreLocation.redis)
    return Store.layer({
      ...StoreLocation.optionsOf(place),
      ...(redisUrl === null ? {} : { redisUrl }),
      masterKeys
    })
  })
)
