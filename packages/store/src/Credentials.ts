/** What connections are entered with: sealed in rows, open only in memory, and never printed. */
import { ConnectionName, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Option, Redacted, Result, Schema } from "effect"
import { Database, type Transaction } from "./Database.ts"
import { Entropy } from "./Entropy.ts"
import * as Envelope from "./Envelope.ts"
import { decode, msOf } from "./internal/Row.ts"
import { Keyring, Unsealable } from "./Keyring.ts"
import type { SqlError } from "./SqlError.ts"
import { revise } from "./Tenants.ts"

export { Unsealable } from "./Keyring.ts"

/** Who is exchanging a version for the next, and since when. */
export interface Claim {
  readonly by: string
  readonly atMs: number
}

export interface Credential {
  readonly value: Redacted.Redacted
  /** Raised by every change. */
  readonly version: number
  readonly claim: Claim | null
}

/** What may be shown of one. */
export interface Held {
  readonly connection: ConnectionName
  readonly field: string
  readonly updatedAtMs: number
}

type Failed = Unsealable | SqlError

export class Credentials extends Context.Service<
  Credentials,
  {
    /** Seals values under their fields; those of other fields stay. */
    readonly put: (
      tenant: TenantId,
      connection: ConnectionName,
      values: Readonly<Record<string, Redacted.Redacted>>
    ) => Effect.Effect<void, Failed>
    /** All of a connection, by field. */
    readonly of: (
      tenant: TenantId,
      connection: ConnectionName
    ) => Effect.Effect<ReadonlyMap<string, Credential>, Failed>
    readonly get: (
      tenant: TenantId,
      connection: ConnectionName,
      field: string
    ) => Effect.Effect<Option.Option<Credential>, Failed>
    /**
     * Says that this process is about to exchange this version for the next: none when it has moved, or when somebody else has said
     * so since `staleMs` ago. Otherwise it answers how long ago, by the time of the store, it may first have been sent by somebody who
     * left without an answer; null: by nobody.
     */
    readonly claim: (
      tenant: TenantId,
      connection: ConnectionName,
      field: string,
      claim: { readonly version: number; readonly by: string; readonly staleMs: number }
    ) => Effect.Effect<Option.Option<{ readonly sentMsAgo: number | null }>, SqlError>
    /** Puts the next value in the place of this version. False when it has moved, or was claimed by somebody else since. */
    readonly replace: (
      tenant: TenantId,
      connection: ConnectionName,
      field: string,
      next: { readonly version: number; readonly by: string; readonly value: Redacted.Redacted }
    ) => Effect.Effect<boolean, Failed>
    /** Gives a claim back: nothing was exchanged by it. `isInDoubt`: it may have been sent before, and an answer is still missing. */
    readonly release: (
      tenant: TenantId,
      connection: ConnectionName,
      field: string,
      claim: { readonly version: number; readonly by: string; readonly isInDoubt: boolean }
    ) => Effect.Effect<void, SqlError>
    /** By connection and field. */
    readonly list: (tenant: TenantId) => Effect.Effect<ReadonlyArray<Held>, SqlError>
    /** Answers how many there were. */
    readonly remove: (tenant: TenantId, connection: ConnectionName) => Effect.Effect<number, SqlError>
    /** Wraps the tenant's data keys by the first master key. May be stopped anywhere and run again. Answers how many it wrapped. */
    readonly rotate: (tenant: TenantId) => Effect.Effect<number, Failed>
  }
>()("@syncline/store/Credentials") {}

const Row = Schema.Struct({
  field: Schema.String,
  version: Schema.Finite,
  keyId: Schema.String,
  sealed: Schema.String,
  claimedBy: Schema.NullOr(Schema.String),
  claimedAtMs: Schema.NullOr(Schema.Finite)
})
const rows = decode(Row)
const claims = decode(Schema.Struct({ atMs: Schema.NullOr(Schema.Finite), sentAtMs: Schema.NullOr(Schema.Finite) }))
const held = decode(Schema.Struct({ connection: ConnectionName, field: Schema.String, updatedAtMs: Schema.Finite }))

