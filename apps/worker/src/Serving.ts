/** A worker as a whole: drivers, schedules and HTTP in one process, until somebody wants it to stop. */
import { type ExecutionReport, Machine, type Project, Worker } from "@syncline/engine"
import { Maintenance, Store } from "@syncline/store"
import { Config, Effect, Random, type Scope } from "effect"
import * as ConnectPages from "./ConnectPages.ts"
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

/** How many days things are kept: `SYNCLINE_KEEP_EXECUTIONS_DAYS`, `SYNCLINE_KEEP_WEBHOOKS_DAYS`, `SYNCLINE_KEEP_HISTORY_DAYS`. */
const retention = Config.all({
  executionsMs: days("SYNCLINE_KEEP_EXECUTIONS_DAYS", Maintenance.defaultRetention.executionsMs),
  deliveriesMs: days("SYNCLINE_KEEP_WEBHOOKS_DAYS", Maintenance.defaultRetention.deliveriesMs),
  historyMs: days("SYNCLINE_KEEP_HISTORY_DAYS", Maintenance.defaultRetention.historyMs)
})

/** Where this worker is reached from outside: `SYNCLINE_PUBLIC_URL`. Some providers sign the address that they call. */
const publicUrl = Config.withDefault(Config.String("SYNCLINE_PUBLIC_URL"), null)

/** Turns end after their next commits; what does not is left to the next worker. */
const patienceMs = 8_000

export interface Serving {
  readonly url: string
  readonly worker: Worker.Worker
  readonly name: string
}

const isNews = (report: ExecutionReport | null): boolean =>
  report !== null &&
  (report.status === "failed" || report.status === "timed_out" || report.counters.processed > report.counters.skipped)

/** Starts it; the scope's end lets it stop in order. */
export const start = Effect.fn("Serving.start")(function* (
  project: Project,
  options: Options
): Effect.fn.Return<Serving, Problem, Worker.Needs | Store.Store | Scope.Scope> {
  const { host, pid } = yield* Machine
  const name = `${host.split(" ", 1)[0]}-${pid}-${(yield* Random.nextIntBetween(0, 0x1000000)).toString(16)}`
  const worker = yield* Worker.start(project, {
    process: { worker: name, host, pid },
    slots: options.slots,
    retention: yield* Effect.orDie(retention),
    listensAt: (yield* Store.Store).directUrl,
    onServed: ({ driver, tenant }, { due, opened, report, served }) =>
      // What found nothing new is no news: a fleet of quiet jobs would fill the log.
      (isNews(report) || opened !== null ? Effect.logInfo : Effect.logDebug)(
        report === null ? "nothing to do" : `${due.job}: ${report.status}`
      ).pipe(
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
            apiCalls: report.apiCalls,
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
  const outside = yield* Effect.orDie(publicUrl)
  let origin = outside?.replace(/\/+$/, "") ?? ""
  const { url } = yield* HttpServer.serve(options, [
    ...Health.routes(worker),
    WebhookIngestion.route(worker.receive, outside),
    ConnectPages.route(
      worker.consents,
      () => origin,
      ({ connection }) => Effect.annotateLogs(Effect.logInfo("connected by consent"), { connection })
    )
  ])
  if (outside === null) origin = url
  return { url, worker, name }
})
