import { assert, describe, it } from "@effect/vitest"
import { IntegrationName } from "@syncline/core"
import type { PlanReport } from "@syncline/engine"
import { Effect } from "effect"
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as PlanFile from "./PlanFile.ts"

const folder = mkdtempSync(join(tmpdir(), "syncline-plan-"))

const plan: PlanReport = { integration: IntegrationName.make("crm"), jobs: [], changes: true, fingerprint: "abc" }

describe("a plan's file", () => {
  it.effect("is read as it was written, and written anew", () =>
    Effect.gen(function* () {
      const path = join(folder, "plan.json")
      for (const fingerprint of ["abc", "def"]) {
        yield* PlanFile.mayWrite(path)
        yield* PlanFile.write(path, { ...plan, fingerprint }, 7)
        assert.deepStrictEqual(yield* PlanFile.read(path), { integration: plan.integration, fingerprint, madeAtMs: 7 })
      }
    })
  )

  it.effect("is not written over another file", () =>
    Effect.gen(function* () {
      const path = join(folder, "notes.json")
      writeFileSync(path, "{}")
      const problem = yield* Effect.flip(PlanFile.mayWrite(path))
      assert.include(problem.message, "no plan of ours")
      assert.strictEqual(readFileSync(path, "utf8"), "{}")
    })
  )

  it.effect("is not read from what is none, with the way out", () =>
    Effect.gen(function* () {
      writeFileSync(join(folder, "other.json"), `{"format":"syncline plan 0"}`)
      writeFileSync(join(folder, "text"), "no json")
      mkdirSync(join(folder, "folder"))
      for (const [name, told] of [
        ["absent.json", "there is no file"],
        ["other.json", "is no plan of this version"],
        ["text", "is no plan of this version"],
        ["folder", "EISDIR"]
      ] as const) {
        const problem = yield* Effect.flip(PlanFile.read(join(folder, name)))
        assert.include(problem.message, told)
        assert.strictEqual(problem.exitCode, 4)
      }
    })
  )
})
