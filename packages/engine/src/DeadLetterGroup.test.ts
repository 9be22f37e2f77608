import { assert, describe, it } from "@effect/vitest"
import { JobName } from "@syncline/core"
import * as DeadLetterGroup from "./DeadLetterGroup.ts"
import type { DeadLetter } from "./Report.ts"

const letter = (id: string, cause: string, diedAtMs: number, blocks = 0): DeadLetter => ({
  id,
  job: JobName.make("contacts"),
  recordId: id,
  side: "target",
  operation: "create",
  cause,
  message: cause,
  payload: null,
  attempts: 3,
  blocks,
  diedAtMs
})

describe("dead letters of one cause", () => {
  it("are one group, the largest first, with what all of them hold up and the last that died", () => {
    const groups = DeadLetterGroup.of([
      letter("a", "no such country", 1, 2),
      letter("b", "the email is taken", 9),
      letter("c", "no such country", 5, 1)
    ])
    assert.deepStrictEqual(
      groups.map(({ blocks, cause, example, ids }) => [cause, ids, blocks, example.id]),
      [
        ["no such country", ["a", "c"], 3, "c"],
        ["the email is taken", ["b"], 0, "b"]
      ]
    )
    assert.deepStrictEqual(DeadLetterGroup.of([]), [])
  })
})
