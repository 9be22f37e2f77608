/** One run of a job: how it was started, and how it ends. */
import { Schema } from "effect"
import type { Counters } from "./Counters.ts"

export const Status = Schema.Literals([
  "running",
  "completed",
  "completed_with_errors",
  "failed",
  "timed_out",
  "cancelled"
])
export type Status = typeof Status.Type

export const Trigger = Schema.Literals(["manual", "scheduled", "webhook"])
export type Trigger = typeof Trigger.Type

const none: Readonly<Record<Status, boolean>> = {
  running: false,
  completed: false,
  completed_with_errors: false,
  failed: false,
  timed_out: false,
  cancelled: false
}

/** From which status an execution may go to which. What has ended stays as it ended: a retry is another execution. */
export const moves: Readonly<Record<Status, Readonly<Record<Status, boolean>>>> = {
  running: {
    running: false,
    completed: true,
    completed_with_errors: true,
    failed: true,
    timed_out: true,
    cancelled: true
  },
  completed: none,
  completed_with_errors: none,
  failed: none,
  timed_out: none,
  cancelled: none
}

export const mayMove = (before: Status, after: Status): boolean => moves[before][after]

export const hasEnded = (status: Status): boolean => status !== "running"

/**
 * Why an execution stops finding records: it read to the end, something outside the records stopped it (the circuit breaker, an
 * error, its worker's death), its time was up, or a person or a removed connection ended it.
 */
export type Ending = "read to the end" | "halted" | "timed out" | "cancelled"

const interrupted: Record<Exclude<Ending, "read to the end">, Status> = {
  halted: "failed",
  "timed out": "timed_out",
  cancelled: "cancelled"
}

/**
 * The status of an execution that stopped finding records. It goes on running while writes are queued, unless it was stopped:
 * what was committed is then pushed later.
 *
 * No records at all is a success: nothing had changed. All failed is a failure; some failed is `completed_with_errors`.
 */
export const conclude = (counters: Counters, ending: Ending): Status => {
  if (ending !== "read to the end") return interrupted[ending]
  if (counters.queued > 0) return "running"
  if (counters.failed === 0) return "completed"
  return counters.failed === counters.processed ? "failed" : "completed_with_errors"
}
