/** The engine that ships, started from nothing in a simulated process. */
import { Engine, Machine, type Project } from "@syncline/engine"
import { Entropy, Envelope, Postgres, Store, StoreClock } from "@syncline/store"
import { Context, Effect, type Exit, Layer, Redacted } from "effect"
import type { HttpClient } from "@syncline/connector"
import type { TenantId } from "@syncline/core"
import type { PostgresGateway } from "./PostgresGateway.ts"
import type { Stream } from "./Seed.ts"
import * as SimulatedProcess from "./SimulatedProcess.ts"
import type { Process, World } from "./World.ts"

export interface Options {
  readonly world: World
  readonly process: Process
  readonly gateway: PostgresGateway
  readonly transport: Layer.Layer<HttpClient.Transport>
  readonly project: Project
  readonly tenant: TenantId
  readonly machine: Machine
  /** How far the database server's clock is ahead of the world's. */
  readonly databaseSkewMs: number
  readonly scheduling: Stream
  /** What the process does with its engine, for as long as it lives. */
  readonly work: (engine: Engine["Service"]) => Effect.Effect<void>
  /** It has ended by itself, well or not. */
  readonly onEnd: (exit: Exit.Exit<void, unknown>) => void
}

export interface EngineProcess {
  readonly process: Process
  /** Once it is up. */
  readonly engine: () => Engine["Service"] | null
  /** Does something else with its engine, in a fiber of the process. */
  readonly fork: (work: (engine: Engine["Service"]) => Effect.Effect<void>) => void
}

/** What tokens are sealed with. */
const masterKeys = [Envelope.keyOf(Buffer.alloc(32, 1))]

/** Connections of a process. Few, so that they are waited for. */
const maxConnections = 4

const likelyToYield = 0.01

export const start = (options: Options): EngineProcess => {
  const { databaseSkewMs, machine, onEnd, process, scheduling, work, world } = options
  const entropy = scheduling.split("entropy")
  const context = SimulatedProcess.context(world, process, scheduling, { probability: likelyToYield }).pipe(
    Context.add(StoreClock, { nowMs: () => Effect.sync(() => Math.floor(world.nowMs() + databaseSkewMs)) }),
    Context.add(Entropy.Entropy, { bytes: (size) => Effect.sync(() => bytesOf(entropy, size)) }),
    Context.add(Machine, machine)
  )
  let engine: Engine["Service"] | null = null
  const life = Effect.scoped(
    Effect.gen(function* () {
      const services = yield* Layer.buildWithScope(yield* layer(options), yield* Effect.scope)
      const started = Context.get(services, Engine)
      engine = started
      yield* work(started)
    })
  )
  const run = Effect.runForkWith(context)
  run(life).addObserver((exit) => {
    if (process.isAlive) onEnd(exit)
  })
  return {
    process,
    engine: () => engine,
    fork: (use) => {
      if (engine !== null && process.isAlive) run(use(engine))
    }
  }
}

const bytesOf = (chance: Stream, size: number): Uint8Array => Uint8Array.from({ length: size }, () => chance.below(256))

const layer = Effect.fnUntraced(function* ({ gateway, process, project, tenant, transport }: Options) {
  const url = Redacted.make("postgres://simulated@simulated/simulated")
  const postgres = yield* Postgres.open({
    url,
    max: maxConnections,
    driver: { socket: () => gateway.socket(process), connect_timeout: 0, idle_timeout: 0 }
  })
  const store = Store.layerOn({ url, postgres, hasRoles: true, redisUrl: null, masterKeys })
  return Engine.layer(project, tenant).pipe(Layer.provide(store), Layer.provide(transport))
})
