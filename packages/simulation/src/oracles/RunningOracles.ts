/** Promises about what runs by itself, and comes to an end by itself. */
import type { Oracle } from "./Oracle.ts"

/** An owner whose heartbeat is older is taken for dead; twice that is granted, for whoever takes over has to come by. */
const deadAfterMs = 30_000

const ended: Oracle = {
  promise: "I-17",
  name: "an execution ends",
  ended: ({ nowMs, snapshot }, _, complain) => {
    for (const { beatAtMs, id, job, startedAtMs } of snapshot.unended) {
      const lastMs = Math.max(startedAtMs, beatAtMs ?? 0)
      if (nowMs - lastMs > deadAfterMs)
        complain(
          null,
          `execution ${id} of ${job} is running, and ${beatAtMs === null ? "nobody holds a side for it" : "its process is gone"}`
        )
    }
  }
}

export const runningOracles: ReadonlyArray<Oracle> = [ended]