const columns = `field, version::float8, key_id as "keyId", sealed, claimed_by as "claimedBy", ${msOf("claimed_at", "claimedAtMs")}`
const theField = "tenant_id = $1 and connection = $2 and field = $3"

const placeOf = (tenant: TenantId, connection: string, field: string, version: number): Envelope.Place => [
  tenant,
  connection,
  field,
  version
]

const claimOf = (by: string | null, atMs: number | null): Credential["claim"] =>
  by === null || atMs === null ? null : { by, atMs }

const rewrappedAtOnce = 100

export const layer = Layer.effect(
  Credentials,
  Effect.gen(function* () {
    const database = yield* Database
    const keyring = yield* Keyring

    const unseal = Effect.fnUntraced(function* (
      transaction: Transaction,
      connection: ConnectionName,
      row: typeof Row.Type
    ) {
      const { tenant } = transaction
      const key = yield* keyring.dataKey(transaction, row.keyId)
      const opened = Envelope.open(key, placeOf(tenant, connection, row.field, row.version), row.sealed)
      if (Result.isFailure(opened)) {
        return yield* new Unsealable({
          message: `"${row.field}" of connection "${connection}" does not open: its row was changed or belongs elsewhere; enter it again with: syncline connections add ${connection}`
        })
      }
      const credential: Credential = {
        value: Redacted.make(Buffer.from(opened.success).toString("utf8"), { label: row.field }),
        version: row.version,
        claim: claimOf(row.claimedBy, row.claimedAtMs)
      }
      return credential
    })

    const sealed = Effect.fnUntraced(function* (key: Envelope.Key, place: Envelope.Place, value: Redacted.Redacted) {
      const { bytes } = yield* Entropy
      const nonce = yield* bytes(Envelope.nonceBytes)
      return Envelope.seal(key, nonce, place, Buffer.from(Redacted.value(value), "utf8"))
    })

    const put = Effect.fnUntraced(function* (
      transaction: Transaction,
      connection: ConnectionName,
      values: Readonly<Record<string, Redacted.Redacted>>
    ) {
      const { nowMs, query, tenant } = transaction
      yield* revise(transaction)
      const key = yield* keyring.current(transaction)
      for (const [field, value] of Object.entries(values)) {
        const [before] = yield* rows(
          yield* query(`select ${columns} from syncline.credential where ${theField} for update`, [
            tenant,
            connection,
            field
          ])
        )
        const version = (before?.version ?? 0) + 1
        yield* query(
          `insert into syncline.credential (tenant_id, connection, field, version, key_id, sealed, updated_at)
           values ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000))
           on conflict (tenant_id, connection, field) do update
           set version = excluded.version, key_id = excluded.key_id, sealed = excluded.sealed, updated_at = excluded.updated_at,
             claimed_by = null, claimed_at = null, sent_at = null`,
          [
            tenant,
            connection,
            field,
            version,
            key.id,
            yield* sealed(key, placeOf(tenant, connection, field, version), value),
            nowMs
          ]
        )
      }
    })

    return {
      put: Effect.fn("Credentials.put")((tenant, connection, values) =>
        database.transaction(tenant, (transaction) => put(transaction, connection, values))
      ),
      of: Effect.fn("Credentials.of")((tenant, connection) =>
        database.transaction(tenant, (transaction) =>
          Effect.gen(function* () {
            const found = yield* rows(
              yield* transaction.query(
                `select ${columns} from syncline.credential where tenant_id = $1 and connection = $2 order by field`,
                [tenant, connection]
              )
            )
            const opened = yield* Effect.forEach(found, (row) =>
              Effect.map(unseal(transaction, connection, row), (credential) => [row.field, credential] as const)
            )
            return new Map(opened)
          })
        )
      ),
      get: Effect.fn("Credentials.get")((tenant, connection, field) =>
        database.transaction(tenant, (transaction) =>
          Effect.gen(function* () {
            const [row] = yield* rows(
              yield* transaction.query(`select ${columns} from syncline.credential where ${theField} order by field`, [
                tenant,
                connection,
                field
              ])
            )
            return row === undefined ? Option.none() : Option.some(yield* unseal(transaction, connection, row))
          })
        )
      ),
      claim: Effect.fn("Credentials.claim")((tenant, connection, field, { by, staleMs, version }) =>
        database.transaction(tenant, ({ nowMs, query }) =>
          Effect.gen(function* () {
            const here = [tenant, connection, field, version]
            const [row] = yield* claims(
              yield* query(
                `select ${msOf("claimed_at", "atMs")}, ${msOf("coalesce(sent_at, claimed_at)", "sentAtMs")} from syncline.credential
                 where ${theField} and version = $4 order by field for update`,
                here
              )
            )
            if (row === undefined) return Option.none()
            if (row.atMs !== null && nowMs - row.atMs < staleMs) return Option.none()
            yield* query(
              `update syncline.credential set claimed_by = $5, claimed_at = to_timestamp($6::float8 / 1000),
                 sent_at = coalesce(sent_at, claimed_at, to_timestamp($6::float8 / 1000))
               where ${theField} and version = $4`,
              [...here, by, nowMs]
            )
            return Option.some({ sentMsAgo: row.sentAtMs === null ? null : nowMs - row.sentAtMs })
          })
        )
      ),
      replace: Effect.fn("Credentials.replace")((tenant, connection, field, { by, value, version }) =>
        database.transaction(tenant, (transaction) =>
          Effect.gen(function* () {
            const key = yield* keyring.current(transaction)
            const place = placeOf(tenant, connection, field, version + 1)
            const replaced = yield* transaction.query(
              `update syncline.credential set version = version + 1, key_id = $6, sealed = $7,
                 updated_at = to_timestamp($8::float8 / 1000), claimed_by = null, claimed_at = null, sent_at = null
               where ${theField} and version = $4 and claimed_by = $5 returning 1`,
              [tenant, connection, field, version, by, key.id, yield* sealed(key, place, value), transaction.nowMs]
            )
            return replaced.length > 0
          })
        )
      ),
      release: Effect.fn("Credentials.release")((tenant, connection, field, { by, isInDoubt, version }) =>
        Effect.asVoid(
          database.transaction(tenant, ({ query }) =>
            query(
              `update syncline.credential set claimed_by = null, claimed_at = null,
                 sent_at = case when $6::boolean then sent_at end
               where ${theField} and version = $4 and claimed_by = $5`,
              [tenant, connection, field, version, by, isInDoubt]
            )
          )
        )
      ),
      list: Effect.fn("Credentials.list")(function* (tenant) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(
            `select connection, field, ${msOf("updated_at", "updatedAtMs")} from syncline.credential
             where tenant_id = $1 order by connection, field`,
            [tenant]
          )
        )
        return yield* held(found)
      }),
      remove: Effect.fn("Credentials.remove")(function* (tenant, connection) {
        const gone = yield* database.transaction(tenant, (transaction) =>
          Effect.andThen(
            revise(transaction),
            transaction.query("delete from syncline.credential where tenant_id = $1 and connection = $2 returning 1", [
              tenant,
              connection
            ])
          )
        )
        return gone.length
      }),
      rotate: Effect.fn("Credentials.rotate")(function* (tenant) {
        let all = 0
        while (true) {
          const some = yield* database.transaction(tenant, (transaction) =>
            keyring.rewrap(transaction, rewrappedAtOnce)
          )
          all += some
          if (some < rewrappedAtOnce) return all
        }
      })
    }
  })
)
