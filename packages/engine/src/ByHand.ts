/** Commits what a person decided about records: an execution of its own, while no run has the pair. */
import { Counters } from "@syncline/core"
import { type Batch, Commit, Cursors, Executions, type Performed } from "@syncline/store"
import { Effect, Schedule } from "effect"
import { AlreadyRunning, Moved } from "./EngineError.ts"
import * as Owner from "./Owner.ts"
import type { Pair } from "./Pair.ts"

/** A run commits often and lets go soon; a person waits so long for it. */
const patience = { schedule: Schedule.spaced("500 millis"), times: 10 }

/** Fails with `Moved`, and then nothing happened, when a record is not as `reads` says. */
export const commit = Effect.fn("ByHand.commit")(function* (
  pair: Pair,
  reads: Batch["reads"],
  performed: Pick<Performed, "entries" | "conflicts" | "pairLinks" | "reviewed"> & Partial<Pick<Performed, "history">>
) {
  const executions = yield* Executions.Executions
  const { tenant } = pair.key
  const run = { job: pair.job.name, trigger: "manual", mode: "incremental" } as const
  const execution = yield* executions.start(pair.key, run)
  const work = Effect.acquireUseRelease(
    acquire(pair, execution),
    (lease) =>
      Effect.flatMap(Commit.Commit, (commits) =>
        commits.commit({ lease, reads, advance: null }, (_transaction, moved) =>
          Effect.succeed(moved.size > 0 ? nothing : { ...nothing, ...performed })
        )
      ),
    (lease) => Effect.flatMap(Cursors.Cursors, (cursors) => Effect.ignore(cursors.release(lease)))
  )
  const { moved } = yield* Effect.onError(work, () =>
    Effect.ignore(executions.cancel(tenant, execution, "a person's decision that could not be stored"))
  ).pipe(Effect.catchTag(["Fenced", "IdTaken"], ({ message }) => Effect.fail(new Moved({ detail: message }))))
  const reason =
    moved.size > 0 ? "a person's decision about what has moved since; nothing was done" : "decided by a person"
  yield* executions.finish(tenant, execution, {
    status: moved.size > 0 ? "cancelled" : "completed",
    reason,
    apiCalls: 0
  })
  if (moved.size > 0) {
    return yield* new Moved({
      detail: "the record has changed while this was being stored; nothing was done: look again"
    })
  }
})

const nothing: Performed = { links: [], history: [], failures: [], resolved: [], counters: Counters.zero }

const acquire = Effect.fnUntraced(function* (
  pair: Pair,
  execution: Parameters<Cursors.Cursors["Service"]["acquire"]>[2]
) {
  const cursors = yield* Cursors.Cursors
  const owner = yield* Owner.here(`${pair.job.name}, by hand`)
  const { lease } = yield* cursors.acquire(pair.key, "source", execution, owner).pipe(
    Effect.catchTag("Busy", (busy) =>
      Effect.flatMap(Owner.isDead(busy), (isDead) =>
        isDead ? cursors.acquire(pair.key, "source", execution, owner, { takeOver: true }) : Effect.fail(busy)
      )
    ),
    Effect.retry({ ...patience, while: ({ _tag }) => _tag === "Busy" }),
    Effect.catchTag("Busy", (busy) =>
      Effect.fail(new AlreadyRunning({ job: pair.job.name, execution: busy.execution, detail: busy.message }))
    )
  )
  return lease
})
