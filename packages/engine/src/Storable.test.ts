import { assert, it } from "@effect/vitest"
import type { Fields } from "@syncline/core"
import * as Storable from "./Storable.ts"

it.each<[string, Fields, string | null]>([
  ["everything else", { name: "Ada \u{1f600}", path: "C:\\u0000", tags: ["a", null, { b: 1 }] }, null],
  ["U+0000", { name: "Ada", note: "a\u0000b" }, "note"],
  ["a lone surrogate, deep within", { name: "Ada", list: [1, { deep: "x\ud800" }] }, "list"],
  ["a name with one", { map: { "n\udc00": 1 } }, "map"]
])("the field that PostgreSQL cannot hold is named: %s", (_, fields, field) =>
  assert.strictEqual(Storable.unstorableIn(fields), field)
)
