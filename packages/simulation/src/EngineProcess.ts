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

/** A process, and what is around it. */
export interface Around {
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
  /** It has ended by itself, well or not. */
  readonly onEnd: (exit: Exit.Exit<void, unknown>) => void
}

/** What the process does for as long as it lives: with what it is built of, and with its engine. */
export interface Program<R> {
  readonly layer: (around: Around, store: Store) => Layer.Layer<Engine | R, unknown>
  readonly work: (engine: Engine["Service"], services: Context.Context<Engine | R>) => Effect.Effect<void>
}

export type Store = ReturnType<typeof Store.layerOn>

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

export const start = <R>(around: Around, program: Program<R>): EngineProcess => {
  const { databaseSkewMs, machine, onEnd, process, scheduling, world } = around
  const entropy = scheduling.split("entropy")
  const context = SimulatedProcess.context(world, process, scheduling, { probability: likelyToYield }).pipe(
    Context.add(StoreClock, { nowMs: () => Effect.sync(() => Math.floor(world.nowMs() + databaseSkewMs)) }),
    Context.add(Entropy.Entropy, { bytes: (size) => Effect.sync(() => bytesOf(entropy, size)) }),
    Context.add(Machine, machine)
  )
  let engine: Engine["Service"] | null = null
  const life = Effect.scoped(
    Effect.gen(function* () {
      const services = yield* Layer.buildWithScope(yield* layerOf(around, program), yield* Effect.scope)
      const started = Context.get(services, Engine)
      engine = started
      yield* program.work(started, services)
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

const layerOf = Effect.fnUntraced(function* <R>(around: Around, program: Program<R>) {
  const url = Redacted.make("postgres://simulated@simulated/simulated")
  const postgres = yield* Postgres.open({
    url,
    max: maxConnections,
    driver: { socket: () => around.gateway.socket(around.process), connect_timeout: 0, idle_timeout: 0 }
  })
  return program.layer(around, Store.layerOn({ url, postgres, hasRoles: true, redisUrl: null, masterKeys }))
})

/** An engine without a worker: whoever has it calls its verbs. */
export const engineOnly = (work: (engine: Engine["Service"]) => Effect.Effect<void>): Program<never> => ({
  layer: ({ project, tenant, transport }, store) =>
    Engine.layer(project, tenant).pipe(Layer.provide(store), Layer.provide(transport)),
  work
})
