/**
 * Which link stands for a referenced record, remembered in Redis where there is one.
 *
 * It makes look-ups sooner and never decides: what it answers may be old or wrong. `Commit` looks at each link that a decision used
 * (`Batch.references`) and drops the decision where the link says otherwise; the engine then asks again with `isAgain`.
 */
import { EntityType, type IntegrationName, RecordId, RecordKey, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Option, type Redacted, Schema } from "effect"
import * as Redis from "./internal/Redis.ts"
import { GoneAt } from "./internal/References.ts"
import { PairLinks, type Resolved, type Wanted } from "./PairLinks.ts"
import type { SqlError } from "./SqlError.ts"

export class LinkCache extends Context.Service<
  LinkCache,
  {
    /**
     * As `PairLinks.resolveReferences`, from Redis what it has and the rest from Postgres; a record without a link is never remembered
     * as such. `isAgain` asks Postgres for all, and puts right what Redis has.
     */
    readonly resolveReferences: (
      tenant: TenantId,
      integration: IntegrationName,
      wanted: ReadonlyArray<Wanted>,
      isAgain: boolean
    ) => Effect.Effect<ReadonlyArray<Resolved>, SqlError>
  }
>()("@syncline/store/LinkCache") {}

/** With its version, so that two answers about one link can be told apart. */
const Entry = Schema.fromJsonString(
  Schema.Struct({
    entity: EntityType,
    key: RecordKey,
    version: Schema.Finite,
    sourceId: Schema.NullOr(RecordId),
    targetId: Schema.NullOr(RecordId),
    isDeleted: Schema.Boolean,
    goneAt: GoneAt
  })
)

const decodeEntry = Schema.decodeUnknownOption(Entry)

/** Changes when what is kept changes its shape. */
const prefix = "syncline:link:2:"

/** `null` is a Syncline without Redis. */
export const layer = (url: Redacted.Redacted | null): Layer.Layer<LinkCache, never, PairLinks> =>
  Layer.effect(
    LinkCache,
    Effect.gen(function* () {
      const links = yield* PairLinks
      if (url === null) {
        return {
          resolveReferences: (tenant, integration, wanted, _isAgain) =>
            links.resolveReferences(tenant, integration, wanted)
        }
      }
      const redis = yield* Redis.open(url)
      return {
        resolveReferences: Effect.fn("LinkCache.resolveReferences")(function* (tenant, integration, wanted, isAgain) {
          const nameOf = (each: Wanted) =>
            prefix +
            JSON.stringify(
              "key" in each
                ? [tenant, integration, each.entity, "key", each.key]
                : [tenant, integration, each.entity, each.side, each.id]
            )
          const found = isAgain ? wanted.map(() => null) : yield* redis.get(wanted.map(nameOf))
          const known = wanted.map((each, index) => remembered(each, found[index] ?? null))
          const missing = wanted.filter((_, index) => known[index] === null)
          const read = missing.length === 0 ? [] : yield* links.resolveReferences(tenant, integration, missing)
          yield* redis.set(
            read
              .filter(isComplete)
              .flatMap((link) => namesOf(link).map((name) => [nameOf(name), JSON.stringify(link)] as const))
          )
          const all = [...known.filter((each) => each !== null), ...read]
          return [...new Map(all.map((link) => [JSON.stringify([link.entity, link.key]), link])).values()]
        })
      }
    })
  )

/** An id that is not known yet will be soon, and so will be what becomes of a record that is gone. */
const isComplete = ({ goneAt, sourceId, targetId }: Resolved): boolean =>
  sourceId !== null && targetId !== null && goneAt === null

/** An entry that is none, or that is of another record than was asked for, is as good as missing. */
const remembered = (wanted: Wanted, text: string | null): Resolved | null => {
  const entry = text === null ? null : Option.getOrNull(decodeEntry(text))
  return entry !== null && namesOf(entry).some((name) => isSame(name, wanted)) ? entry : null
}

/** All that a link can be asked by. */
const namesOf = ({ entity, key, sourceId, targetId }: Resolved): ReadonlyArray<Wanted> => [
  { entity, key },
  ...(sourceId === null ? [] : [{ entity, side: "source" as const, id: sourceId }]),
  ...(targetId === null ? [] : [{ entity, side: "target" as const, id: targetId }])
]

const isSame = (one: Wanted, other: Wanted): boolean =>
  one.entity === other.entity &&
  ("key" in one
    ? "key" in other && one.key === other.key
    : "id" in other && one.side === other.side && one.id === other.id)
