/** Where a field is in a record: `email`, `address.city`. Each name is one of an object's; lists are not entered. */
import { Result, type Schema } from "effect"
import type { Fields } from "./Fields.ts"

// Writing below these would change every object of the process.
const unsafeNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

/** The names of a dotted path. Fails with what is wrong with it. */
export const parse = (path: string): Result.Result<ReadonlyArray<string>, string> => {
  const names = path.split(".")
  if (names.includes("")) return Result.fail(`"${path}" is not a field's path; write it as "address.city"`)
  const unsafe = names.find((name) => unsafeNames.has(name))
  return unsafe === undefined
    ? Result.succeed(names)
    : Result.fail(`"${path}" is refused, because "${unsafe}" is no field of a record`)
}

const isObject = (json: Schema.Json): json is { readonly [name: string]: Schema.Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** The value there; undefined: absent. Below a null everything is null, since clearing an address clears its city. */
export const valueAt = (record: Fields, names: ReadonlyArray<string>): Schema.Json | undefined => {
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
