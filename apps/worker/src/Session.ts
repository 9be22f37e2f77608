/** What the commands work with: the engine for the project of the configuration file, on the store that was asked for. */
import { HttpClient } from "@syncline/connector"
import { Dispatch, Engine, type EngineError, type Project, type Worker } from "@syncline/engine"
import { type EmbeddedPostgres, type Envelope, type SqlError, Store } from "@syncline/store"
import { defaultTenant, type TenantId } from "@syncline/core"
import { Effect, Layer, Option, type Redacted } from "effect"
import * as ConfigFile from "./ConfigFile.ts"
import { type BadOutcome, ofEngine, ofStore, type Problem } from "./Problem.ts"
import { root } from "./Root.ts"
import * as MasterKey from "./MasterKey.ts"
import { Shell } from "./Shell.ts"
import * as StoreLocation from "./StoreLocation.ts"
import * as TenantStore from "./TenantStore.ts"

/** Why the store could not be opened. */
type StoreError = SqlError | EmbeddedPostgres.EmbeddedPostgresError

/** The store, and the engine for a project on it. */
export const open = (
  project: Project,
  location: StoreLocation.StoreLocation,
  redisUrl: Option.Option<Redacted.Redacted> = Option.none(),
  masterKeys: ReadonlyArray<Envelope.Key> = [],
  tenant: TenantId = defaultTenant
): Layer.Layer<Engine | Store.Store, EngineError | StoreError | Problem> =>
  Layer.unwrap(Effect.as(TenantStore.known(tenant), Engine.layer(project, tenant))).pipe(
    Layer.provideMerge(
      Store.layer({
        ...StoreLocation.optionsOf(location),
        ...(Option.isSome(redisUrl) ? { redisUrl: redisUrl.value } : {}),
        masterKeys
      })
    ),
    Layer.provide(HttpClient.layer)
  )

/** What a worker drives with, and all of the store. */
export type Services = Engine | Worker.Needs | Layer.Success<ReturnType<typeof Store.layer>>

/** The store as it is, the engine, and the way out: what a worker drives with. */
export const openForWorker = (
  project: Project,
  location: StoreLocation.StoreLocation,
  redisUrl: Option.Option<Redacted.Redacted> = Option.none(),
  masterKeys: ReadonlyArray<Envelope.Key> = []
): Layer.Layer<Services, EngineError | StoreError> => {
  const storeLayer = Store.layer({
    ...StoreLocation.optionsOf(location),
    ...(Option.isSome(redisUrl) ? { redisUrl: redisUrl.value } : {}),
    masterKeys
  })
  return Engine.layer(project).pipe(
    Layer.provideMerge(storeLayer),
    Layer.provideMerge(HttpClient.layer),
    Layer.merge(Dispatch.layerLocal)
  )
}

/** The engine that the command's flags and the environment ask for. */
const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { config, databaseUrl, tenant } = yield* root
    const { folder } = yield* Shell
    const project = yield* ConfigFile.load(folder, Option.getOrNull(config))
    const location = yield* StoreLocation.find(folder, databaseUrl)
    return open(project, location, yield* StoreLocation.redis, yield* MasterKey.find(location), tenant)
  })
)

/** What can go wrong in a command's work. */
export type Told = Problem | BadOutcome

/** The same before it is told. */
export type Failed = Told | EngineError | StoreError

/** Tells what went wrong while the store and the engine were opened. */
export const told = <A, R>(work: Effect.Effect<A, Failed, R>): Effect.Effect<A, Told, R> =>
  Effect.mapError(work, (error) => {
    switch (error._tag) {
      case "Problem":
      case "BadOutcome":
        return error
      case "SqlError":
      case "EmbeddedPostgresError":
        return ofStore(error)
      default:
        return ofEngine(error)
    }
  })

/** Runs a command's work with the engine. */
export const provide = <R>(
  work: Effect.Effect<void, Told, R | Engine>
): Effect.Effect<void, Told, Exclude<R, Engine | Store.Store> | Effect.Services<typeof root>> =>
  told(Effect.provide(work, layer))
