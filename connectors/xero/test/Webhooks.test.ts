import { assert, describe, it } from "@effect/vitest"
import { Signature } from "@syncline/connector"
import { Effect, Redacted } from "effect"
import * as XeroSandbox from "../src/sandbox/index.ts"
import { webhooks } from "../src/Webhooks.ts"

const config = { webhookKeys: [Redacted.make(XeroSandbox.defaultWebhookKey)] }
const url = "https://hooks.example.com/xero"

describe("Xero's webhooks", () => {
  it.effect("tell what a person changed, signed over the raw body", () =>
    Effect.gen(function* () {
      const organisation = yield* XeroSandbox.open({ webhooks: { url } })
      const id = yield* organisation.user.create("contact", { Name: "Ada" })
      yield* organisation.user.create("item", { Code: "A" })
      const [delivery, ...others] = yield* organisation.webhooks.deliveries
      assert.deepStrictEqual(others, [])
      if (delivery === undefined) return assert.fail("none")
      assert.strictEqual(Signature.verify(webhooks.signature, delivery, config, 0), "genuine")
      const { claims } = yield* webhooks.parse(JSON.parse(new TextDecoder().decode(delivery.body)), delivery)
      assert.deepInclude(claims[0], {
        account: organisation.tenantId,
        entity: "contact",
        change: { _tag: "Touched", id }
      })
      const changed = { ...delivery, body: new TextEncoder().encode(new TextDecoder().decode(delivery.body) + " ") }
      assert.strictEqual(Signature.verify(webhooks.signature, changed, config, 0), "forged")
    })
  )

  it.effect("the intent to receive is verified like any other and claims nothing", () =>
    Effect.gen(function* () {
      const body = new TextEncoder().encode(XeroSandbox.intentToReceive)
      const request = (key: string) => ({
        method: "POST",
        url,
        headers: { "x-xero-signature": XeroSandbox.signature(key, XeroSandbox.intentToReceive) },
        body
      })
      assert.strictEqual(
        Signature.verify(webhooks.signature, request(XeroSandbox.defaultWebhookKey), config, 0),
        "genuine"
      )
      assert.strictEqual(Signature.verify(webhooks.signature, request("another"), config, 0), "forged")
      const { claims } = yield* webhooks.parse(JSON.parse(XeroSandbox.intentToReceive), request(""))
      assert.deepStrictEqual(claims, [])
    })
  )

  it("a vector: the signature of a fixed body under a fixed key", () => {
    // HMAC-SHA256 in base64, computed with openssl: printf '{"events":[]}' | openssl dgst -sha256 -hmac key -binary | base64
    assert.strictEqual(XeroSandbox.signature("key", '{"events":[]}'), vector)
  })
})

const vector = "Qrz9n8NSnnBLDlKIZEhYxzL4J+L5wKUqtKk3FuhGKW0="
