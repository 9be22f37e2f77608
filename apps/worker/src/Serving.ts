/** A worker as a whole: drivers, schedules and HTTP in one process, until somebody wants it to stop. */
import { Dispatch, Engine, type Project, Worker } from "@syncline/engine"
import { Maintenance } from "@syncline/store"
import { Config, Effect, Option, Random, type Scope } from "effect"
import { hostname } from "node:os"
import * as Health from "./Health.ts"
import * as HttpServer from "./HttpServer.ts"
import type { Problem } from "./Problem.ts"
import * as WebhookIngestion from "./WebhookIngestion.ts"

export interface Options extends HttpServer.Options {
  /** Connections driven at once. */
  readonly slots: number
}

const dayMs = 86_400_000

const days = (name: string, or: number) =>
  Config.map(Config.withDefault(Config.Int(name), Math.round(or / dayMs)), (count) => Math.max(1, count) * dayMs)

/** How many days things are kept: `SYNCLINE_KEEP_EXECUTIONS_DAYS`, `SYNCLINE_KEEP_HISTORY_DAYS`. */
const retention = Config.all({
  executionsMs: days("SYNCLINE_KEEP_EXECUTIONS_DAYS", Maintenance.defaultRetention.executionsMs),
  historyMs: days("SYNCLINE_KEEP_HISTORY_DAYS", Maintenance.defaultRetention.historyMs)
})

/** Where providers reach this worker: `SYNCLINE_PUBLIC_URL`; else as their requests say. */
const publicAddress = Config.option(Config.String("SYNCLINE_PUBLIC_URL"))

/** Turns end after their next commits; what does not is left to the next worker. */
const patienceMs = 8_000

export interface Serving {
  readonly url: string
  readonly worker: Worker.Worker
  readonly name: string
}

/** Starts it; the scope's end lets it stop in order. */
export const start = Effect.fn("Serving.start")(function* (
  project: Project,
  options: Options
): Effect.fn.Return<Serving, Problem, Engine | Worker.Needs | Scope.Scope> {
  const name = `${hostname()}-${process.pid}-${(yield* Random.nextIntBetween(0, 0x1000000)).toString(16)}`
  const worker = yield* Worker.start(project, {
    process: { worker: name, host: hostname(), pid: process.pid },
    slots: options.slots,
    retention: yield* Effect.orDie(retention),
    onServed: ({ driver, tenant }, { due, opened, report, served }) =>
      Effect.logInfo(report === null ? "nothing to do" : `${due.job}: ${report.status}`).pipe(
        Effect.annotateLogs({
          tenant,
          driver,
          job: due.job,
          class: due.class,
          trigger: due.trigger,
          next: served._tag,
          ...(report !== null && {
            execution: report.execution,
            status: report.status,
            reason: report.reason,
            counters: report.counters,
            durationMs: report.durationMs
          }),
          ...(opened !== null && { connection: opened.connection, state: opened.state })
        })
      ),
    onTaken: ({ driver, epoch, tenant, wasTakenOver }) =>
      wasTakenOver
        ? Effect.annotateLogs(Effect.logWarning("took over from a worker that died"), { tenant, driver, epoch })
        : Effect.void,
    onTrouble: (what, { message }) => Effect.annotateLogs(Effect.logError(message), { what })
  })
  yield* Effect.addFinalizer(() => worker.stop(patienceMs))
  const { receive } = (yield* Engine).webhooks
  const { send } = yield* Dispatch
  const publicUrl = Option.getOrNull(yield* Effect.orDie(publicAddress))
  const webhooks: HttpServer.Route = {
    method: null,
    path: WebhookIngestion.prefix,
    handle: (request, response) => WebhookIngestion.handle({ receive, onWoken: send, publicUrl }, request, response)
  }
  const { url } = yield* HttpServer.serve(options, [...Health.routes(worker), webhooks])
  return { url, worker, name }
})
