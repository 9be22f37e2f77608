/** What a record shows, in the fields that the mapping reads at its side. Pure. */
import { Canon, FieldPath, type Fields, type Side } from "@syncline/core"
import type { TwoWayPair } from "./Pair.ts"

/** Whether two states of a record at a side are the same in every field that the mapping reads there. */
export const isSame = (
  { mapping }: Pick<TwoWayPair, "mapping">,
  side: Side.Side,
  one: Fields,
  other: Fields
): boolean =>
  mapping.fields.every((field) =>
    field[side].paths.every((path) => Canon.isSame(FieldPath.valueAt(one, path), FieldPath.valueAt(other, path)))
  )

/** Whether a record shows what a write was to set, in the fields that the mapping reads. */
export const holds = (
  { mapping }: Pick<TwoWayPair, "mapping">,
  side: Side.Side,
  record: Fields,
  patch: Fields
): boolean =>
  mapping.fields.every((field) =>
    field[side].paths.every((path) => {
      const sent = FieldPath.valueAt(patch, path)
      return sent === undefined || Canon.isSame(FieldPath.valueAt(record, path), sent)
    })
  )
