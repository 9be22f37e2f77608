/**
 * The lens of a list whose items are mapped one by one: its canonical form is the list of theirs.
 *
 * What was read is written without a change. Else the list is made anew, and an item keeps what no rule names, such as a line's own
 * id: an item that says the same keeps its form; another is written over the one at its place, unless that says more.
 */
import { Result, type Schema } from "effect"
import * as Canon from "./Canon.ts"
import { type Lens, leaves, type SharedField, shown, valueAt, withValue } from "./CanonicalField.ts"
import * as CanonicalRecord from "./CanonicalRecord.ts"
import { type FieldPath, isObject } from "./FieldPath.ts"
import type { Fields } from "./Fields.ts"
import type { HeldKey, References } from "./ReferenceSite.ts"
import { other, type Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"

/** Several lists of a side, one after the other, are one that is only read. */
export const lens = (
  side: Side,
  paths: ReadonlyArray<FieldPath>,
  direction: Direction,
  fields: ReadonlyArray<SharedField>
): Lens => {
  const isCarried = leaves(side, direction)
  const read: Lens["read"] = (record, references) => {
    const value = joined(record, paths)
    if (value === undefined || value === null) return Result.succeed(value)
    const lifted = lift(fields, side, value, references)
    if (Result.isSuccess(lifted)) return Result.map(lifted, (items) => items.map(({ canonical }) => canonical))
    return isCarried ? Result.fail(`${lifted.failure}, but is ${shown(value)}`) : Result.succeed(value)
  }
  return {
    paths,
    beside: [],
    read,
    write: leaves(other(side), direction)
      ? (record, value, references) => {
          const held = read(record, references)
          if (Result.isSuccess(held) && Canon.isSame(held.success, value)) return Result.succeed(record)
          if (value === null) return withValue(record, paths, null)
          const former = lift(fields, side, joined(record, paths) ?? [], references)
          const items = lower(
            fields,
            side,
            value,
            Result.getOrElse(former, () => []),
            references
          )
          return Result.flatMap(items, (list) => withValue(record, paths, list))
        }
      : null,
    referencesIn: (record) =>
      itemsOf(joined(record, paths)).flatMap((item) => fields.flatMap((field) => field[side].referencesIn(item)))
  }
}

export const keysIn =
  (fields: ReadonlyArray<SharedField>) =>
  (value: Schema.Json): ReadonlyArray<HeldKey> =>
    itemsOf(value).flatMap((item) =>
      fields.flatMap(({ keysIn, name }) => {
        const held = item[name]
        return held === undefined ? [] : keysIn(held)
      })
    )

/** Absent if all of them are, null if none has a value. */
const joined = (record: Fields, paths: ReadonlyArray<FieldPath>): Schema.Json | undefined => {
  const [first = [], ...more] = paths
  if (more.length === 0) return valueAt(record, [first])
  const values = paths.map((path) => valueAt(record, [path])).filter((value) => value !== undefined)
  if (values.length === 0) return undefined
  return values.every((value) => value === null) ? null : together(values)
}

/** Lists one after the other; null is an empty one. */
export const together = (values: ReadonlyArray<Schema.Json>): ReadonlyArray<Schema.Json> =>
  values.filter((value) => value !== null).flatMap((value) => listOf(value) ?? [value])

/** What is no list is a list of one: a refund's only line is all that was given back. */
const listOf = (value: Schema.Json): ReadonlyArray<Schema.Json> | null =>
  Array.isArray(value) ? Array.from<Schema.Json>(value) : isObject(value) ? [value] : null

/** Each item of a list through `change`. Fails with the first item that cannot be carried over, and why. */
export const each = <A>(
  list: Schema.Json,
  change: (item: Fields, index: number) => Result.Result<A, { readonly message: string }>
): Result.Result<ReadonlyArray<A>, string> => {
  const items = listOf(list)
  if (items === null) return Result.fail("must be a list")
  const changed: Array<A> = []
  for (const [index, item] of items.entries()) {
    if (!isObject(item)) return Result.fail("must be a list of objects")
    const result = change(item, index)
    if (Result.isFailure(result)) return Result.fail(`has an item ${index + 1} whose ${result.failure.message}`)
    changed.push(result.success)
  }
  return Result.succeed(changed)
}

/** An item as the side has it, and what it says. */
interface Item {
  readonly own: Fields
  readonly canonical: Fields
}

const lift = (
  fields: ReadonlyArray<SharedField>,
  side: Side,
  value: Schema.Json,
  references: References
): Result.Result<ReadonlyArray<Item>, string> =>
  each(value, (own) =>
    Result.map(CanonicalRecord.lift(fields, side, own, references), (lifted) => ({
      own,
      canonical: { ...defaultsOf(fields), ...lifted }
    }))
  )

const defaultsOf = (fields: ReadonlyArray<SharedField>): Fields =>
  Object.fromEntries(fields.flatMap(({ fallback, name }) => (fallback === undefined ? [] : [[name, fallback]])))

const lower = (
  fields: ReadonlyArray<SharedField>,
  side: Side,
  value: Schema.Json,
  former: ReadonlyArray<Item>,
  references: References
): Result.Result<ReadonlyArray<Fields>, string> => {
  const free = new Set(former)
  const same = itemsOf(value).map((canonical, index) => {
    const found = [former[index], ...former].find(
      (item) => item !== undefined && free.has(item) && Canon.isSame(item.canonical, canonical)
    )
    if (found !== undefined) free.delete(found)
    return found
  })
  return each(value, (canonical, index) => {
    const found = same[index]
    if (found !== undefined) return Result.succeed(found.own)
    const place = former[index]
    const base = place !== undefined && free.has(place) && isWithin(place.canonical, canonical) ? place.own : {}
    return Result.map(CanonicalRecord.lower(fields, side, { changes: canonical, base }, references), (patch) => ({
      ...base,
      ...patch
    }))
  })
}

/** What it says beside the other's fields would stay, and be read again. */
const isWithin = (former: Fields, canonical: Fields): boolean =>
  Object.keys(former).every((name) => Object.hasOwn(canonical, name))

const itemsOf = (value: Schema.Json | undefined): ReadonlyArray<Fields> =>
  value === undefined ? [] : (listOf(value) ?? []).filter(isObject)
