/** What `syncline worker` does in a simulated process: it drives whatever is due, and takes webhooks in. */
import type { JobName } from "@syncline/core"
import { Dispatch, Engine, type ExecutionReport, Worker } from "@syncline/engine"
import { type Drivers, type Fleet, Maintenance, Wakes } from "@syncline/store"
import { Effect, Layer } from "effect"
import type * as EngineProcess from "./EngineProcess.ts"

export type Told = Parameters<Worker.Options["onServed"]>[1]

/** A worker that is up. */
export interface Up extends Pick<Worker.Worker, "receive" | "stop"> {
  /** Has the ids of these jobs compared, as is due each night. */
  readonly compare: (jobs: ReadonlyArray<JobName>) => Effect.Effect<void>
}

export interface Hearing {
  /** Before it drives anything. */
  readonly begin: (engine: Engine["Service"]) => Effect.Effect<void>
  readonly onUp: (up: Up) => void
  readonly onServed: (driven: Drivers.Driven, told: Told) => void
  readonly onTaken: (taken: Fleet.Taken) => void
  readonly onTrouble: (what: string, message: string) => void
}

/** Drivers at once: there is one. */
const slots = 2

export const program = (
  { machine, process, project, tenant }: Pick<EngineProcess.Around, "machine" | "process" | "project" | "tenant">,
  { begin, onServed, onTaken, onTrouble, onUp }: Hearing
): EngineProcess.Program<Worker.Needs> => ({
  layer: (around, store) =>
    Engine.layer(around.project, around.tenant).pipe(
      Layer.provideMerge(store),
      Layer.provideMerge(Layer.merge(around.transport, Dispatch.layerLocal))
    ),
  work: (engine, services) =>
    Effect.gen(function* () {
      yield* begin(engine)
      const worker = yield* Worker.start(project, {
        process: { worker: `${process.name}.${process.life}`, host: machine.host, pid: machine.pid },
        slots,
        retention: Maintenance.defaultRetention,
        listensAt: null,
        onServed: (driven, told) => Effect.sync(() => onServed(driven, told)),
        onTaken: (taken) => Effect.sync(() => onTaken(taken)),
        onTrouble: (what, { message }) => Effect.sync(() => onTrouble(what, message))
      })
      const wakes = yield* Wakes.Wakes
      const dispatch = yield* Dispatch
      onUp({
        ...worker,
        compare: (jobs) => {
          const asked = jobs.map((job) => ({ job, class: "reconcile", trigger: "scheduled", dueAtMs: null }) as const)
          return Effect.ignore(Effect.flatMap(wakes.wake(tenant, asked), dispatch.send))
        }
      })
      return yield* Effect.never
    }).pipe(Effect.scoped, Effect.provideContext(services))
})

/** For a tale. */
export const tellOf = ({ due, opened, report, served }: Told): string =>
  [
    `${due.job} (${due.class}, ${due.trigger}):`,
    report === null ? "nothing to do" : reportOf(report),
    ...(opened === null ? [] : [`${opened.connection} rests (${opened.state})`]),
    ...(served._tag === "Later" ? [`again in ${Math.round(served.afterMs / 1000)} s`] : [])
  ].join(" ")

const reportOf = ({ counters, reason, status }: ExecutionReport): string =>
  `${status} ${counters.processed}${reason === null ? "" : ` (${reason})`}`
