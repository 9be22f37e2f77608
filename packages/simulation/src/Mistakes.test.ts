import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { applied } from "./Mistake.ts"
import * as Mistakes from "./Mistakes.ts"

describe("mistakes", () => {
  it("still find their places in the source", () => {
    for (const mistake of Mistakes.all)
      for (const { file } of mistake.changes) {
        const url = new URL(`../../../${file}`, import.meta.url)
        const source = readFileSync(fileURLToPath(url), "utf8")
        assert.notStrictEqual(applied(url.href, source, [mistake]), source, mistake.name)
      }
  })

  it("are at least twenty, and pairs are made of them", () => {
    assert.isAbove(Mistakes.all.length, 20)
    for (const pair of Mistakes.pairs) assert.isNotNull(Mistakes.named(pair), pair)
  })
})
