/** What a run costs and comes to, before it has done anything. */
import { Counters, type ExecutionId } from "@syncline/core"
import { Effect } from "effect"
import type { Pair } from "./Pair.ts"
import type { ExecutionReport } from "./Report.ts"

/** Calls that both connections of a pair have sent so far. */
export const calls = (pair: Pair): Effect.Effect<number> =>
  Effect.map(
    Effect.all([pair.source.connection.calls, pair.target.connection.calls]),
    ([source, target]) => source + target
  )

/** An execution that found nothing. */
export const nothing = ({ job, key }: Pair, execution: ExecutionId): ExecutionReport => ({
  execution,
  job: job.name,
  integration: key.integration,
  entity: key.entity,
  status: "completed",
  reason: null,
  failure: null,
  stop: null,
  notes: [],
  counters: Counters.zero,
  apiCalls: 0,
  durationMs: 0
})
