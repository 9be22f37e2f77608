/** Which of two systems stopped a run: whose credentials are to be mended, and whose connection rests, follows from it. */
import { Faults, Wire } from "@syncline/connector/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

const refused = Faults.answer(Wire.json(401, JSON.stringify({ title: "this key was taken back" })))

describe("the first run names the system that refused the credentials", () => {
  it.live.each(["shop", "books"] as const)("%s", (name) =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open()
      yield* world[name].faults.next(100, () => true, refused)
      const [execution] = yield* world.sync
      assert.match(execution?.reason ?? "", new RegExp(`connection "${name}" refused the credentials`))
    }).pipe(Effect.scoped)
  )
})
