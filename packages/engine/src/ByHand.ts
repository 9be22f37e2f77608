/** Commits what a person decided about records: an execution of its own, while no run has the pair. */
import { Counters } from "@syncline/core"
import { type Batch, Commit, Cursors, type Executions, type Performed } from "@syncline/store"
import { Effect, Exit, Schedule } from "effect"
import { AlreadyRunning, Moved } from "./EngineError.ts"
import * as Owner from "./Owner.ts"
import type { Pair } from "./Pair.ts"

/** A run commits often and lets go soon; a person waits so long for it. */
const patience = { schedule: Schedule.spaced("500 millis"), times: 10 }

/** Fails with `Moved`, and then nothing happened, when a record is not as `reads` says. */
export const commit = Effect.fn("ByHand.commit")(function* (
  pair: Pair,
  reads: Batch["reads"],
  performed: Pick<Performed, "entries" | "conflicts" | "formerIds" | "pairLinks" | "reviewed"> &
    Partial<Pick<Performed, "history">>
) {
  const cursors = yield* Cursors.Cursors
  const { lease } = yield* begin(pair)
  const work = Effect.flatMap(Commit.Commit, (commits) =>
    commits.commit({ lease, reads, advance: null }, (_transaction, moved) =>
      Effect.succeed(moved.size > 0 ? nothing : { ...nothing, ...performed })
    )
  )
  const { moved } = yield* Effect.onExit(work, (exit) => Effect.ignore(cursors.end([lease], endingOf(exit)))).pipe(
    Effect.catchTag(["Fenced", "IdTaken"], ({ message }) => Effect.fail(new Moved({ detail: message })))
  )
  if (moved.size > 0) {
    return yield* new Moved({
      detail: "the record has changed while this was being stored; nothing was done: look again"
    })
  }
})

const nothing: Performed = { links: [], history: [], failures: [], resolved: [], counters: Counters.zero }

const endingOf = (exit: Exit.Exit<{ readonly moved: ReadonlySet<unknown> }, unknown>): Executions.Ending => {
  const cancelled = (reason: string): Executions.Ending => ({ status: "cancelled", reason, apiCalls: 0 })
  if (Exit.isFailure(exit)) return cancelled("a person's decision that could not be stored")
  if (exit.value.moved.size > 0) return cancelled("a person's decision about what has moved since; nothing was done")
  return { status: "completed", reason: "decided by a person", apiCalls: 0 }
}

const begin = Effect.fnUntraced(function* (pair: Pair) {
  const cursors = yield* Cursors.Cursors
  const owner = yield* Owner.here(`${pair.job.name}, by hand`)
  const taking = { job: pair.job.name, trigger: "manual", mode: "incremental", sides: ["source"], owner } as const
  const { held } = yield* cursors.begin(pair.key, taking).pipe(
    Effect.catchTag("Busy", (busy) =>
      Effect.flatMap(Owner.isDead(busy), (isDead) =>
        isDead ? cursors.begin(pair.key, { ...taking, takeOver: ["source"] }) : Effect.fail(busy)
      )
    ),
    Effect.retry({ ...patience, while: ({ _tag }) => _tag === "Busy" }),
    Effect.catchTag("Busy", (busy) =>
      Effect.fail(new AlreadyRunning({ job: pair.job.name, execution: busy.execution, detail: busy.message }))
    )
  )
  return held.source ?? (yield* Effect.die("what was asked for is held"))
})
