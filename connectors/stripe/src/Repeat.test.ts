/** One op sent again and again makes one record, whatever was lost on the way. */
import { Faults } from "@syncline/connector/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { idOf, refusal, stored, written } from "../test/Written.ts"
import { Refusal } from "./sandbox/index.ts"

const customer = "customer"
const posts = Faults.to("POST", "/v1/customers")
const broken = () => Refusal.reply(Refusal.broken("An unknown error occurred."))
const fields = { name: "Ada", email: "ada@example.org" }

describe("a create whose answer was lost", () => {
  for (const fault of ["DropBefore", "DropAfter", "Truncate"] as const) {
    it.effect(`by ${fault} is in doubt, and made once by the same op again`, () =>
      Effect.gen(function* () {
        const { account, verbs } = yield* written()
        const { create } = verbs(customer)
        yield* account.faults.next(1, posts, { _tag: fault })
        assert.strictEqual(refusal(yield* create("op", fields))._tag, "OutcomeUnknown")
        const ada = stored(yield* create("op", fields))
        assert.deepStrictEqual(stored(yield* create("op", fields)), ada)
        assert.deepStrictEqual([...(yield* account.truth(customer)).keys()], [idOf(ada)])
      })
    )
  }

  for (const [fault, what] of [
    ["FailBefore", "without"],
    ["FailAfter", "with"]
  ] as const) {
    it.effect(`in a stored failure ${what} its effect is made once by the same op again`, () =>
      Effect.gen(function* () {
        const { account, verbs } = yield* written()
        const { create } = verbs(customer)
        yield* account.faults.next(1, posts, { _tag: fault, reply: broken })
        assert.strictEqual(refusal(yield* create("op", fields))._tag, "OutcomeUnknown")
        const ada = stored(yield* create("op", fields))
        assert.include(ada, fields)
        assert.deepEqual(stored(yield* create("op", fields)), ada)
        assert.deepStrictEqual([...(yield* account.truth(customer)).keys()], [idOf(ada)])
      })
    )
  }

  it.effect("while it is still under way stays in doubt until it is done", () =>
    Effect.gen(function* () {
      const { account, verbs } = yield* written()
      const { create } = verbs(customer)
      yield* account.faults.next(1, posts, { _tag: "Hold", ms: 3_600_000 })
      const held = yield* Effect.forkChild(
        Effect.exit(
          account.handler({
            method: "POST",
            path: "/v1/customers",
            query: "",
            headers: { authorization: `Bearer ${account.apiKey}`, "idempotency-key": "op" },
            body: "name=Ada&email=ada%40example.org&metadata[syncline_key]=op"
          })
        )
      )
      yield* TestClock.adjust(1)
      assert.strictEqual(refusal(yield* create("op", fields))._tag, "OutcomeUnknown")
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(held)
      const ada = stored(yield* create("op", fields))
      assert.deepStrictEqual([...(yield* account.truth(customer)).keys()], [idOf(ada)])
    })
  )
})

describe("after a day, when Stripe has forgotten the key", () => {
  it.effect("the same op would make a second record, so it is looked for by its mark", () =>
    Effect.gen(function* () {
      const { account, verbs } = yield* written()
      const { create, find } = verbs(customer)
      const sentAtMs = yield* Clock.currentTimeMillis
      yield* account.faults.next(1, posts, { _tag: "DropAfter" })
      yield* create("lost after", fields)
      yield* account.faults.next(1, posts, { _tag: "DropBefore" })
      yield* create("lost before", fields)
      for (let index = 0; index < 250; index += 1) yield* account.user.create(customer, { name: `No. ${index}` })
      yield* TestClock.adjust("3 days")
      const [after, before] = yield* find([
        { key: "lost after", sentAtMs },
        { key: "lost before", sentAtMs }
      ])
      assert.include(after, fields)
      assert.isNull(before)
      const again = stored(yield* create("lost after", fields))
      assert.notStrictEqual(idOf(again), idOf(after ?? {}))
    })
  )

  it.effect("a mark is found although the record was changed meanwhile, and our clock is half an hour ahead", () =>
    Effect.gen(function* () {
      const { account, verbs } = yield* written({ skewMs: -1_800_000 })
      const { create, find } = verbs("product")
      const sentAtMs = yield* Clock.currentTimeMillis
      const tea = stored(yield* create("op", { name: "Tea" }))
      yield* account.user.edit("product", idOf(tea), { name: "Green tea" })
      yield* TestClock.adjust("2 days")
      const [found] = yield* find([{ key: "op", sentAtMs }])
      assert.include(found, { name: "Green tea" })
    })
  )
})

