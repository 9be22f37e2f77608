/** Where a field is in a record: `email`, `address.city`. Each name is one of an object's; lists are not entered. */
import { Result, type Schema } from "effect"
import type { Fields } from "./Fields.ts"

/** The names on the way to a field, outermost first. Never empty. */
export type FieldPath = ReadonlyArray<string>

// Writing below these would change every object of the process.
const unsafeNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

/** The names of a dotted path. Fails with what is wrong with it. */
export const parse = (path: string): Result.Result<FieldPath, string> => {
  const names = path.split(".")
  if (names.includes("")) return Result.fail(`"${path}" is not a field's path; write it as "address.city"`)
  const unsafe = names.find((name) => unsafeNames.has(name))
  return unsafe === undefined
    ? Result.succeed(names)
    : Result.fail(`"${path}" is refused, because "${unsafe}" is no field of a record`)
}

export const isObject = (json: Schema.Json): json is { readonly [name: string]: Schema.Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** The value there; undefined: absent. Below a null everything is null, since clearing an address clears its city. */
export const valueAt = (record: Fields, names: FieldPath): Schema.Json | undefined => {
  let value: Schema.Json = record
  for (const name of names) {
    if (value === null) return null
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
    const next: Schema.Json | undefined = value[name]
    if (next === undefined) return undefined
    value = next
  }
  return value
}

/**
 * The record with the value there; everything beside it stays. Null below a null changes nothing, since it is null already. Fails
 * with what is wrong where something that is no object would have to give way.
 */
export const withValue = (
  record: Fields,
  [name = "", ...below]: FieldPath,
  value: Schema.Json
): Result.Result<Fields, string> => {
  if (below.length === 0) return Result.succeed({ ...record, [name]: value })
  const inner = Object.hasOwn(record, name) ? record[name] : undefined
  if (value === null && inner !== undefined && !isObject(inner)) return Result.succeed(record)
  if (inner !== undefined && inner !== null && !isObject(inner))
    return Result.fail(`cannot be written, because "${name}" is no object there`)
  return Result.map(withValue(inner ?? {}, below, value), (written) => ({ ...record, [name]: written }))
}

/** Whether one of them is the other or lies within it, so that writing one writes the other. */
export const overlap = (one: FieldPath, other: FieldPath): boolean =>
  one.slice(0, other.length).every((name, index) => name === other[index])
