import { ErrorCatalogue, HttpClient, HttpLayer, Shape } from "@syncline/connector"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { connected } from "../test/Connected.ts"
import { errors } from "./Errors.ts"
import { accountId } from "./sandbox/AccountRecord.ts"
import * as StripeSandbox from "./sandbox/index.ts"
import { Config, stripe } from "./Stripe.ts"

const customer = "customer"

describe("Stripe connection", () => {
  it.effect("check says whose the key is", () =>
    Effect.gen(function* () {
      const { run, config } = yield* connected()
      assert.match(yield* run(stripe.check(config)), /^acct_\w+/)
    })
  )

  it.effect("a wrong key is Unauthorized and not repeated in the message", () =>
    Effect.gen(function* () {
      const { run, config } = yield* connected({}, { apiKey: "sk_test_wrongwrongwrong" })
      const error = yield* Effect.flip(run(stripe.check(config)))
      assert.strictEqual(error.reason._tag, "Unauthorized")
      assert.notInclude(JSON.stringify(error), "wrongwrongwrong")
    })
  )

  it.effect("a platform's key enters the connected account that is meant, and no other", () =>
    Effect.gen(function* () {
      const own = yield* connected({}, { account: accountId })
      assert.include(yield* own.run(stripe.check(own.config)), accountId)
      const other = yield* connected({}, { account: "acct_somebodyElse" })
      const { reason } = yield* Effect.flip(other.run(stripe.check(other.config)))
      if (reason._tag !== "Unauthorized") return assert.fail(`it is ${reason._tag}`)
      assert.include(reason.detail, "acct_somebodyElse")
    })
  )

  it("every line of the error catalogue takes its own example", () => {
    assert.deepStrictEqual(ErrorCatalogue.misclassified(errors), [])
  })

  const bad: ReadonlyArray<readonly [string, Record<string, Schema.Json>, string]> = [
    ["a key of another kind", { apiKey: "pk_test_visible" }, "apiKey"],
    ["no key", {}, "apiKey"],
    ["an account that is none", { apiKey: "sk_test_visible", account: "cus_1" }, "account"],
    ["an address without encryption", { apiKey: "sk_test_visible", baseUrl: "http://stripe.example" }, "baseUrl"],
    ["its own limit towards Stripe", { apiKey: "sk_test_visible", requestsPerSecond: 1000 }, "requestsPerSecond"]
  ]
  for (const [name, input, field] of bad) {
    it.effect(`a configuration with ${name} is refused by naming ${field}, never the key`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Schema.decodeUnknownEffect(Config)(input))
        assert.include(error.message, field)
        assert.notInclude(error.message, "visible")
      })
    )
  }

  it.live("reaches an account through a real socket", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({ size: { ...StripeSandbox.empty, customers: 250 } })
      const { url } = yield* StripeSandbox.serve(account)
      const config = yield* Schema.decodeUnknownEffect(Config)({
        apiKey: account.apiKey,
        baseUrl: url,
        requestsPerSecond: 1000
      })
      const { list } = stripe.entities(config)["customer"]?.source ?? (yield* Effect.die("no customer"))
      const first = yield* Effect.flatMap(list.start, (position) => list.read(position)).pipe(
        Effect.provide(Layer.provide(HttpLayer.layer(stripe.remote(config)), HttpClient.layer))
      )
      assert.strictEqual(first.items.length, yield* account.count(customer))
      assert.strictEqual(first.next._tag, "Complete")
    }).pipe(Effect.scoped)
  )

  it.effect("live keys get Stripe's live limit, test keys the smaller one", () =>
    Effect.gen(function* () {
      const unitsOf = (apiKey: string) =>
        Effect.map(Schema.decodeUnknownEffect(Config)({ apiKey }), (config) => stripe.remote(config).budgets[0]?.units)
      assert.strictEqual(yield* unitsOf("sk_test_1"), 25)
      assert.strictEqual(yield* unitsOf("rk_live_1"), 100)
    })
  )

  it.effect("every field of Stripe's objects becomes a column of its kind", () =>
    Effect.gen(function* () {
      const { entity } = yield* connected()
      const columns = new Map(Shape.columnsOf(entity(customer).schema).map((column) => [column.name, column]))
      assert.deepInclude(columns.get("id"), { kind: "text", isNullable: false })
      assert.deepInclude(columns.get("created"), { kind: "integer", isNullable: false })
      assert.deepInclude(columns.get("email"), { kind: "text", isNullable: true })
      assert.deepInclude(columns.get("livemode"), { kind: "boolean", isNullable: false })
      assert.deepInclude(columns.get("metadata"), { kind: "json" })
      assert.deepInclude(columns.get("phone"), { kind: "text", isNullable: true })
    })
  )
})
