import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Calls from "./Calls.ts"
import * as Journal from "./Journal.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "journal-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

describe("Journal", () => {
  it.effect("keeps its lines, and drops one that a kill tore", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "deep", "lines")
      yield* Effect.scoped(
        Effect.flatMap(Journal.open(path), ({ append }) => Effect.andThen(append("één"), append("two")))
      )
      appendFileSync(path, "thr")
      const torn = yield* Effect.scoped(Effect.tap(Journal.open(path), ({ append }) => append("four")))
      assert.deepStrictEqual(torn.lines, ["één", "two"])
      assert.strictEqual(readFileSync(path, "utf8"), "één\ntwo\nfour\n")
    })
  )

  it.effect("says which file cannot be written", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "file")
      appendFileSync(path, "")
      const error = yield* Effect.flip(Effect.scoped(Journal.open(join(path, "below"))))
      assert.strictEqual(error.path, join(path, "below"))
      assert.match(error.detail, /ENOTDIR|EEXIST/)
    })
  )

  it.effect("counts calls over several lives", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "calls")
      const live = Effect.scoped(
        Effect.gen(function* () {
          const calls = Calls.make(yield* Journal.open(path))
          yield* calls.record("GET /a")
          yield* calls.record("GET /b")
          return [yield* calls.total, (yield* calls.byEndpoint).get("GET /a")]
        })
      )
      assert.deepStrictEqual(
        [yield* live, yield* live],
        [
          [2, 1],
          [4, 2]
        ]
      )
    })
  )
})
