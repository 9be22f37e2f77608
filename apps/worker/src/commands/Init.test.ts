import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Init from "./Init.ts"

const folder = (): string => mkdtempSync(join(tmpdir(), "syncline-init-"))

describe("init", () => {
  it.effect("writes a configuration, the variables it needs and what git must ignore", () =>
    Effect.gen(function* () {
      const empty = folder()
      assert.deepStrictEqual(yield* Init.write(empty), ["syncline.config.ts", ".env.example", ".gitignore"])
      assert.include(readFileSync(join(empty, "syncline.config.ts"), "utf8"), `secret("STRIPE_API_KEY")`)
      assert.include(readFileSync(join(empty, ".env.example"), "utf8"), "STRIPE_API_KEY=\n")
      assert.strictEqual(readFileSync(join(empty, ".gitignore"), "utf8"), ".syncline/\n.env\n")
    })
  )

  for (const present of ["syncline.config.ts", ".env.example"]) {
    it.effect(`overwrites no ${present}, and then writes nothing at all`, () =>
      Effect.gen(function* () {
        const used = folder()
        writeFileSync(join(used, present), "mine")
        const problem = yield* Effect.flip(Init.write(used))
        assert.strictEqual(problem.exitCode, 4)
        assert.include(problem.message, `${present} is in ${used} already`)
        assert.deepStrictEqual(readdirSync(used), [present])
        assert.strictEqual(readFileSync(join(used, present), "utf8"), "mine")
      })
    )
  }

  it.effect("says why a folder cannot be written", () =>
    Effect.gen(function* () {
      const problem = yield* Effect.flip(Init.write(join(folder(), "absent")))
      assert.include(problem.message, "cannot be written: ENOENT")
    })
  )
})

it.each([
  ["", ".syncline/\n.env\n"],
  ["dist", "\n.syncline/\n.env\n"],
  ["dist\n.env\n", ".syncline/\n"],
  [".syncline\r\n.env\r\n", ""]
])("a .gitignore of %j gets %j", (text, added) => assert.strictEqual(Init.missingLines(text), added))
