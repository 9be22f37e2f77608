/** How a worker is, for a load balancer, an orchestrator and Prometheus. */
import type { Worker } from "@syncline/engine"
import { Clock, Effect } from "effect"
import { answer, type Route } from "./HttpServer.ts"
import * as Telemetry from "./Telemetry.ts"

/** A worker that has not said for this long that it lives is of no use, and is taken for dead by the others. */
const silentMs = 10_000

/** Work that is due and that no worker takes for so long is a stall: none is free, or none gets on. */
const stalledMs = 60_000

/** What is wrong, a line each; empty: nothing. */
export const problemsOf = ({ backlog, beatAtMs }: Worker.Health, nowMs: number): ReadonlyArray<string> => [
  ...(beatAtMs === null || nowMs - beatAtMs > silentMs
    ? [
        `the store has not heard of this worker ${
          beatAtMs === null ? "yet" : `for ${Math.round((nowMs - beatAtMs) / 1000)} s`
        }: look whether the database answers`
      ]
    : []),
  ...(backlog !== null && backlog.oldestMs > stalledMs
    ? [
        `work has been due for ${Math.round(backlog.oldestMs / 1000)} s and no worker takes it (${backlog.waiting} connections wait, ${backlog.workers} workers live): start more workers, or look at what the turns wait for`
      ]
    : [])
]

/** `/health`: is it of use; `/ready`: may it be sent to; `/metrics`: what it has counted. */
export const routes = (worker: Worker.Worker): ReadonlyArray<Route> => {
  const told = Effect.gen(function* () {
    const health = yield* worker.health
    return { health, problems: problemsOf(health, yield* Clock.currentTimeMillis) }
  })
  return [
    {
      method: "GET",
      path: "/health",
      handle: (_, response) =>
        Effect.map(told, ({ health, problems }) =>
          answer(response, problems.length === 0 ? 200 : 503, { ok: problems.length === 0, problems, ...health })
        )
    },
    {
      method: "GET",
      path: "/ready",
      handle: (_, response) =>
        Effect.map(told, ({ health: { beatAtMs, isStopping } }) => {
          const isReady = beatAtMs !== null && !isStopping
          answer(response, isReady ? 200 : 503, { ok: isReady })
        })
    },
    {
      method: "GET",
      path: "/metrics",
      handle: (_, response) => Effect.map(Telemetry.metrics, (text) => answer(response, 200, text))
    }
  ]
}
