/** One check, tried on one connector, and what came of it. */
import { Cause, Effect, Exit } from "effect"
import { type Check, Skipped } from "./Check.ts"
import type { Line } from "./Report.ts"
import type { Subject } from "./Subject.ts"
import * as VirtualTime from "./VirtualTime.ts"

/** Never fails: whatever goes wrong is the finding. */
export const of = (check: Check, subject: Subject): Effect.Effect<Line> => {
  const run = Effect.scoped(check.run(subject))
  return Effect.map(
    Effect.exit(check.time === "real" ? VirtualTime.leaping(run) : VirtualTime.virtual(run)),
    (exit): Line => {
      const { id, says } = check
      if (Exit.isSuccess(exit)) return { id, says, verdict: "passed", why: null }
      const cause = Cause.squash(exit.cause)
      return cause instanceof Skipped
        ? { id, says, verdict: "skipped", why: cause.why }
        : { id, says, verdict: "failed", why: cause instanceof Error ? cause.message : String(cause), cause }
    }
  )
}
