/** What became of an errand, and so of its wake and its connection. */
import { ConnectionName } from "@syncline/core"
import { ConnectionStates, type SqlError, Wakes } from "@syncline/store"
import { Effect } from "effect"
import type { AlreadyRunning } from "./EngineError.ts"
import * as Outage from "./Outage.ts"
import type { ExecutionReport } from "./Report.ts"
import type { Errand } from "./Work.ts"

export interface Told {
  readonly due: Wakes.Due
  /** Null: there was nothing to do. */
  readonly report: ExecutionReport | null
  readonly served: Wakes.Served
  /** The connection that rests from now on. */
  readonly opened: { readonly connection: string; readonly state: Outage.Opening["state"] } | null
}

/** Somebody runs the pair by hand. */
const busyMs = 2_000

/** Does the work and stores what became of it. */
export const serve = Effect.fn("Served.serve")(function* <R>(
  { due, pair }: Errand,
  work: Effect.Effect<ExecutionReport | null, AlreadyRunning | SqlError, R>
): Effect.fn.Return<Told, SqlError, R | ConnectionStates.ConnectionStates | Wakes.Wakes> {
  const { tenant } = pair.key
  const wakes = yield* Wakes.Wakes
  const done = yield* Effect.catchTag(work, "AlreadyRunning", () => Effect.succeed("busy" as const))
  if (done === "busy") {
    const served: Wakes.Served = { _tag: "Later", afterMs: busyMs, retries: due.retries }
    yield* wakes.serve(tenant, due, served)
    return { due, report: null, served, opened: null }
  }
  const opening = done === null ? null : Outage.openingOf(done)
  const connection = done?.stop?.connection
  if (opening !== null && connection !== undefined)
    yield* (yield* ConnectionStates.ConnectionStates).open(tenant, ConnectionName.make(connection), opening)
  const served = servedOf(pair.job, due, done, opening !== null)
  yield* wakes.serve(tenant, due, served)
  return {
    due,
    report: done,
    served,
    opened: opening === null || connection === undefined ? null : { connection, state: opening.state }
  }
})

/** While a connection rests, a wake waits with it and costs the job no retry. */
const servedOf = (
  job: Errand["pair"]["job"],
  { claimedInMs, retries }: Wakes.Due,
  report: ExecutionReport | null,
  hasOpened: boolean
): Wakes.Served => {
  // A claim may rest longer than the wake did that it came with: the wake waits for it.
  if (report === null) return claimedInMs === null ? { _tag: "Done" } : { _tag: "Later", afterMs: claimedInMs, retries }
  if (report.status === "running") return { _tag: "Begun", execution: report.execution }
  if (hasOpened) return { _tag: "Later", afterMs: 0, retries }
  if (Outage.isOfStore(report)) return { _tag: "Later", afterMs: Outage.storeAfterMs(retries), retries: retries + 1 }
  const afterMs = Outage.retryAfterMs(job, report.status, retries)
  return afterMs === null ? { _tag: "Done" } : { _tag: "Later", afterMs, retries: retries + 1 }
}
