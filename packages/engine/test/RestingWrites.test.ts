/** A write whose record is other than believed, and what that means cannot be decided yet. */
import { Faults, Wire } from "@syncline/connector/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

const refusal = Faults.answer(Wire.json(422, JSON.stringify({ title: "no" })))

describe("a write that cannot be decided again before something else is", () => {
  it.live("rests, and is not refused", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ isCompanyRequired: true }, { strategy: "target_wins" })
      const company = yield* world.shop.user.create("company", { name: "Analytical" })
      const ada = yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com", company })
      yield* world.sync
      const [there = assert.fail()] = (yield* world.books.truth("person")).keys()
      yield* world.shop.user.remove("person", ada)
      yield* world.engine.run("people", { sides: ["source"] })
      // Whoever goes on at the books has her work for a company that does not come to the shop.
      const other = yield* world.books.user.create("company", { name: "Difference" })
      yield* world.books.user.edit("person", there, { company: other })
      yield* world.shop.faults.next(1, Faults.to("POST", "/companies"), refusal)
      yield* world.sync
      assert.deepStrictEqual(yield* world.query("select entity from syncline.retry_ledger"), [{ entity: "company" }])
      yield* world.query("update syncline.lane set available_at = available_at - interval '1 hour'")
      yield* world.sync
      yield* world.sync
      const [again] = yield* TwoServices.live(world.shop, "person")
      assert.deepInclude(again, { name: "Ada", email: "ada@example.com" })
    }).pipe(Effect.scoped)
  )
})
