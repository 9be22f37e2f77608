/** What became of an errand, and so of its wake and its connection. */
import { ConnectionName } from "@syncline/core"
import { ConnectionStates, Cursors, type SqlError, Wakes } from "@syncline/store"
import { Effect } from "effect"
import * as Outage from "./Outage.ts"
import type { ExecutionReport } from "./Report.ts"
import type { RunServices } from "./Run.ts"
import type { Errand, Work } from "./Work.ts"

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
export const serve = Effect.fn("Served.serve")(function* (
  { due, mustYield, pair }: Omit<Errand, "end">,
  work: Work
): Effect.fn.Return<Told, SqlError, RunServices | ConnectionStates.ConnectionStates | Wakes.Wakes> {
  const { tenant } = pair.key
  const cursors = yield* Cursors.Cursors
  const wakes = yield* Wakes.Wakes
  let served: Wakes.Served | null = null
  /** A connection that is to rest is told to first, and then the wake waits with it. */
  const end: Errand["end"] = Effect.fnUntraced(function* (leases, ending, report) {
    const known = Outage.openingOf(report) === null ? servedOf(pair.job, due, report, false) : null
    const isEnded = yield* cursors.end(leases, ending, known && { due, served: known })
    if (isEnded) served = known
    return isEnded
  })
  const done = yield* Effect.catchTag(work({ due, mustYield, pair, end }), "AlreadyRunning", () =>
    Effect.succeed("busy" as const)
  )
  if (done === "busy") {
    const later: Wakes.Served = { _tag: "Later", afterMs: busyMs, retries: due.retries }
    yield* wakes.serve(tenant, { due, served: later })
    return { due, report: null, served: later, opened: null }
  }
  const opening = done === null ? null : Outage.openingOf(done)
  const connection = done?.stop?.connection
  if (opening !== null && connection !== undefined)
    yield* (yield* ConnectionStates.ConnectionStates).open(tenant, ConnectionName.make(connection), opening)
  if (served === null) {
    served = servedOf(pair.job, due, done, opening !== null)
    yield* wakes.serve(tenant, { due, served })
  }
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
