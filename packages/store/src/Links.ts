/** Which record of the target is which record of the source, and what the source's was last seen to be. */
import { Fingerprint, RecordKey } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { LinkRead, PairKey } from "./Batch.ts"
import { Database, forRecords } from "./Database.ts"
import { decode, json, keyOf, linksOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

export class Links extends Context.Service<
  Links,
  {
    /** The links of these keys, by key. A key without a link is absent. */
    readonly read: (
      pair: PairKey,
      keys: ReadonlyArray<RecordKey>
    ) => Effect.Effect<ReadonlyMap<RecordKey, LinkRead>, SqlError>
    /** How many links the pair has: of live records, and of deleted ones. */
    readonly count: (pair: PairKey) => Effect.Effect<{ readonly live: number; readonly deleted: number }, SqlError>
  }
>()("@syncline/store/Links") {}

const rows = decode(
  Schema.Struct({
    key: RecordKey,
    version: Schema.Finite,
    isDeleted: Schema.Boolean,
    sourceFingerprint: Schema.NullOr(Fingerprint.Fingerprint),
    observedAtMs: Schema.Finite,
    updatedAtMs: Schema.Finite
  })
)

const counts = decode(Schema.Struct({ live: Schema.Finite, deleted: Schema.Finite }))

export const layer = Layer.effect(
  Links,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      read: Effect.fn("Links.read")(function* (pair, keys) {
        const found = yield* forRecords(database, keys.length)(pair.tenant, ({ last }) =>
          last(
            linksOf(
              `record_key as key, version::float8, is_deleted as "isDeleted",
               source_fingerprint as "sourceFingerprint", (extract(epoch from source_observed_at) * 1000)::float8 as "observedAtMs",
               (extract(epoch from updated_at) * 1000)::float8 as "updatedAtMs"`
            ),
            [...keyOf(pair), json(keys)]
          )
        )
        return new Map((yield* rows(found)).map((link) => [link.key, link]))
      }),
      count: Effect.fn("Links.count")(function* (pair) {
        const found = yield* database.transaction(pair.tenant, (transaction) =>
          transaction.query(
            `select count(*) filter (where not is_deleted)::float8 as live, count(*) filter (where is_deleted)::float8 as deleted
             from syncline.link where tenant_id = $1 and integration = $2 and entity = $3 and kind <> 'awaited'`,
            keyOf(pair)
          )
        )
        const [row] = yield* counts(found)
        return row ?? { live: 0, deleted: 0 }
      })
    }
  })
)
