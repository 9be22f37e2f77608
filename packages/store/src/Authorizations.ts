/** Authorizations that a person has begun in a browser: each is finished at most once, by the browser that began it, in ten minutes. */
import { ConnectionName, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Option, Redacted, Result, Schema } from "effect"
import { createHash } from "node:crypto"
import { Database, type Transaction } from "./Database.ts"
import { Entropy } from "./Entropy.ts"
import * as Envelope from "./Envelope.ts"
import { decode, msOf } from "./internal/Row.ts"
import { Keyring, type Unsealable } from "./Keyring.ts"
import type { SqlError } from "./SqlError.ts"

/** How long a person may take at the provider. */
export const keptMs = 600_000

export interface Begun {
  readonly connection: ConnectionName
  readonly redirectUri: string
  /** PKCE's verifier. */
  readonly verifier: Redacted.Redacted
  /** Binds it to the browser that began it: what its cookie holds. */
  readonly binding: Redacted.Redacted
}

export class Authorizations extends Context.Service<
  Authorizations,
  {
    /** `state` is what the provider hands back; only its digest is kept. Forgets those that were never finished. */
    readonly begin: (tenant: TenantId, state: string, begun: Begun) => Effect.Effect<void, Unsealable | SqlError>
    /** The one that was begun with `state`, once: none when it is unknown, used, or older than ten minutes. */
    readonly take: (tenant: TenantId, state: string) => Effect.Effect<Option.Option<Begun>, Unsealable | SqlError>
  }
>()("@syncline/store/Authorizations") {}

const rows = decode(
  Schema.Struct({
    connection: ConnectionName,
    sealed: Schema.String,
    keyId: Schema.String,
    redirectUri: Schema.String,
    begunAtMs: Schema.Finite
  })
)

const Sealed = Schema.fromJsonString(Schema.Struct({ verifier: Schema.String, binding: Schema.String }))

const digestOf = (state: string): string => createHash("sha256").update(state).digest("base64url")

const placeOf = (tenant: TenantId, digest: string): Envelope.Place => ["authorization", tenant, digest]

export const layer = Layer.effect(
  Authorizations,
  Effect.gen(function* () {
    const database = yield* Database
    const keyring = yield* Keyring

    const begin = Effect.fnUntraced(function* (transaction: Transaction, state: string, begun: Begun) {
      const { nowMs, query, tenant } = transaction
      const { bytes } = yield* Entropy
      const key = yield* keyring.current(transaction)
      const digest = digestOf(state)
      const secret = { verifier: Redacted.value(begun.verifier), binding: Redacted.value(begun.binding) }
      const nonce = yield* bytes(Envelope.nonceBytes)
      const sealed = Envelope.seal(key, nonce, placeOf(tenant, digest), Buffer.from(JSON.stringify(secret), "utf8"))
      yield* query(
        "delete from syncline.authorization where tenant_id = $1 and begun_at < to_timestamp($2::float8 / 1000)",
        [tenant, nowMs - keptMs]
      )
      yield* query(
        `insert into syncline.authorization (tenant_id, state, connection, sealed, key_id, redirect_uri, begun_at)
         values ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000))`,
        [tenant, digest, begun.connection, sealed, key.id, begun.redirectUri, nowMs]
      )
    })

    const take = Effect.fnUntraced(function* (transaction: Transaction, state: string) {
      const { nowMs, query, tenant } = transaction
      const digest = digestOf(state)
      const [row] = yield* rows(
        yield* query(
          `delete from syncline.authorization where tenant_id = $1 and state = $2
           returning connection, sealed, key_id as "keyId", redirect_uri as "redirectUri", ${msOf("begun_at", "begunAtMs")}`,
          [tenant, digest]
        )
      )
      if (row === undefined || nowMs - row.begunAtMs > keptMs) return Option.none()
      const opened = Envelope.open(yield* keyring.dataKey(transaction, row.keyId), placeOf(tenant, digest), row.sealed)
      if (Result.isFailure(opened)) return Option.none()
      const { binding, verifier } = yield* Effect.orDie(
        Schema.decodeEffect(Sealed)(Buffer.from(opened.success).toString("utf8"))
      )
      const begun: Begun = {
        connection: row.connection,
        redirectUri: row.redirectUri,
        verifier: Redacted.make(verifier),
        binding: Redacted.make(binding)
      }
      return Option.some(begun)
    })

    return {
      begin: Effect.fn("Authorizations.begin")((tenant, state, begun) =>
        database.transaction(tenant, (transaction) => begin(transaction, state, begun))
      ),
      take: Effect.fn("Authorizations.take")((tenant, state) =>
        database.transaction(tenant, (transaction) => take(transaction, state))
      )
    }
  })
)
