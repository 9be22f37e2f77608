/** The store without the engine, for commands that look after what the engine needs before it can be opened. */
import {
  type ConnectionStates,
  type Credentials,
  type EmbeddedPostgres,
  type Fleet,
  type Jobs,
  type Keyring,
  type SqlError,
  Store
} from "@syncline/store"
import { Effect, Layer, Option } from "effect"
import * as MasterKey from "./MasterKey.ts"
import type { Problem } from "./Problem.ts"
import { root } from "./Root.ts"
import * as StoreLocation from "./StoreLocation.ts"

/** Where the flags and the environment say that the store is. */
export const location = Effect.gen(function* () {
  const { databaseUrl } = yield* root
  return yield* StoreLocation.find(process.cwd(), databaseUrl)
})

type Services = ConnectionStates.ConnectionStates | Credentials.Credentials | Fleet.Fleet | Jobs.Jobs | Keyring.Keyring

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
      ...(place._tag === "Url" ? { url: place.url } : { embedded: { folder: place.folder } }),
      ...(redisUrl === null ? {} : { redisUrl }),
      masterKeys
    })
  })
)
