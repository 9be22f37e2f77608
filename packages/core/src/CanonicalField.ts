/**
 * One field of a pair's canonical form, with a lens per side: how it is read and written there.
 *
 * A lens is well behaved: writing what was read changes nothing, and what was written, in normal form, is read again. A value's
 * normal form is what remains after both sides' transforms, so a side that normalises differs only where it means something else.
 */
import { Result, type Schema } from "effect"
import * as Canon from "./Canon.ts"
import * as FieldPath from "./FieldPath.ts"
import type { Fields } from "./Fields.ts"
import type { Merge } from "./MappingRule.ts"
import * as ReferenceSite from "./ReferenceSite.ts"
import { other, type Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"
import type * as Transform from "./Transform.ts"

export interface SharedField {
  readonly name: string
  /** Already narrowed by the job's. */
  readonly direction: Direction
  readonly authority: Side | null
  readonly writeBack: boolean
  readonly merge: Merge
  /** The record keys that a canonical value of this field holds. */
  readonly keysIn: (value: Schema.Json) => ReadonlyArray<ReferenceSite.HeldKey>
  /** What it is created with where it was never set, in the shared form. */
  readonly fallback: Schema.Json | undefined
  readonly source: Lens
  readonly target: Lens
}

export interface Lens {
  /** Several where the field is made of parts. */
  readonly paths: ReadonlyArray<FieldPath.FieldPath>
  /** Fields beside it that it needs, such as an amount's currency: it is written after them, and again when they change. */
  readonly beside: ReadonlyArray<FieldPath.FieldPath>
  /** The canonical value; undefined: absent. Fails with what is wrong with the side's value. */
  readonly read: (
    record: Fields,
    references: ReferenceSite.References
  ) => Result.Result<Schema.Json | undefined, string>
  /** The record with the canonical value in it. Null: the field does not travel to this side. */
  readonly write: Write | null
  readonly referencesIn: (record: Fields) => ReadonlyArray<ReferenceSite.HeldReference>
}

export type Write = (
  record: Fields,
  value: Schema.Json,
  references: ReferenceSite.References
) => Result.Result<Fields, string>

/** What a side contributes to a field. `steps` bring its value into the shared form; null: it has that form. */
export interface End {
  readonly paths: ReadonlyArray<FieldPath.FieldPath>
  readonly beside: ReadonlyArray<FieldPath.FieldPath>
  readonly steps: Transform.Compiled | null
  /** The steps need no value to start with. */
  readonly isConstant: boolean
}

export interface Ends {
  readonly source: End
  readonly target: End
}

/** Whether a field that travels in `direction` is carried away from the side. */
export const leaves = (side: Side, direction: Direction): boolean =>
  direction === "bidirectional" || direction === (side === "source" ? "source_to_target" : "target_to_source")

/** The lens of one side. A value that cannot be carried over is refused only where it would be: elsewhere it is read as it is. */
export const lens = (
  side: Side,
  ends: Ends,
  direction: Direction,
  sites: ReadonlyArray<ReferenceSite.ReferenceSite>
): Lens => {
  const end = ends[side]
  const { paths, beside } = end
  const isCarried = leaves(side, direction)
  const carry = carrying(side, ends, isCarried)
  const valueOf = (record: Fields): Schema.Json | undefined => valueAt(record, paths)
  const read: Lens["read"] = (record, references) => {
    const value = valueOf(record)
    if (!end.isConstant && (value === undefined || value === null)) return Result.succeed(value)
    if (sites.length > 0) return Result.succeed(ReferenceSite.toKeys(value ?? null, sites, side, references))
    const carried = carry(value ?? null, record)
    if (Result.isSuccess(carried)) return carried
    return isCarried ? Result.fail(`${carried.failure}, but is ${shown(value)}`) : Result.succeed(value)
  }
  return {
    paths,
    beside,
    read,
    write: leaves(other(side), direction) ? writing(side, end, sites, read) : null,
    referencesIn:
      sites.length === 0 ? noReferences : (record) => ReferenceSite.heldIn(valueOf(record) ?? null, sites, other(side))
  }
}

const none: ReadonlyArray<ReferenceSite.HeldReference> = []
const noReferences = () => none

/**
 * From the side's value to the canonical one: its own steps, then there and back through the steps of the other and its own. If not
 * strict, what the other cannot take is left as it is.
 */
const carrying = (side: Side, ends: Ends, isStrict: boolean) => {
  const own = ends[side].steps
  const normals = (side === "source" ? [ends.target.steps] : [ends.source.steps, own]).flatMap((steps) =>
    steps === null || steps.backward === null ? [] : [{ forward: steps.forward, backward: steps.backward }]
  )
  return (value: Schema.Json, record: Fields): Result.Result<Schema.Json, string> => {
    let carried = own === null ? Result.succeed(value) : own.forward(value, record, side)
    for (const { forward, backward } of normals) {
      if (Result.isFailure(carried)) return carried
      const back = backward(carried.success, record, side)
      const normal = Result.isFailure(back) ? back : forward(back.success, record, side)
      if (Result.isSuccess(normal) || isStrict) carried = normal
    }
    return carried
  }
}

const writing = (
  side: Side,
  { paths, steps }: End,
  sites: ReadonlyArray<ReferenceSite.ReferenceSite>,
  read: Lens["read"]
): Write => {
  const undo = steps?.backward ?? null
  return (record, value, references) => {
    const held = read(record, references)
    if (Result.isSuccess(held) && Canon.isSame(held.success, value)) return Result.succeed(record)
    if (value === null) return withValue(record, paths, null)
    const written =
      sites.length > 0
        ? ReferenceSite.toIds(value, sites, side, references)
        : undo === null
          ? Result.succeed(value)
          : undo(value, record, side)
    return Result.isFailure(written)
      ? Result.fail(`${written.failure}, but is ${shown(value)}`)
      : withValue(record, paths, written.success)
  }
}

/** Parts are a list; absent if all are, null if none has a value. */
export const valueAt = (record: Fields, paths: End["paths"]): Schema.Json | undefined => {
  const [first = [], ...more] = paths
  if (more.length === 0) return FieldPath.valueAt(record, first)
  const parts = paths.map((path) => FieldPath.valueAt(record, path))
  if (parts.every((part) => part === undefined)) return undefined
  const values = parts.map((part) => part ?? null)
  return values.every((part) => part === null) ? null : values
}

export const withValue = (record: Fields, paths: End["paths"], value: Schema.Json): Result.Result<Fields, string> => {
  const [first = [], ...more] = paths
  if (more.length === 0) return FieldPath.withValue(record, first, value)
  return paths.reduce<Result.Result<Fields, string>>(
    (written, path, index) =>
      Result.flatMap(written, (before) =>
        FieldPath.withValue(before, path, Array.isArray(value) ? (value[index] ?? null) : null)
      ),
    Result.succeed(record)
  )
}

const longestShown = 80

/** A value as a complaint shows it: cut, since a description may be pages long. */
export const shown = (value: Schema.Json | undefined): string => {
  const text = JSON.stringify(value) ?? "absent"
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
}

/** `first_name+last_name`. */
export const shownPaths = (paths: End["paths"]): string => paths.map((path) => path.join(".")).join("+")
