/** What Stripe's own library signs is let in, what it refuses is refused; and the sandbox's webhooks are what that library reads. */
import { BoundedJson, Http, HttpClient, HttpLayer, Signature, type WebhookRequest } from "@syncline/connector"
import { assert, describe, it } from "@effect/vitest"
import { RecordId } from "@syncline/core"
import { Effect, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Stripe } from "stripe"
import * as StripeSandbox from "../src/sandbox/index.ts"
import { apiVersion, Config, stripe } from "../src/Stripe.ts"
import { webhooks } from "../src/Webhooks.ts"

const secrets = ["whsec_oldSecretOfTheEndpoint01", "whsec_newSecretOfTheEndpoint02"] as const
const settings = (...some: ReadonlyArray<string>) => ({ webhookSecrets: some.map((secret) => Redacted.make(secret)) })
const sdk = new Stripe("sk_test_1")
const atMs = 1_795_229_383_000
const payload = JSON.stringify({
  id: "evt_1",
  object: "event",
  api_version: apiVersion,
  type: "customer.updated",
  data: { object: { id: "cus_1", object: "customer", name: "Ärger & Söhne" } }
})

const request = (header: string, body = payload): WebhookRequest => ({
  method: "POST",
  url: "https://hooks.example.org/webhooks/x",
  headers: { "stripe-signature": header },
  body: new TextEncoder().encode(body)
})
const header = (secret: string, ms = atMs, body = payload) =>
  sdk.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: Math.floor(ms / 1000) })
const judge = (sent: WebhookRequest, nowMs = atMs, config = settings(...secrets)) =>
  Signature.verify(webhooks.signature, sent, config, nowMs)

describe("Stripe's webhooks", () => {
  it("are let in as Stripe's library signs them, with each secret that is in force", () => {
    for (const secret of secrets) assert.strictEqual(judge(request(header(secret))), "genuine")
    assert.strictEqual(judge(request(header("whsec_anotherSecretAltogether3"))), "forged")
    assert.strictEqual(judge(request(header(secrets[0])), atMs, settings(secrets[1])), "forged")
    assert.strictEqual(judge(request(header(secrets[0])), atMs, settings()), "no secret")
    const both = `${header(secrets[0])},${header(secrets[1]).split(",")[1]}`
    assert.strictEqual(judge(request(both), atMs, settings(secrets[1])), "genuine")
  })

  it("are refused wherever Stripe's library refuses them", () => {
    const good = header(secrets[0])
    const [time = "", v1 = ""] = good.split(",")
    const doctored: ReadonlyArray<readonly [header: string, body: string]> = [
      ["", payload],
      [time, payload],
      [v1, payload],
      [`${time},v0=${v1.slice(3)}`, payload],
      [`${time},${v1.slice(0, -1)}`, payload],
      [`${time},${v1.slice(0, -1)}0`, payload === "" ? "" : `${payload} `],
      [`t=x,${v1}`, payload],
      [`t=${Number(time.slice(2)) + 1},${v1}`, payload],
      [good, payload.replace("cus_1", "cus_2")],
      [good, JSON.stringify(JSON.parse(payload), null, 1)],
      [good, ""]
    ]
    for (const [sent, body] of doctored) {
      assert.throws(() => sdk.webhooks.constructEvent(body, sent, secrets[0], 300, undefined, atMs))
      assert.oneOf(judge(request(sent, body)), ["forged", "unsigned"], `${sent} ${body}`)
    }
    assert.doesNotThrow(() => sdk.webhooks.constructEvent(payload, good, secrets[0], 300, undefined, atMs))
  })

  it("are refused when they are five minutes old, or five minutes ahead", () => {
    const good = request(header(secrets[0]))
    assert.strictEqual(judge(good, atMs + 299_000), "genuine")
    assert.strictEqual(judge(good, atMs + 301_000), "stale")
    assert.strictEqual(judge(good, atMs - 301_000), "stale")
  })

  it("of an account that is connected to a platform concern the connection that is for it", () => {
    const concerns = (account: string, config: object) =>
      webhooks.concerns?.(account, Schema.decodeUnknownSync(Config)({ apiKey: "sk_test_1", ...config }))
    assert.isTrue(concerns("acct_1", { account: "acct_1" }))
    assert.isFalse(concerns("acct_2", { account: "acct_1" }))
    assert.isFalse(concerns("acct_1", {}))
  })

  it.effect("claim that a record was touched, or is gone; what concerns no record claims nothing", () =>
    Effect.gen(function* () {
      const claimed = Effect.fn(function* (type: string, object: Record<string, Schema.Json>, rest = {}) {
        const event = { id: "evt_1", object: "event", type, data: { object }, ...rest }
        return yield* webhooks.parse(event, request("", JSON.stringify(event)))
      })
      assert.deepStrictEqual(
        yield* claimed("customer.updated", { id: "cus_1", object: "customer" }, { account: "acct_1" }),
        {
          claims: [
            {
              deliveryId: "evt_1",
              account: "acct_1",
              entity: "customer",
              change: { _tag: "Touched", id: RecordId.make("cus_1") }
            }
          ]
        }
      )
      const of = (type: string, object: Record<string, Schema.Json>) =>
        Effect.map(claimed(type, object), ({ claims }) => claims.map(({ change, entity }) => [entity, change]))
      assert.deepStrictEqual(yield* of("customer.deleted", { id: "cus_1", object: "customer" }), [
        ["customer", { _tag: "Gone", id: RecordId.make("cus_1") }]
      ])
      assert.deepStrictEqual(
        yield* of("customer.subscription.deleted", { id: "sub_1", object: "subscription", customer: "cus_1" }),
        [["subscription", { _tag: "Touched", id: RecordId.make("sub_1") }]]
      )
      assert.deepStrictEqual(
        yield* of("customer.discount.deleted", { id: "di_1", object: "discount", customer: "cus_1" }),
        [["customer", { _tag: "Touched", id: RecordId.make("cus_1") }]]
      )
      assert.deepStrictEqual(yield* of("charge.succeeded", { id: "ch_1", object: "charge" }), [])
      assert.strictEqual(
        (yield* claimed("product.created", {}, { api_version: "2020-08-27" })).apiVersion,
        "2020-08-27"
      )
      assert.isTrue((yield* Effect.exit(claimed("customer.updated", {}, { id: 7 })))._tag === "Failure")
    })
  )
})

