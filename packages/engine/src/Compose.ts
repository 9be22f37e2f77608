/** Entries as requests: canonical changes lowered to the provider's fields, and which of them are one request. Pure. */
import {
  Canon,
  type EntryId,
  FieldMapping,
  type Fields,
  OpKey,
  OutboxEntry,
  RecordId,
  ReferenceSite,
  type Side
} from "@syncline/core"
import type { Lanes, WaitOn } from "@syncline/store"
import { Array as Arrays, Result, Schema } from "effect"
import type { TwoWayPair } from "./Pair.ts"
import type { TwoWay } from "./TwoWay.ts"

/** A write as it is frozen before it is sent: after a lost answer the very same is sent again. */
export const Request = Schema.Struct({
  key: OpKey,
  operation: OutboxEntry.Operation,
  /** Null for a create. */
  id: Schema.NullOr(RecordId),
  patch: Schema.Record(Schema.String, Schema.Json),
  /** Changed fields that a create goes without: they refer to records that are not there yet. They are written next. */
  later: Schema.optionalKey(Schema.Array(Schema.String))
})
export type Request = typeof Request.Type

export const encode = Schema.encodeSync(Request)
export const decode = Schema.decodeUnknownResult(Request)

interface Composing {
  readonly pair: TwoWayPair
  readonly twoWay: TwoWay
  /** The side that is written to. */
  readonly side: Side.Side
  readonly references: FieldMapping.References
  /** The largest request that an entry may be sent in, since a larger one was refused as a whole. */
  readonly limits: ReadonlyMap<EntryId, number>
}

/** What is done about each claimed entry. Entries of one verb are sent together, as many as it takes at once. */
export const compose = (composing: Composing, claimed: ReadonlyArray<Lanes.Claimed>): ReadonlyArray<Lanes.Composed> => {
  const composed = claimed.map((each) => ({ claimed: each, made: requestOf(composing, each) }))
  const requests = composed.flatMap(({ claimed, made }) =>
    Result.isSuccess(made) ? [{ claimed, request: made.success }] : []
  )
  const refused = composed.flatMap(({ made }) => (Result.isFailure(made) ? [made.failure] : []))
  const sent = OutboxEntry.Operation.literals.flatMap((operation) =>
    inRequests(
      requests.filter(({ request }) => request.operation === operation),
      maxOf(composing, operation),
      ({ claimed }) => composing.limits.get(claimed.entry.id) ?? Infinity
    ).flatMap((some) => {
      const batch = batchOf(some.map(({ request }) => request.key))
      return some.map(({ claimed, request }): Lanes.Composed => ({
        _tag: "Send",
        entry: claimed.entry.id,
        batch,
        request: encode(request)
      }))
    })
  )
  return [...refused, ...sent]
}

/** A request that holds one op is known by that op's key: the key under which a provider remembers it. */
export const batchOf = (keys: ReadonlyArray<OpKey>): OpKey => {
  const [first = OpKey.make("nothing")] = keys
  return keys.length === 1 ? first : OpKey.make(`${first}+${keys.length - 1}`)
}

const maxOf = ({ pair, side }: Composing, operation: OutboxEntry.Operation): number => {
  const { create, remove, update } = pair[side].entity.target ?? {}
  return { create: create?.max, update: update?.max, delete: remove?.max }[operation] ?? 1
}

/** Requests of at most `max`, and none larger than one of its entries allows. */
const inRequests = <A>(
  all: ReadonlyArray<A>,
  max: number,
  limitOf: (each: A) => number
): ReadonlyArray<ReadonlyArray<A>> =>
  [...Map.groupBy(all, (each) => Math.min(max, limitOf(each)))].flatMap(([size, some]) => Arrays.chunksOf(some, size))

export const keyOf = ({ id, revision }: Lanes.Claimed["entry"]): OpKey => OpKey.make(`${id}.${revision}`)

export const valuesOf = (changes: OutboxEntry.Changes): Fields =>
  Object.fromEntries(Object.entries(changes).map(([name, { value }]) => [name, value]))

const requestOf = (composing: Composing, { entry, link }: Lanes.Claimed): Result.Result<Request, Lanes.Composed> => {
  const { pair, references, side } = composing
  const id = side === "source" ? link.sourceId : link.targetId
  const missing = missingIn(composing, entry.changes)
  // Records that are made and refer to each other, or to themselves, would wait for each other.
  const isLater = ({ isDeferred }: Missing) => entry.operation === "create" && isDeferred
  const later = new Set(missing.filter(isLater).map(({ field }) => field))
  const held = missing.filter(({ field }) => !later.has(field))
  if (held.length > 0)
    return Result.fail({
      _tag: "Hold",
      entry: entry.id,
      why: "it refers to records that are not there yet",
      on: held.map(({ on }) => on)
    })
  if (entry.operation !== "create" && id === null)
    return Result.fail({
      _tag: "Later",
      entry: entry.id,
      why: "the record has no id there yet",
      afterMs: 60_000
    })
  const base = link[side]?.record ?? null
  const patch: Result.Result<Fields, FieldMapping.Refusal> =
    entry.operation === "delete"
      ? Result.succeed({})
      : FieldMapping.lower(pair.mapping, side, valuesOf(without(entry.changes, later)), base, references)
  return Result.mapBoth(patch, {
    onSuccess: (patch): Request => ({
      key: keyOf(entry),
      operation: entry.operation,
      id: entry.operation === "create" ? null : id,
      patch: entry.operation === "update" && base !== null ? newsIn(patch, base) : patch,
      ...(later.size > 0 && { later: [...later] })
    }),
    onFailure: ({ message }): Lanes.Composed => ({ _tag: "Refuse", entry: entry.id, why: message })
  })
}

/**
 * What the record is not known to have: a reference that is there already could not be told to be the same while its record was not
 * linked. A write that says nothing new is sent as it is: its answer tells what is there.
 */
const newsIn = (patch: Fields, base: Fields): Fields => {
  const news = Object.entries(patch).filter(([name, value]) => !Canon.isSame(base[name], value))
  return news.length === 0 ? patch : Object.fromEntries(news)
}

const without = (changes: OutboxEntry.Changes, names: ReadonlySet<string>): OutboxEntry.Changes =>
  names.size === 0 ? changes : Object.fromEntries(Object.entries(changes).filter(([name]) => !names.has(name)))

/** A reference among the changes whose record has no id at the side that is written to. */
interface Missing {
  readonly field: string
  readonly on: WaitOn
  /** The record can do without it at first, and may be made before the one that it refers to. */
  readonly isDeferred: boolean
}

const missingIn = (
  { pair, references, side, twoWay }: Composing,
  changes: OutboxEntry.Changes
): ReadonlyArray<Missing> =>
  FieldMapping.keysIn(pair.mapping, valuesOf(changes)).flatMap(
    ({ entity, field, isOptional, value }): ReadonlyArray<Missing> => {
      const isDeferred = isOptional[side] && twoWay.deferred.has(entity)
      const key = ReferenceSite.keyOf(value, entity, references)
      if (key === null) {
        const unlinked = ReferenceSite.unlinkedIn(value)
        return unlinked === null ? [] : [{ field, isDeferred, on: { _tag: "Unlinked", entity, ...unlinked } }]
      }
      // One that is gone will have no id: it is written as none, or refused where the record cannot do without it.
      const isComing = references.idAt(side, entity, key) === null && references.isGone?.(entity, key) !== true
      return isComing ? [{ field, isDeferred, on: { _tag: "Reference", entity, key } }] : []
    }
  )
