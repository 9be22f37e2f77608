/** Records that cannot have the id that they were to get, because another record has it: each is set aside alone, and the rest goes on. */
import type { RecordKey } from "@syncline/core"
import { type Batch, Commit, type Cursors, type Performed, type SqlError } from "@syncline/store"
import { Effect, Option } from "effect"

/** Why, by the record. */
export type Taken = Map<RecordKey, string>

/** Commits, and gives the records that moved; none when ids were taken, which `taken` says from then on: decide again, then commit. */
export const commit = Effect.fnUntraced(function* (
  taken: Taken,
  batch: Batch,
  performed: (moved: ReadonlySet<RecordKey>) => Performed
): Effect.fn.Return<Option.Option<ReadonlySet<RecordKey>>, Cursors.Fenced | SqlError, Commit.Commit> {
  const commits = yield* Commit.Commit
  return yield* commits
    .commit(batch, (_, moved) => Effect.succeed(performed(moved)))
    .pipe(
      Effect.map(({ moved }) => Option.some(moved)),
      Effect.catchTag("IdTaken", (error) =>
        Effect.sync(() => {
          for (const { holder, id, key, side } of error.taken)
            taken.set(key, `"${id}" at the ${side} belongs to record "${holder}" already; unlink one of the two`)
          return Option.none<ReadonlySet<RecordKey>>()
        })
      )
    )
})
