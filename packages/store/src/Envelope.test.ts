import { assert, describe, it } from "@effect/vitest"
import { Option, Redacted, Result } from "effect"
import { randomBytes } from "node:crypto"
import * as Envelope from "./Envelope.ts"

const hex = (text: string) => Buffer.from(text, "hex")
const key = Envelope.keyOf(hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
const nonce = hex("cafebabefacedbaddecaf888")
const place = ["acme", "stripe", "apiKey", 1]
const secret = Buffer.from("sk_live_secretOfSomebody", "utf8")

describe("Envelope", () => {
  // Test case 14 of "The Galois/Counter Mode of Operation" (McGrew, Viega), all zeros, less its empty additional data: the cipher
  // text does not depend on those. https://csrc.nist.rip/groups/ST/toolkit/BCM/documents/proposedmodes/gcm/gcm-spec.pdf
  it("is AES-256-GCM: nonce, cipher text and tag, in this order", () => {
    const zeros = Envelope.keyOf(Buffer.alloc(32))
    const sealed = Buffer.from(Envelope.seal(zeros, Buffer.alloc(12), [], Buffer.alloc(16)), "base64url")
    assert.strictEqual(sealed.length, 1 + 12 + 16 + 16)
    assert.strictEqual(sealed.subarray(13, 29).toString("hex"), "cea7403d4d606b6e074ec5d3baf39d18")
  })

  // What Python's cryptography makes of the same key, nonce, secret, and additional data `["acme","stripe","apiKey",1]`.
  it("seals as another implementation does", () =>
    assert.strictEqual(
      Envelope.seal(key, nonce, place, secret),
      "Acr-ur76ztut3sr4iPh3rLkIpB69IkNdFOAFK4Gx8kjqyL5Taqp66txocpYeD-1nfkeP-0A"
    ))

  it("opens what it sealed, and only with its key, at its place", () => {
    const sealed = Envelope.seal(key, nonce, place, secret)
    const opened = Envelope.open(key, place, sealed)
    assert.isTrue(Result.isSuccess(opened) && Buffer.from(opened.success).equals(secret))
    const other = Envelope.keyOf(Buffer.alloc(32, 7))
    assert.isTrue(Result.isFailure(Envelope.open(other, place, sealed)))
    for (const elsewhere of [
      ["other", "stripe", "apiKey", 1],
      ["acme", "xero", "apiKey", 1],
      ["acme", "stripe", "webhookSecret", 1],
      ["acme", "stripe", "apiKey", 2],
      ["acme", "stripeapiKey", 1],
      ["acme", "stripe", "apiKey", "1"]
    ])
      assert.isTrue(Result.isFailure(Envelope.open(key, elsewhere, sealed)), JSON.stringify(elsewhere))
  })

  it("does not open when one bit of it is another, or a byte is missing", () => {
    const sealed = Buffer.from(Envelope.seal(key, nonce, place, secret), "base64url")
    for (let index = 0; index < sealed.length; index++)
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(sealed)
        flipped[index] = (flipped[index] ?? 0) ^ (1 << bit)
        assert.isTrue(Result.isFailure(Envelope.open(key, place, flipped.toString("base64url"))), `${index}.${bit}`)
      }
    for (let length = 0; length < sealed.length; length++)
      assert.isTrue(Result.isFailure(Envelope.open(key, place, sealed.subarray(0, length).toString("base64url"))))
  })

  it("reads keys of 32 bytes in base64 and no others, and prints none", () => {
    const bytes = randomBytes(32)
    const parsed = Option.getOrThrow(Envelope.parseKey(` ${Envelope.printKey(bytes)}\n`))
    assert.strictEqual(parsed.id, Envelope.keyOf(bytes).id)
    assert.isTrue(Buffer.from(Redacted.value(parsed.bytes)).equals(bytes))
    assert.notInclude(JSON.stringify([parsed, parsed.bytes]), Envelope.printKey(bytes))
    for (const text of [
      "",
      "short",
      Envelope.printKey(randomBytes(31)),
      Envelope.printKey(randomBytes(33)),
      "*".repeat(43)
    ])
      assert.isTrue(Option.isNone(Envelope.parseKey(text)), text)
  })
})
