/** The part of a connection's configuration that is kept sealed in the store instead of being read from the environment. */
import type { ConnectionName, TenantId } from "@syncline/core"
import { Credentials } from "@syncline/store"
import { Effect, Redacted, Schema } from "effect"

/** Not a field of a configuration: what an authorization gave. */
export const tokens = "~tokens"

const Json = Schema.fromJsonString(Schema.Json)
const decode = Schema.decodeEffect(Json)
const encode = Schema.encodeSync(Json)

/** Field by field, as `connections add` was given them. */
export const read = Effect.fn("StoredConfig.read")(function* (tenant: TenantId, connection: ConnectionName) {
  const credentials = yield* Credentials.Credentials
  const kept = yield* credentials.of(tenant, connection)
  const fields: Record<string, Schema.Json> = {}
  for (const [field, { value }] of kept)
    if (field !== tokens) fields[field] = yield* Effect.orDie(decode(Redacted.value(value)))
  return fields
})

/** Keeps these fields, beside those that are kept already. */
export const put = Effect.fn("StoredConfig.put")(function* (
  tenant: TenantId,
  connection: ConnectionName,
  fields: Readonly<Record<string, Schema.Json>>
) {
  const credentials = yield* Credentials.Credentials
  const sealed = Object.entries(fields).map(
    ([field, value]) => [field, Redacted.make(encode(value), { label: field })] as const
  )
  yield* credentials.put(tenant, connection, Object.fromEntries(sealed))
})
