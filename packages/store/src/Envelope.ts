/**
 * Envelope encryption: secrets are sealed by a tenant's data key, and data keys by the master key. AES-256-GCM with a nonce of
 * 96 bits for each sealing. https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
 */
import { Option, Redacted, Result } from "effect"
import { createCipheriv, createDecipheriv, createHash } from "node:crypto"

export const keyBytes = 32
export const nonceBytes = 12
const tagBytes = 16
const algorithm = "aes-256-gcm"
/** Leads every sealing, so that another form can follow one day. */
const form = 1

/** A key of 256 bits and its name: a digest of it, so that a wrong key is known before it is used. */
export interface Key {
  readonly id: string
  readonly bytes: Redacted.Redacted<Uint8Array>
}

export const keyOf = (bytes: Uint8Array): Key => ({
  id: createHash("sha256").update("syncline key").update(bytes).digest("hex").slice(0, 16),
  bytes: Redacted.make(bytes, { label: "key" })
})

/** A master key as it is written: 32 bytes in base64 or base64url. */
export const parseKey = (text: string): Option.Option<Key> => {
  const trimmed = text.trim()
  if (!/^[\w+/-]{43}=?$/.test(trimmed)) return Option.none()
  const bytes = Buffer.from(trimmed, "base64")
  return bytes.length === keyBytes ? Option.some(keyOf(bytes)) : Option.none()
}

export const printKey = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

/** What a sealing belongs to. It is authenticated and not stored with it, so what was sealed for one place opens in no other. */
export type Place = ReadonlyArray<string | number>

const authenticated = (place: Place): Buffer => Buffer.from(JSON.stringify(place), "utf8")

/** `nonce` must be fresh for every sealing. */
export const seal = (key: Key, nonce: Uint8Array, place: Place, secret: Uint8Array): string => {
  const cipher = createCipheriv(algorithm, Redacted.value(key.bytes), nonce, { authTagLength: tagBytes })
  cipher.setAAD(authenticated(place))
  const sealed = [cipher.update(secret), cipher.final()]
  return Buffer.concat([Buffer.of(form), nonce, ...sealed, cipher.getAuthTag()]).toString("base64url")
}

/** Fails, and does not say why, when one bit is not as it was sealed, or the place or the key is another. */
export const open = (key: Key, place: Place, text: string): Result.Result<Uint8Array, "cannot be opened"> => {
  const bytes = Buffer.from(text, "base64url")
  // Of a text that decodes to these bytes in another spelling nothing is known, so it is not opened either.
  if (bytes.length < 1 + nonceBytes + tagBytes || bytes[0] !== form || bytes.toString("base64url") !== text)
    return Result.fail("cannot be opened")
  const nonce = bytes.subarray(1, 1 + nonceBytes)
  const sealed = bytes.subarray(1 + nonceBytes, -tagBytes)
  return Result.try({
    try: () => {
      const decipher = createDecipheriv(algorithm, Redacted.value(key.bytes), nonce, { authTagLength: tagBytes })
      decipher.setAAD(authenticated(place))
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      return Buffer.concat([decipher.update(sealed), decipher.final()])
    },
    catch: (): "cannot be opened" => "cannot be opened"
  })
}