const connected = Effect.fn(function* () {
  const account = yield* StripeSandbox.open()
  const config = yield* Schema.decodeUnknownEffect(Config)({
    apiKey: account.apiKey,
    baseUrl: "http://127.0.0.1:4010",
    requestsPerSecond: 1_000_000
  })
  const { http } = yield* Effect.provide(HttpLayer.make(stripe.remote(config)), HttpClient.layerOf(account.remote))
  return { account, config, provide: Effect.provideService(Http, http) }
})

describe("Stripe's webhook endpoints", () => {
  it.effect("are asked for, told apart, renewed and removed; the sandbox's webhooks are read by Stripe's library", () =>
    Effect.gen(function* () {
      const { account, config, provide } = yield* connected()
      const { subscriptions } = webhooks
      assert.isDefined(subscriptions)
      if (subscriptions === undefined) return
      const url = "https://hooks.example.org/webhooks/abc"
      const topics = subscriptions.topicsOf(["customer", "product"])
      assert.include(topics, "customer.deleted")
      const made = yield* provide(subscriptions.create(config, { url, topics }))
      assert.deepInclude(made.subscription, { url, topics, apiVersion, isEnabled: true })
      const secret = Redacted.value(made.secret ?? Redacted.make(""))
      assert.match(secret, /^whsec_/)
      assert.deepStrictEqual(yield* provide(subscriptions.list(config)), [made.subscription])

      const id = yield* account.user.create("customer", { name: "Ada" })
      yield* account.user.edit("customer", id, { name: "Ada Lovelace" })
      yield* account.user.create("payment_intent", { amount: 5, currency: "usd" })
      const sent = yield* account.webhooks.deliveries
      assert.strictEqual(sent.length, 2)
      for (const each of sent) {
        const text = new TextDecoder().decode(each.body)
        const event = sdk.webhooks.constructEvent(
          text,
          each.headers["stripe-signature"] ?? "",
          secret,
          300,
          undefined,
          0
        )
        assert.nestedPropertyVal(event, "data.object.id", id)
        assert.strictEqual(judge(each, 0, settings(secret)), "genuine")
        const parsed = BoundedJson.parse(each.body)
        assert.isTrue("json" in parsed)
      }

      const fewer = subscriptions.topicsOf(["product"])
      const renewed = yield* provide(subscriptions.renew(config, made.subscription, { url, topics: fewer }))
      assert.deepStrictEqual(renewed.topics, fewer)
      yield* account.user.edit("customer", id, { name: "Ada" })
      assert.deepStrictEqual(yield* account.webhooks.deliveries, [])
      yield* provide(subscriptions.remove(config, renewed.id))
      yield* provide(subscriptions.remove(config, renewed.id))
      assert.deepStrictEqual(yield* provide(subscriptions.list(config)), [])
      yield* TestClock.adjust(0)
    })
  )
})
