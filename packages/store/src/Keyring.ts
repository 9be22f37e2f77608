/** The master keys that this process was given, and the data keys that it has unwrapped with them. */
import type { TenantId } from "@syncline/core"
import { Context, Effect, Layer, Redacted, Result, Schema } from "effect"
import type { Transaction } from "./Database.ts"
import { Entropy } from "./Entropy.ts"
import * as Envelope from "./Envelope.ts"
import { decode } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/** Credentials cannot be sealed or opened. Nothing was changed. */
export class Unsealable extends Schema.TaggedError<Unsealable>()("Unsealable", { message: Schema.String }) {}

export class Keyring extends Context.Service<
  Keyring,
  {
    /** The first seals what is new; the others open what they have sealed. */
    readonly masterKeys: ReadonlyArray<Envelope.Key>
    /** The tenant's data key that seals what is new; made when there is none. */
    readonly current: (transaction: Transaction) => Effect.Effect<Envelope.Key, Unsealable | SqlError>
    readonly dataKey: (transaction: Transaction, keyId: string) => Effect.Effect<Envelope.Key, Unsealable | SqlError>
    /** Wraps the tenant's data keys by the first master key, up to `limit` of those that another has wrapped. Answers how many. */
    readonly rewrap: (transaction: Transaction, limit: number) => Effect.Effect<number, Unsealable | SqlError>
  }
>()("@syncline/store/Keyring") {}

const rows = decode(Schema.Struct({ keyId: Schema.String, masterKeyId: Schema.String, wrapped: Schema.String }))
const columns = `key_id as "keyId", master_key_id as "masterKeyId", wrapped`

const wrappedAt = (tenant: TenantId, keyId: string, masterKeyId: string): Envelope.Place => [
  "data key",
  tenant,
  keyId,
  masterKeyId
]

const noKey = new Unsealable({
  message:
    "credentials are kept sealed, and this process has no master key: set SYNCLINE_MASTER_KEY, or SYNCLINE_MASTER_KEY_FILE to a file that holds it; make one with: syncline keys generate"
})

const lacks = (masterKeyId: string) =>
  new Unsealable({
    message: `credentials are sealed with the master key ${masterKeyId}, which this process was not given: add it to SYNCLINE_MASTER_KEY (several are separated by commas, the first seals what is new)`
  })

const damaged = (keyId: string) =>
  new Unsealable({
    message: `the data key ${keyId} does not open with its master key: its row was changed or belongs elsewhere; restore it from a backup, or connect anew with: syncline connections add`
  })

export const layer = (masterKeys: ReadonlyArray<Envelope.Key>): Layer.Layer<Keyring> =>
  Layer.sync(Keyring, () => {
    const [first] = masterKeys
    const opened = new Map<string, Envelope.Key>()

    const unwrap = Effect.fnUntraced(function* (
      tenant: TenantId,
      row: Effect.Success<ReturnType<typeof rows>>[number]
    ) {
      const name = `${tenant}/${row.keyId}`
      const known = opened.get(name)
      if (known !== undefined) return known
      const master = masterKeys.find(({ id }) => id === row.masterKeyId)
      if (master === undefined) return yield* masterKeys.length === 0 ? noKey : lacks(row.masterKeyId)
      const bytes = Envelope.open(master, wrappedAt(tenant, row.keyId, row.masterKeyId), row.wrapped)
      if (Result.isFailure(bytes)) return yield* damaged(row.keyId)
      const key: Envelope.Key = { id: row.keyId, bytes: Redacted.make(bytes.success, { label: "key" }) }
      opened.set(name, key)
      return key
    })

    const wrap = Effect.fnUntraced(function* (tenant: TenantId, key: Envelope.Key, master: Envelope.Key) {
      const { bytes } = yield* Entropy
      const nonce = yield* bytes(Envelope.nonceBytes)
      return Envelope.seal(master, nonce, wrappedAt(tenant, key.id, master.id), Redacted.value(key.bytes))
    })

    const make = Effect.fnUntraced(function* ({ nowMs, query, tenant }: Transaction, master: Envelope.Key) {
      const { bytes } = yield* Entropy
      const key = Envelope.keyOf(yield* bytes(Envelope.keyBytes))
      yield* query(
        `insert into syncline.data_key (tenant_id, key_id, master_key_id, wrapped, created_at)
         values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000))`,
        [tenant, key.id, master.id, yield* wrap(tenant, key, master), nowMs]
      )
      return key
    })

    return Keyring.of({
      masterKeys,
      current: Effect.fn("Keyring.current")(function* (transaction: Transaction) {
        if (first === undefined) return yield* noKey
        // One at a time makes a tenant's first key.
        yield* transaction.query("select from syncline.tenant where tenant_id = $1 for update", [transaction.tenant])
        const [newest] = yield* rows(
          yield* transaction.query(
            `select ${columns} from syncline.data_key where tenant_id = $1 order by created_at desc, key_id limit 1`,
            [transaction.tenant]
          )
        )
        return newest === undefined ? yield* make(transaction, first) : yield* unwrap(transaction.tenant, newest)
      }),
      dataKey: Effect.fn("Keyring.dataKey")(function* ({ query, tenant }: Transaction, keyId: string) {
        const [row] = yield* rows(
          yield* query(
            `select ${columns} from syncline.data_key where tenant_id = $1 and key_id = $2 order by key_id`,
            [tenant, keyId]
          )
        )
        return row === undefined ? yield* damaged(keyId) : yield* unwrap(tenant, row)
      }),
      rewrap: Effect.fn("Keyring.rewrap")(function* ({ query, tenant }: Transaction, limit: number) {
        if (first === undefined) return yield* noKey
        const old = yield* rows(
          yield* query(
            `select ${columns} from syncline.data_key where tenant_id = $1 and master_key_id <> $2
             order by key_id limit $3 for update`,
            [tenant, first.id, limit]
          )
        )
        for (const row of old) {
          const key = yield* unwrap(tenant, row)
          yield* query(
            `update syncline.data_key set master_key_id = $3, wrapped = $4
             where tenant_id = $1 and key_id = $2 and master_key_id = $5`,
            [tenant, row.keyId, first.id, yield* wrap(tenant, key, first), row.masterKeyId]
          )
        }
        return old.length
      })
    })
  })
