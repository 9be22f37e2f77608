/** Dead letters of one cause: what mends one of them mends all. */
import type { JobName } from "@syncline/core"
import type { DeadLetter } from "./Report.ts"

export interface DeadLetterGroup {
  readonly job: JobName
  readonly cause: string
  readonly letters: number
  /** Records that wait for any of them. */
  readonly blocks: number
  /** The last that died. */
  readonly example: DeadLetter
  readonly ids: ReadonlyArray<string>
}

/** The largest first; of equal ones the latest. */
export const of = (letters: ReadonlyArray<DeadLetter>): ReadonlyArray<DeadLetterGroup> =>
  [...Map.groupBy(letters, ({ cause, job }) => JSON.stringify([job, cause])).values()]
    .flatMap((group): ReadonlyArray<DeadLetterGroup> => {
      const [example] = group.toSorted((one, other) => other.diedAtMs - one.diedAtMs)
      if (example === undefined) return []
      return [
        {
          job: example.job,
          cause: example.cause,
          letters: group.length,
          blocks: group.reduce((sum, { blocks }) => sum + blocks, 0),
          example,
          ids: group.map(({ id }) => id)
        }
      ]
    })
    .toSorted((one, other) => other.letters - one.letters || other.example.diedAtMs - one.example.diedAtMs)
