/** A client's part of SCRAM-SHA-256, by which PostgreSQL lets in. https://www.rfc-editor.org/rfc/rfc5802 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto"

const hmac = (key: Uint8Array | string, value: Uint8Array | string) => createHmac("sha256", key).update(value).digest()

export interface Exchange {
  /** Names the mechanism and holds the first message. */
  readonly first: Buffer
  /** Answers the server's challenge. */
  readonly answer: (challenge: string) => Buffer
}

export const begin = (password: string): Exchange => {
  const nonce = randomBytes(18).toString("base64")
  const bare = `n=,r=${nonce}`
  const first = Buffer.from(`n,,${bare}`)
  const length = Buffer.alloc(4)
  length.writeInt32BE(first.length)
  return {
    first: Buffer.concat([Buffer.from("SCRAM-SHA-256\0"), length, first]),
    answer: (challenge) => {
      const parts = new Map(challenge.split(",").map((part) => [part.slice(0, 1), part.slice(2)]))
      const salt = Buffer.from(parts.get("s") ?? "", "base64")
      const salted = pbkdf2Sync(password, salt, Number(parts.get("i")), 32, "sha256")
      const clientKey = hmac(salted, "Client Key")
      const without = `c=biws,r=${parts.get("r") ?? ""}`
      const signature = hmac(createHash("sha256").update(clientKey).digest(), `${bare},${challenge},${without}`)
      const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))
      return Buffer.from(`${without},p=${Buffer.from(proof).toString("base64")}`)
    }
  }
}
