/**
 * What proves that a request comes from whom it says: an HMAC-SHA256 with a secret that both sides know. A provider's scheme is data,
 * and one function judges by it, so that the comparison is right once and for all.
 */
import { createHmac, timingSafeEqual } from "node:crypto"
import { Redacted } from "effect"
import type { WebhookRequest } from "./Webhook.ts"

/** What a request brought to prove itself. */
export interface Proof {
  /** As the header has them. Several while the sender changes its secret. */
  readonly signatures: ReadonlyArray<string>
  /** What was signed, piece by piece. */
  readonly signed: ReadonlyArray<string | Uint8Array>
  /** When it was signed, by the sender's clock; null where the scheme has no time. */
  readonly signedAtMs: number | null
}

export interface Scheme<Config> {
  readonly encoding: "hex" | "base64"
  /** How far `signedAtMs` may lie from now, either way; null: the scheme has no time, and only a delivery's id tells a repeat. */
  readonly toleranceMs: number | null
  /** All that are in force: while a secret is changed, two. */
  secrets(config: Config): ReadonlyArray<Redacted.Redacted>
  /** Null where a header is missing or makes no sense. */
  proof(request: WebhookRequest): Proof | null
}

/** `stale`: rightly signed, and too long ago or too far ahead. `no secret`: nothing to judge by, so nothing is let in. */
export type Verdict = "genuine" | "forged" | "stale" | "unsigned" | "no secret"

/** More than any sender needs while it changes secrets; each costs a comparison. */
const mostSignatures = 16

/**
 * Judges a request. How long it takes does not depend on the bytes of a secret or of the right signature: every pair is computed
 * and compared in constant time. `others` are secrets in force that the configuration does not have.
 */
export const verify = <Config>(
  scheme: Scheme<Config>,
  request: WebhookRequest,
  config: Config,
  nowMs: number,
  others: ReadonlyArray<Redacted.Redacted> = []
): Verdict => {
  const secrets = [...scheme.secrets(config), ...others].filter((secret) => Redacted.value(secret) !== "")
  if (secrets.length === 0) return "no secret"
  const proof = scheme.proof(request)
  if (proof === null || proof.signatures.length === 0 || proof.signatures.length > mostSignatures) return "unsigned"
  if (!isGenuine(scheme.encoding, secrets, proof)) return "forged"
  return isInTime(scheme, proof, nowMs) ? "genuine" : "stale"
}

/** Whether one of the signatures, of which there are few, was made with one of the secrets. */
export const isGenuine = (
  encoding: Scheme<never>["encoding"],
  secrets: ReadonlyArray<Redacted.Redacted>,
  { signatures, signed }: Pick<Proof, "signatures" | "signed">
): boolean => {
  const claimed = signatures.slice(0, mostSignatures).map((signature) => bytesOf(signature, encoding))
  let isFound = false
  for (const secret of secrets) {
    const right = sign(secret, signed)
    for (const bytes of claimed) {
      // Compared although another one has matched, and compared with itself where it has no right length to compare at all.
      const isEqual = timingSafeEqual(bytes ?? right, right)
      isFound = (isEqual && bytes !== null) || isFound
    }
  }
  return isFound
}

const isInTime = <Config>({ toleranceMs }: Scheme<Config>, { signedAtMs }: Proof, nowMs: number): boolean =>
  toleranceMs === null || (signedAtMs !== null && Math.abs(nowMs - signedAtMs) <= toleranceMs)

/** HMAC-SHA256 of the pieces, one after another. */
export const sign = (secret: Redacted.Redacted, signed: ReadonlyArray<string | Uint8Array>): Buffer => {
  const hmac = createHmac("sha256", Redacted.value(secret))
  for (const piece of signed) hmac.update(piece)
  return hmac.digest()
}

const shapes = { hex: /^[0-9a-f]{64}$/i, base64: /^[A-Za-z0-9+/]{43}=$/ }

const bytesOf = (signature: string, encoding: "hex" | "base64"): Buffer | null =>
  shapes[encoding].test(signature) ? Buffer.from(signature, encoding) : null

/** The commonest scheme: one header, the body as it came, no time. So sign Shopify and Xero. */
export const ofBody =
  (header: string) =>
  ({ body, headers }: WebhookRequest): Proof | null => {
    const signature = headers[header]
    return signature === undefined ? null : { signatures: [signature], signed: [body], signedAtMs: null }
  }
