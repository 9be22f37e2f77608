/** What a record shows, in the fields that the mapping reads at its side. Pure. */
import { Canon, FieldPath, type Fields, type Side } from "@syncline/core"
import type { TwoWayPair } from "./Pair.ts"

type Mapped = Pick<TwoWayPair, "mapping">

const pathsAt = ({ mapping }: Mapped, side: Side.Side): ReadonlyArray<FieldPath.FieldPath> =>
  mapping.fields.flatMap((field) => field[side].paths)

/** Whether two states of a record at a side are the same in every field that the mapping reads there. */
export const isSame = (mapped: Mapped, side: Side.Side, one: Fields, other: Fields): boolean =>
  pathsAt(mapped, side).every((path) => Canon.isSame(FieldPath.valueAt(one, path), FieldPath.valueAt(other, path)))

/** Whether a record shows what a write was to set, in the fields that the mapping reads. */
export const holds = (mapped: Mapped, side: Side.Side, record: Fields, patch: Fields): boolean =>
  pathsAt(mapped, side).every((path) => {
    const sent = FieldPath.valueAt(patch, path)
    return sent === undefined || Canon.isSame(FieldPath.valueAt(record, path), sent)
  })
