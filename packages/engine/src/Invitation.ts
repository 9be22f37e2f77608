/**
 * An invitation to connect: an address by which whoever has it may begin a consent for one connection of one tenant, until a time. It is
 * signed by a master key and stored nowhere. Without one a stranger could enter a connection with an account of his own.
 */
import { type ConnectionName, TenantId } from "@syncline/core"
import type { Envelope } from "@syncline/store"
import { Redacted, Result, Schema } from "effect"
import { createHmac, timingSafeEqual } from "node:crypto"

export interface Invitation {
  readonly tenant: TenantId
  readonly connection: ConnectionName
  readonly untilMs: number
}

const proofOf = (key: Envelope.Key, { connection, tenant, untilMs }: Invitation): Buffer => {
  // Of the key something else is made for this, so that no use of it tells about another.
  const own = createHmac("sha256", Redacted.value(key.bytes)).update("syncline invitation").digest()
  return createHmac("sha256", own)
    .update(JSON.stringify([tenant, connection, untilMs]))
    .digest()
}

/** What stands behind the `?` of the address. */
export const queryOf = (key: Envelope.Key, invitation: Invitation): string =>
  new URLSearchParams({
    tenant: invitation.tenant,
    until: String(invitation.untilMs),
    proof: proofOf(key, invitation).toString("base64url")
  }).toString()

const Query = Schema.Struct({
  tenant: TenantId,
  until: Schema.FiniteFromString,
  proof: Schema.String
})
const decode = Schema.decodeUnknownResult(Query)

/** Whose it is; null: nobody of ours has made it, or its time is over. Any of the keys may have signed it. */
export const tenantOf = (
  keys: ReadonlyArray<Envelope.Key>,
  connection: ConnectionName,
  query: URLSearchParams,
  nowMs: number
): TenantId | null => {
  const read = decode(Object.fromEntries(query))
  if (Result.isFailure(read) || read.success.until < nowMs) return null
  const { proof, tenant, until } = read.success
  const given = Buffer.from(proof, "base64url")
  const isGenuine = keys.some((key) => {
    const wanted = proofOf(key, { tenant, connection, untilMs: until })
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  })
  return isGenuine ? tenant : null
}
