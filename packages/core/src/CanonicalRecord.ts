/** A whole record read into its canonical form and written back: each shared field through its lens, in an order that works. */
import { Result, type Schema } from "effect"
import { type SharedField, shownPaths } from "./CanonicalField.ts"
import { overlap } from "./FieldPath.ts"
import type { Fields } from "./Fields.ts"
import * as Pass from "./Pass.ts"
import type { References } from "./ReferenceSite.ts"
import type { Side } from "./Side.ts"

/** By the names of the shared fields. What is absent stays absent. */
export const lift = (
  fields: ReadonlyArray<SharedField>,
  side: Side,
  record: Fields,
  references: References
): Result.Result<Fields, Pass.Refusal> => {
  const canonical: { [name: string]: Schema.Json } = {}
  const complaints: Array<Pass.Complaint> = []
  for (const field of fields) {
    const value = field[side].read(record, references)
    if (Result.isFailure(value)) complaints.push([shownPaths(field[side].paths), value.failure])
    else if (value.success !== undefined) canonical[field.name] = value.success
  }
  return complaints.length === 0 ? Result.succeed(canonical) : Result.fail(Pass.refusal(complaints))
}

/** Canonical changes, and the record that they are made to; without one it is made. */
export interface Change {
  readonly changes: Fields
  readonly base: Fields | null
}

/** The side's fields, by top-level name, that make the changes. */
export const lower = (
  fields: ReadonlyArray<SharedField>,
  side: Side,
  change: Change,
  references: References
): Result.Result<Fields, Pass.Refusal> => {
  const complaints: Array<Pass.Complaint> = Object.keys(change.changes)
    .filter((name) => !fields.some((field) => field.name === name))
    .map((name) => [name, "is not a field of the mapping any more; decide the record again"])
  let record: Fields = change.base ?? {}
  const touched = new Set<string>()
  for (const [field, value] of toWrite(fields, side, change, references)) {
    const { paths, write } = field[side]
    const written = write === null ? Result.fail(`does not travel to the ${side}`) : write(record, value, references)
    if (Result.isFailure(written)) complaints.push([field.name, written.failure])
    else record = written.success
    for (const [name = ""] of paths) touched.add(name)
  }
  if (complaints.length > 0) return Result.fail(Pass.refusal(complaints))
  const patch = [...touched].flatMap((name): ReadonlyArray<readonly [string, Schema.Json]> => {
    const value = record[name]
    return value === undefined ? [] : [[name, value]]
  })
  return Result.succeed(Object.fromEntries(patch))
}

/** An amount is written after its currency, and with it: minor units mean something else in another currency. */
const toWrite = (
  fields: ReadonlyArray<SharedField>,
  side: Side,
  { base, changes }: Change,
  references: References
): ReadonlyArray<readonly [SharedField, Schema.Json]> => {
  const isChanged = ({ name }: SharedField): boolean => Object.hasOwn(changes, name)
  const changed = fields.filter(isChanged).flatMap((field) => field[side].paths)
  const valueOf = (field: SharedField): Schema.Json | undefined => {
    const { beside, read, write } = field[side]
    if (isChanged(field)) return changes[field.name]
    if (write === null) return undefined
    if (base === null) return side === "target" ? field.fallback : undefined
    if (!beside.some((path) => changed.some((each) => overlap(each, path)))) return undefined
    return Result.getOrUndefined(read(base, references))
  }
  const isAlone = (field: SharedField): boolean => field[side].beside.length === 0
  return [...fields.filter(isAlone), ...fields.filter((field) => !isAlone(field))].flatMap(
    (field): ReadonlyArray<readonly [SharedField, Schema.Json]> => {
      const value = valueOf(field)
      return value === undefined ? [] : [[field, value]]
    }
  )
}
