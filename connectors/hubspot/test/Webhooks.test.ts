import { assert, describe, it } from "@effect/vitest"
import { Signature as HubSpotSignature } from "@hubspot/api-client"
import { Signature } from "@syncline/connector"
import { Effect, Redacted } from "effect"
import * as HubSpotSandbox from "../src/sandbox/index.ts"
import { signedUrl, webhooks } from "../src/Webhooks.ts"

const config = { clientSecrets: [Redacted.make(HubSpotSandbox.defaultClientSecret)] }
const url = "https://hooks.example.com/hubspot?tenant=a"
const claimsOf = (body: Uint8Array) =>
  Effect.map(
    webhooks.parse(JSON.parse(new TextDecoder().decode(body)), { method: "POST", url, headers: {}, body }),
    ({ claims }) => claims
  )

describe("HubSpot's webhooks", () => {
  it.effect("tell what a person changed, archived and merged, signed over address, body and time", () =>
    Effect.gen(function* () {
      const portal = yield* HubSpotSandbox.open({ webhooks: { url } })
      const id = yield* portal.user.create("contact", { firstname: "Ada" })
      yield* portal.user.edit("contact", id, { firstname: "Bea", lastname: "Byron" })
      const other = yield* portal.user.create("contact", { firstname: "Loser" })
      yield* portal.merge("contact", other, id)
      yield* portal.user.remove("contact", id)
      const deliveries = yield* portal.webhooks.deliveries
      const claims = (yield* Effect.forEach(deliveries, ({ body }) => claimsOf(body))).flat()
      assert.deepStrictEqual(
        claims.map(({ change }) => `${change._tag} ${change.id}`),
        [
          `Touched ${id}`,
          `Touched ${id}`,
          `Touched ${id}`,
          `Touched ${other}`,
          `Merged ${other}`,
          `Touched ${id}`,
          `Gone ${id}`
        ]
      )
      assert.strictEqual(new Set(claims.map(({ deliveryId }) => deliveryId)).size, claims.length)
      assert.deepStrictEqual([...new Set(claims.map(({ account }) => account))], [String(portal.portalId)])
      const [delivery] = deliveries
      if (delivery === undefined) return assert.fail("none")
      assert.strictEqual(Signature.verify(webhooks.signature, delivery, config, 0), "genuine")
      assert.strictEqual(Signature.verify(webhooks.signature, delivery, config, 300_001), "stale")
      const elsewhere = { ...delivery, url: "https://hooks.example.com/other" }
      assert.strictEqual(Signature.verify(webhooks.signature, elsewhere, config, 0), "forged")
    })
  )

  it("the official client signs the same, where an address has no escapes", () => {
    const timestamp = 1_795_230_000_123
    const requestBody = '[{"eventId":1,"text":"Zoë"}]'
    const theirs = HubSpotSignature.getSignature("POST", "v3", {
      signature: "",
      clientSecret: "secret",
      requestBody,
      url,
      method: "POST",
      timestamp
    })
    assert.strictEqual(HubSpotSandbox.signature("secret", "POST", url, requestBody, String(timestamp)), theirs)
  })

  it("escapes that HubSpot decodes before it signs are decoded, others stay", () => {
    assert.strictEqual(
      signedUrl("https://a.example/x%2Fy?who=%40me%3a%3F&name=Zo%C3%AB%20x"),
      "https://a.example/x/y?who=@me:?&name=Zo%C3%AB%20x"
    )
  })

  it.effect("generic events name the object by its type id; foreign ones claim nothing", () =>
    Effect.gen(function* () {
      const event = { eventId: 1, portalId: 2, occurredAt: 3, attemptNumber: 0, objectId: 4 }
      const body = new TextEncoder().encode(
        JSON.stringify([
          { ...event, subscriptionType: "object.deletion", objectTypeId: "0-3" },
          { ...event, subscriptionType: "object.creation", objectTypeId: "2-99" },
          { ...event, subscriptionType: "contact.privacyDeletion" },
          { ...event, subscriptionType: "conversation.creation" }
        ])
      )
      assert.deepStrictEqual(
        (yield* claimsOf(body)).map(({ change, entity }) => `${entity} ${change._tag}`),
        ["deal Gone", "contact Gone"]
      )
    })
  )
})
