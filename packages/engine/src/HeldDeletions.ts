/** Deletions that were too many at once: what a person sees of them, and what follows from his word. */
import type { TenantId } from "@syncline/core"
import { Deletions } from "@syncline/store"
import { Effect } from "effect"
import type { RunOptions } from "./Engine.ts"
import * as Naming from "./Naming.ts"
import type { Pair } from "./Pair.ts"
import * as Reconcile from "./Reconcile.ts"
import type { Registry } from "./Registry.ts"
import type { ExecutionReport, HeldDeletion } from "./Report.ts"
import type * as Steering from "./Steering.ts"

export const list = Effect.fn("HeldDeletions.list")(function* (
  registry: Registry,
  tenant: TenantId,
  { limit, name }: Steering.Scope
) {
  const deletions = yield* Deletions.Deletions
  const filters = yield* Naming.filtersOf(registry, name)
  const found = yield* Effect.forEach(filters, (filter) => deletions.list(tenant, { ...filter, state: "held" }, limit))
  return found
    .flat()
    .slice(0, limit)
    .map(({ entity, foundAtMs, id, integration, key, side }): HeldDeletion => ({
      job: Naming.jobOf(registry, integration, entity),
      integration,
      entity,
      side,
      id,
      key,
      foundAtMs
    }))
})

/** Marks them, then carries them out: each is asked for again, and what is there again is left. */
export const approve = Effect.fn("HeldDeletions.approve")(function* (
  registry: Registry,
  name: string,
  options: Steering.DeletesDecision & RunOptions
) {
  const pairs = yield* Naming.pairsOf(registry, name)
  const executions: Array<ExecutionReport> = []
  let decided = 0
  // What others refer to goes last.
  for (const pair of pairs.toReversed()) {
    const marked = yield* decide(pair, options, "approved")
    if (marked === 0) continue
    decided += marked
    const report = yield* Reconcile.approved(pair, { onProgress: options.onProgress ?? (() => Effect.void) })
    executions.push(report)
    yield* options.onEnded?.(report) ?? Effect.void
  }
  const told: Steering.DeletesDecided = { decided, executions, notStarted: [] }
  return told
})

export const reject = Effect.fn("HeldDeletions.reject")(function* (
  registry: Registry,
  name: string,
  options: Steering.DeletesDecision
) {
  const pairs = yield* Naming.pairsOf(registry, name)
  const marked = yield* Effect.forEach(pairs, (pair) => decide(pair, options, "rejected"))
  const told: Steering.DeletesDecided = {
    decided: marked.reduce((sum, each) => sum + each, 0),
    executions: [],
    notStarted: []
  }
  return told
})

const decide = Effect.fnUntraced(function* (
  { key }: Pair,
  { by, ids }: Steering.DeletesDecision,
  as: "approved" | "rejected"
) {
  const deletions = yield* Deletions.Deletions
  return yield* deletions.decide(key, ids ?? null, as, by)
})
