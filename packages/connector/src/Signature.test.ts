import { createHmac } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import * as Signature from "./Signature.ts"
import type { WebhookRequest } from "./Webhook.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const request = (headers: Record<string, string>, body: string): WebhookRequest => ({
  method: "POST",
  url: "https://hooks.example.org/webhooks/x?a=1",
  headers,
  body: bytes(body)
})
const hmac = (secret: string, text: string, encoding: "hex" | "base64"): string =>
  createHmac("sha256", secret).update(text).digest(encoding)

const shopify: Signature.Scheme<ReadonlyArray<string>> = {
  encoding: "base64",
  toleranceMs: null,
  secrets: (config) => config.map((secret) => Redacted.make(secret)),
  proof: Signature.ofBody("x-shopify-hmac-sha256")
}

/** As HubSpot's third version signs: method, address, body and a time in milliseconds. */
const hubspot: Signature.Scheme<ReadonlyArray<string>> = {
  encoding: "base64",
  toleranceMs: 300_000,
  secrets: shopify.secrets,
  proof: ({ body, headers, method, url }) => {
    const signature = headers["x-hubspot-signature-v3"]
    const time = headers["x-hubspot-request-timestamp"]
    return signature === undefined || time === undefined || !/^\d{1,15}$/.test(time)
      ? null
      : { signatures: [signature], signed: [method, url, body, time], signedAtMs: Number(time) }
  }
}

const body = '{"id":1,"name":"Ärger"}'

describe("Signature", () => {
  it("lets in what was signed with any secret in force, and nothing else", () => {
    const signed = request({ "x-shopify-hmac-sha256": hmac("new", body, "base64") }, body)
    const judge = (...secrets: ReadonlyArray<string>) => Signature.verify(shopify, signed, secrets, 0)
    assert.strictEqual(judge("new"), "genuine")
    assert.strictEqual(judge("old", "new"), "genuine")
    assert.strictEqual(judge("old"), "forged")
    assert.strictEqual(judge(), "no secret")
    assert.strictEqual(judge(""), "no secret")
  })

  it("is over the bytes as they came: the same JSON written otherwise is forged", () => {
    const signature = hmac("s", body, "base64")
    const other = '{"id": 1, "name": "Ärger"}'
    const judge = (text: string, header = signature) =>
      Signature.verify(shopify, request({ "x-shopify-hmac-sha256": header }, text), ["s"], 0)
    assert.strictEqual(judge(body), "genuine")
    assert.strictEqual(judge(other), "forged")
    for (const header of ["", " ", signature.slice(0, -1), `${signature}=`, signature.toLowerCase(), "=".repeat(44)])
      assert.strictEqual(judge(body, header), "forged", header)
    assert.strictEqual(Signature.verify(shopify, request({}, body), ["s"], 0), "unsigned")
  })

  it("refuses what was signed more than the tolerance ago, or ahead", () => {
    const at = 1_795_229_383_000
    const text = `POSThttps://hooks.example.org/webhooks/x?a=1${body}${at}`
    const signed = request(
      { "x-hubspot-signature-v3": hmac("s", text, "base64"), "x-hubspot-request-timestamp": String(at) },
      body
    )
    const judge = (nowMs: number) => Signature.verify(hubspot, signed, ["s"], nowMs)
    assert.deepStrictEqual(
      [-301_000, -300_000, 0, 299_000, 300_000, 301_000].map((ago) => judge(at + ago)),
      ["stale", "genuine", "genuine", "genuine", "genuine", "stale"]
    )
    const moved = { ...signed, url: "https://elsewhere.example.org/webhooks/x?a=1" }
    assert.strictEqual(Signature.verify(hubspot, moved, ["s"], at), "forged")
    const relived = { ...signed, headers: { ...signed.headers, "x-hubspot-request-timestamp": String(at + 400_000) } }
    assert.strictEqual(Signature.verify(hubspot, relived, ["s"], at + 400_000), "forged")
  })

  it("does not count for ever: a header of thousands of signatures is none", () => {
    const many: Signature.Scheme<null> = {
      ...shopify,
      secrets: () => [Redacted.make("s")],
      proof: ({ body }) => ({
        signatures: Array.from({ length: 17 }, () => hmac("s", "x", "base64")),
        signed: [body],
        signedAtMs: null
      })
    }
    assert.strictEqual(Signature.verify(many, request({}, "x"), null, 0), "unsigned")
  })
})
