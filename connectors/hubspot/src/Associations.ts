/**
 * What records belong to, read and written in batches. Lists, searches and batches of records do not tell it alike, or at all, so it
 * is always asked for by itself. https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
 */
import { type ConnectorError, type Http, Rest } from "@syncline/connector"
import type { Fields, RecordId } from "@syncline/core"
import { Array as Arrays, Effect, Schema } from "effect"
import type { Association, Kind } from "./Kind.ts"
import { Batch } from "./Wire.ts"

/** Numbers in some versions of the API, text in others. */
const Id = Schema.Union([Schema.String, Schema.Finite])
const Found = Schema.Struct({
  from: Schema.Struct({ id: Id }),
  to: Schema.Array(
    Schema.Struct({
      toObjectId: Id,
      associationTypes: Schema.Array(Schema.Struct({ category: Schema.String, typeId: Schema.Finite }))
    })
  ),
  paging: Schema.optionalKey(
    Schema.NullOr(Schema.Struct({ next: Schema.optionalKey(Schema.NullOr(Schema.Struct({ after: Schema.String }))) }))
  )
})
const Answer = Schema.Struct({ results: Schema.Array(Found) })

/** Of one batch. HubSpot takes more to read, but what it answers grows with what belongs together. */
const most = 100

const pathOf = ({ apiVersion, type }: Kind, { to }: Association, verb: string): string =>
  `/crm/associations/${apiVersion}/${type}/${to}/batch/${verb}`

interface Input {
  readonly id: string
  readonly after?: string
}

/** The other records' ids, by record. One that belongs to nothing is not among the answers. */
const readOne = Effect.fnUntraced(function* (
  kind: Kind,
  association: Association,
  ids: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyMap<string, ReadonlyArray<string>>, ConnectorError, Http> {
  const found = new Map<string, Array<string>>()
  let inputs: ReadonlyArray<Input> = ids.map((id) => ({ id }))
  while (inputs.length > 0) {
    const { results } = yield* Rest.call(
      { method: "POST", path: pathOf(kind, association, "read"), reads: true, json: { inputs: inputs.slice(0, most) } },
      Answer
    )
    const more: Array<Input> = []
    for (const { from, paging, to } of results) {
      const others = to
        .filter(({ associationTypes }) =>
          associationTypes.some(
            ({ category, typeId }) => category === association.category && typeId === association.typeId
          )
        )
        .map(({ toObjectId }) => String(toObjectId))
      found.set(String(from.id), [...(found.get(String(from.id)) ?? []), ...others])
      const after = paging?.next?.after
      if (after !== undefined) more.push({ id: String(from.id), after })
    }
    inputs = [...inputs.slice(most), ...more]
  }
  return found
})

const byNumber = (one: string, other: string): number => Number(one) - Number(other)

/** The fields that tell what each record belongs to. */
export const read = Effect.fnUntraced(function* (
  kind: Kind,
  ids: ReadonlyArray<string>
): Effect.fn.Return<(id: string) => Fields, ConnectorError, Http> {
  if (ids.length === 0 || kind.associations.length === 0) return () => ({})
  const found = yield* Effect.forEach(
    kind.associations,
    (association) => Effect.map(readOne(kind, association, ids), (others) => ({ association, others })),
    { concurrency: kind.associations.length }
  )
  return (id) =>
    Object.fromEntries(
      found.map(({ association: { field, isMany }, others }) => {
        const sorted = (others.get(id) ?? []).toSorted(byNumber)
        return [field, isMany ? sorted : (sorted[0] ?? null)]
      })
    )
})

/** What a record shall belong to in place of what it did. */
export interface Wish {
  readonly id: RecordId
  readonly association: Association
  readonly add: ReadonlyArray<string>
  readonly drop: ReadonlyArray<string>
}

const listed = (value: Schema.Json | undefined): ReadonlyArray<string> =>
  (Array.isArray(value) ? value : [value]).flatMap((each: unknown) => (typeof each === "string" ? [each] : []))

/** What it takes to get from `base` to `patch`; fields that the patch does not name are left alone. */
export const wishes = ({ associations }: Kind, id: RecordId, patch: Fields, base: Fields): ReadonlyArray<Wish> =>
  associations.flatMap((association): ReadonlyArray<Wish> => {
    const { field } = association
    if (!(field in patch)) return []
    const [wanted, had] = [listed(patch[field]), listed(base[field])]
    const add = wanted.filter((each) => !had.includes(each))
    const drop = had.filter((each) => !wanted.includes(each))
    return add.length + drop.length === 0 ? [] : [{ id, association, add, drop }]
  })

/** First what is new, then away with the old, so that a crash between the two leaves a record with too much instead of nothing. */
export const write = Effect.fnUntraced(function* (
  kind: Kind,
  wanted: ReadonlyArray<Wish>
): Effect.fn.Return<void, ConnectorError, Http> {
  for (const association of kind.associations) {
    const mine = wanted.filter((wish) => wish.association.field === association.field)
    const types = [{ associationCategory: association.category, associationTypeId: association.typeId }]
    const added = mine.flatMap(({ add, id }) => add.map((other) => ({ from: { id }, to: { id: other }, types })))
    const dropped = mine.flatMap(({ drop, id }) =>
      drop.length === 0 ? [] : [{ from: { id }, to: drop.map((other) => ({ id: other })) }]
    )
    for (const inputs of Arrays.chunksOf(added, most))
      yield* Rest.call({ method: "POST", path: pathOf(kind, association, "create"), json: { inputs } }, Batch)
    for (const inputs of Arrays.chunksOf(dropped, most))
      yield* Rest.call({ method: "POST", path: pathOf(kind, association, "archive"), json: { inputs } }, Schema.Unknown)
  }
})