describe("an update whose answer was lost", () => {
  for (const fault of ["DropBefore", "DropAfter", "FailBefore", "FailAfter"] as const) {
    it.effect(`by ${fault} is done by the same op again`, () =>
      Effect.gen(function* () {
        const { account, verbs } = yield* written()
        const { create, update } = verbs(customer)
        const ada = stored(yield* create("a", fields))
        const met = fault === "FailBefore" || fault === "FailAfter" ? { _tag: fault, reply: broken } : { _tag: fault }
        yield* account.faults.next(1, posts, met)
        assert.strictEqual(refusal(yield* update("b", ada, { name: "Eve" }))._tag, "OutcomeUnknown")
        assert.include(stored(yield* update("b", ada, { name: "Eve" })), { name: "Eve" })
        assert.strictEqual((yield* account.truth(customer)).get(idOf(ada))?.["name"], "Eve")
      })
    )
  }
})

it.effect("an update that somebody overwrote is done again by the same op, not answered from memory", () =>
  Effect.gen(function* () {
    const { account, verbs } = yield* written()
    const { create, update } = verbs(customer)
    const ada = stored(yield* create("a", fields))
    stored(yield* update("b", ada, { name: "Eve" }))
    yield* account.user.edit(customer, idOf(ada), { name: "Mallory" })
    assert.include(stored(yield* update("b", ada, { name: "Eve" })), { name: "Eve" })
    assert.strictEqual((yield* account.truth(customer)).get(idOf(ada))?.["name"], "Eve")
  })
)

it.effect("a command whose answer was lost is told as done by the same op again", () =>
  Effect.gen(function* () {
    const { account, verbs } = yield* written()
    const ada = stored(yield* verbs(customer).create("a", fields))
    const { create, command } = verbs("invoice")
    const draft = stored(yield* create("b", { customer: idOf(ada), currency: "usd" }))
    yield* account.press("invoice", idOf(draft), "add_lines", { lines: [{ amount: 500 }] })
    yield* account.faults.next(1, Faults.to("POST", "/v1/invoices"), { _tag: "DropAfter" })
    assert.strictEqual(refusal(yield* command("finalize", "c", draft))._tag, "OutcomeUnknown")
    assert.include(stored(yield* command("finalize", "c", draft)), { status: "open" })
  })
)

it.effect("two requests under one key are told as a bug, and never as a reason to make another record", () =>
  Effect.gen(function* () {
    const { account, verbs } = yield* written()
    const { create } = verbs(customer)
    stored(yield* create("op", fields))
    const reason = refusal(yield* create("op", { name: "Eve" }))
    assert.strictEqual(reason._tag, "Rejected")
    assert.match(reason._tag === "Rejected" ? (reason.fields[""] ?? "") : "", /bug of Syncline.*syncline_key/)
    assert.strictEqual(yield* account.count(customer), 1)
  })
)

it.effect("an op's key that no header could hold is sent as its fingerprint", () =>
  Effect.gen(function* () {
    const { account, verbs } = yield* written()
    const key = `größer ${"x".repeat(300)}`
    const { create, find } = verbs(customer)
    const sentAtMs = yield* Clock.currentTimeMillis
    const ada = stored(yield* create(key, fields))
    assert.deepStrictEqual(stored(yield* create(key, fields)), ada)
    assert.deepEqual(yield* find([{ key, sentAtMs }]), [ada])
    assert.strictEqual(yield* account.count(customer), 1)
  })
)
