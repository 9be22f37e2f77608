/** Workers in this process, on the store of a world, and ways to wait for what they do. */
import { HttpClient, type HttpLayer } from "@syncline/connector"
import { Maintenance, type Fleet } from "@syncline/store"
import { type Context, Effect, Exit, Layer, type Redacted, Schedule, Scope } from "effect"
import { Dispatch, type Project, Worker } from "../src/index.ts"
import type { Told } from "../src/Served.ts"

export interface Started {
  readonly worker: Worker.Worker
  readonly served: Array<Told>
  readonly taken: Array<Fleet.Taken>
  readonly troubles: Array<string>
  readonly send: Dispatch["Service"]["send"]
  /** Ends it without a word, as a killed process would: nothing is given back. */
  readonly kill: Effect.Effect<void>
}

let count = 0

/** Starts a worker; the scope's end kills it. */
export const start = Effect.fn("Fleet.start")(function* (
  project: Project,
  services: Context.Context<Exclude<Worker.WorkerServices, Dispatch>>,
  {
    slots = 16,
    transport = HttpClient.layer,
    listensAt = null
  }: {
    readonly slots?: number
    readonly transport?: Layer.Layer<HttpLayer.Transport>
    readonly listensAt?: Redacted.Redacted | null
  } = {}
) {
  const served: Array<Told> = []
  const taken: Array<Fleet.Taken> = []
  const troubles: Array<string> = []
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const own = yield* Layer.buildWithScope(Layer.merge(Dispatch.layerLocal, transport), scope)
  const name = `worker-${++count}`
  const worker = yield* Worker.start(project, {
    process: { worker: name, host: "here", pid: count },
    slots,
    listensAt,
    retention: Maintenance.defaultRetention,
    onServed: (_, told) => Effect.sync(() => void served.push(told)),
    onTaken: (one) => Effect.sync(() => void taken.push(one)),
    onTrouble: (what, { message }) => Effect.sync(() => void troubles.push(`${what}: ${message}`))
  }).pipe(Effect.provideContext(services), Effect.provideContext(own), Effect.provideService(Scope.Scope, scope))
  const { send } = yield* Effect.provideContext(Dispatch, own)
  const started: Started = { worker, served, taken, troubles, send, kill: Scope.close(scope, Exit.void) }
  return started
})

/** Looks every few milliseconds, because what workers do tells nobody. */
export const until = <E, R>(condition: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.asVoid(Effect.repeat(condition, { until: (holds) => holds, schedule: Schedule.spaced("10 millis") }))
