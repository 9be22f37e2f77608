/** When all is quiet: the engine has looked at both systems since the last change could be seen there, and found nothing to do. */
import type { EngineError, RunReport } from "@syncline/engine"
import { Result } from "effect"
import type { Next } from "./Dispatch.ts"
import type { Snapshot } from "./oracles/Snapshot.ts"
import type * as Setting from "./Setting.ts"

export interface Quiet {
  /** From now on quiet is wanted. */
  readonly begin: () => void
  /** A user has changed something. */
  readonly touched: () => void
  readonly ran: (outcome: Result.Result<RunReport, EngineError>, startedAtMs: number, next: Pick<Next, "verb">) => void
  readonly isReached: () => boolean
  /** How long until a run can see all that has happened, or what others wait for may have come. Looking earlier says nothing. */
  readonly dueMs: () => number
  /** What stands in its way. */
  readonly why: () => string
}

export interface Options {
  readonly systems: Setting.Systems
  readonly setting: Setting.Setting
  readonly nowMs: () => number
  /** Reconciliations that must have found nothing more too. */
  readonly reconciliations: number
  /** Whether something is still to come that needs nobody. */
  readonly isUnsettled: () => boolean
}

/**
 * What may still end without anybody: writes under way, and records that wait for others, unless those wait for a person or for another try.
 */
export const isUnsettled = ({ aside, claims, conflicts, entries, ledger }: Snapshot): boolean => {
  const isForPerson = conflicts.length > 0 || [...ledger, ...entries].some(({ state }) => state === "dead")
  const isUnderWay = entries.some(({ entity, key, side, state }) => {
    const isHeld = aside.some((each) => each.entity === entity && each.key === key && each.side === side)
    return state === "in_flight" || state === "in_doubt" || (state === "pending" && !(isHeld && isForPerson))
  })
  const areAllWaiting =
    conflicts.length === 0 &&
    aside.some(({ id, why }) => id !== null && why === "waiting") &&
    aside.every(({ id }) => id !== null)
  return claims.some(({ isPending }) => isPending) || isUnderWay || areAllWaiting
}

/** A run that looks at everything, and after which nothing has changed anywhere. */
const runsWanted = 1

/** After a run that found nothing, though not all is done, only time can help: what is in doubt, or locked, takes some minutes. */
const firstWaitMs = 20_000
const longestWaitMs = 10 * 60_000

const writes = new Set(["create", "update", "remove"])

export const make = ({ isUnsettled, nowMs, reconciliations, setting, systems }: Options): Quiet => {
  // A system tells its time in whole seconds, and that is where a window ends.
  const lagMs = Math.max(setting.quirks.source.lagMs, setting.quirks.target.lagMs) + 1000
  const sides = [systems.source, systems.target]
  let sinceMs = nowMs()
  let seen = 0
  let runs = 0
  let compared = 0
  let waits = 0
  let waitsUntilMs = 0
  let last = "nothing has run yet"

  const written = sides.map(() => ({ arrivals: 0, writes: 0 }))
  /** What has happened at the systems so far, reads left out. */
  const happened = () =>
    sides.reduce((sum, { arrivals, events }, index) => {
      const count = written[index]
      if (count === undefined) return sum
      for (; count.arrivals < arrivals.length; count.arrivals += 1)
        if (writes.has(arrivals[count.arrivals]?.verb ?? "")) count.writes += 1
      return sum + events.length + count.writes
    }, 0)
  const restart = () => {
    runs = 0
    compared = 0
    waits = 0
    waitsUntilMs = 0
    seen = happened()
    sinceMs = nowMs()
  }
  return {
    begin: restart,
    touched: restart,
    ran: (outcome, startedAtMs, { verb }) => {
      if (happened() !== seen) {
        last = `writes went on until ${Math.round((nowMs() - sinceMs) / 1000)} s after`
        return restart()
      }
      if (startedAtMs > sinceMs + lagMs) {
        waitsUntilMs = nowMs() + Math.min(longestWaitMs, firstWaitMs * 2 ** waits)
        waits += 1
      }
      if (Result.isFailure(outcome)) {
        last = outcome.failure.message
        return
      }
      if (isUnsettled()) {
        last = "writes are under way or in doubt, records wait for others, or a process stands still"
        return
      }
      const { executions, notStarted } = outcome.success
      const bad = executions.find(({ status }) => status !== "completed" && status !== "completed_with_errors")
      last =
        bad === undefined
          ? `${runs} quiet runs, ${compared} quiet reconciliations`
          : `${bad.job} ended ${bad.status}: ${bad.reason ?? ""}`
      if (bad !== undefined || notStarted.length > 0 || startedAtMs <= sinceMs + lagMs) return
      if (verb === "reconcile") compared += 1
      if (verb === "run") runs += 1
    },
    dueMs: () => Math.max(0, sinceMs + lagMs + 1 - nowMs(), waitsUntilMs - nowMs()),
    isReached: () => runs >= runsWanted && compared >= reconciliations,
    why: () => last
  }
}
