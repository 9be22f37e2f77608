/** What the commands work with: the engine for the project of the configuration file, on the store that was asked for. */
import { HttpClient } from "@syncline/connector"
import { Engine, type Project } from "@syncline/engine"
import { Store } from "@syncline/store"
import { Effect, Layer, Option } from "effect"
import * as ConfigFile from "./ConfigFile.ts"
import { ofEngine, ofStore } from "./Problem.ts"
import { root } from "./Root.ts"
import * as StoreLocation from "./StoreLocation.ts"

/** The store, and the engine for a project on it. */
export const open = (project: Project, location: StoreLocation.StoreLocation) =>
  Engine.layer(project).pipe(
    Layer.provideMerge(
      Store.layer(location._tag === "Url" ? { url: location.url } : { embedded: { folder: location.folder } })
    ),
    Layer.provide(HttpClient.layer)
  )

/** The engine that the command's flags and the environment ask for. */
const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { config, databaseUrl } = yield* root
    const folder = process.cwd()
    const project = yield* ConfigFile.load(folder, Option.getOrNull(config))
    return open(project, yield* StoreLocation.find(folder, databaseUrl))
  })
)

/** Runs a command's work with the engine, and tells what went wrong while the store and the engine were opened. */
export const provide = <A, E, R>(work: Effect.Effect<A, E, R | Engine>) => told(Effect.provide(work, layer))
