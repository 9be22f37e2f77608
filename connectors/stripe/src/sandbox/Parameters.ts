/** What a request may say: names, kinds and limits as data, and the reading of sent text by them. */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import type { Hash, Tree } from "./Form.ts"
import type { Json } from "./Json.ts"
import { invalidValue, missingParameter, notModelled, type Refusal, unknownParameter } from "./Refusal.ts"

export type Parameter =
  /** `clears`: the empty string unsets it. */
  | { readonly kind: "text"; readonly clears: boolean; readonly most: number }
  | { readonly kind: "email" }
  | { readonly kind: "currency" }
  | { readonly kind: "integer"; readonly least?: number; readonly clears: boolean }
  | { readonly kind: "decimal" }
  | { readonly kind: "boolean" }
  | { readonly kind: "choice"; readonly of: ReadonlyArray<string>; readonly clears: boolean }
  | {
      readonly kind: "hash"
      readonly of: Parameters
      readonly required: ReadonlyArray<string>
      readonly clears: boolean
    }
  | { readonly kind: "list"; readonly of: Parameter; readonly most: number }
  | { readonly kind: "metadata" }
  /** An integer, or a hash of gt, gte, lt, lte. */
  | { readonly kind: "range" }
  /** Stripe takes it, the sandbox does not. */
  | { readonly kind: "unmodelled" }

export type Parameters = { readonly [name: string]: Parameter }

/** Text that the empty string clears. */
export const text: Parameter = { kind: "text", clears: true, most: 5000 }
/** Text that cannot be unset. */
export const solidText: Parameter = { kind: "text", clears: false, most: 5000 }
export const email: Parameter = { kind: "email" }
export const currency: Parameter = { kind: "currency" }
export const integer: Parameter = { kind: "integer", clears: true }
export const amount: Parameter = { kind: "integer", least: 0, clears: false }
export const decimal: Parameter = { kind: "decimal" }
export const boolean: Parameter = { kind: "boolean" }
export const metadata: Parameter = { kind: "metadata" }
export const range: Parameter = { kind: "range" }
export const choice = (...of: ReadonlyArray<string>): Parameter => ({ kind: "choice", of, clears: false })
export const hash = (of: Parameters, required: ReadonlyArray<string> = []): Parameter => ({
  kind: "hash",
  of,
  required,
  clears: true
})
export const list = (of: Parameter, most = 100): Parameter => ({ kind: "list", of, most })
export const unmodelled = (...names: ReadonlyArray<string>): Parameters =>
  Object.fromEntries(names.map((name) => [name, { kind: "unmodelled" }]))

/** Every request may ask for expansion. */
export const expand: Parameters = { expand: list(solidText) }

/** The parameters of every list. */
export const paging: Parameters = {
  ...expand,
  limit: { kind: "integer", least: 1, clears: false },
  starting_after: solidText,
  ending_before: solidText,
  created: range
}

export const address: Parameter = hash({
  city: text,
  country: text,
  line1: text,
  line2: text,
  postal_code: text,
  state: text
})

/** The values of the parameters that were sent; null is one to clear. */
export const read = (
  sent: Hash,
  of: Parameters,
  required: ReadonlyArray<string>,
  within = ""
): Result.Result<Fields, Refusal> => {
  const values: Record<string, Json> = {}
  for (const [name, tree] of sent) {
    const path = within === "" ? name : `${within}[${name}]`
    const parameter = Object.hasOwn(of, name) ? of[name] : undefined
    if (parameter === undefined) return Result.fail(unknownParameter(path))
    const value = readOne(tree, parameter, path)
    if (Result.isFailure(value)) return Result.fail(value.failure)
    values[name] = value.success
  }
  const absent = required.find((name) => (values[name] ?? null) === null)
  if (absent !== undefined) return Result.fail(missingParameter(within === "" ? absent : `${within}[${absent}]`))
  return Result.succeed(values)
}

const readOne = (tree: Tree, parameter: Parameter, path: string): Result.Result<Json, Refusal> => {
  switch (parameter.kind) {
    case "unmodelled":
      return Result.fail(notModelled(path))
    case "metadata":
      return readMetadata(tree, path)
    case "range":
      return typeof tree === "string"
        ? readOne(tree, integer, path)
        : read(tree, { gt: integer, gte: integer, lt: integer, lte: integer }, [], path)
    case "hash":
      if (typeof tree !== "string") return read(tree, parameter.of, parameter.required, path)
      return tree === "" && parameter.clears ? Result.succeed(null) : Result.fail(invalidValue(path, "Invalid object"))
    case "list":
      return readList(tree, parameter.of, parameter.most, path)
    default:
      return typeof tree === "string"
        ? readText(tree, parameter, path)
        : Result.fail(invalidValue(path, "Invalid string: must be a string"))
  }
}

const readList = (tree: Tree, of: Parameter, most: number, path: string): Result.Result<Json, Refusal> => {
  if (typeof tree === "string")
    return tree === "" ? Result.succeed([]) : Result.fail(invalidValue(path, "Invalid array"))
  if (tree.size > most)
    return Result.fail(invalidValue(path, `Array ${path} exceeded maximum ${most} allowed elements.`))
  const values: Array<Json> = []
  for (const [key, inner] of [...tree].sort(([one], [other]) => Number(one) - Number(other))) {
    const value = readOne(inner, of, `${path}[${key}]`)
    if (Result.isFailure(value)) return value
    values.push(value.success)
  }
  return Result.succeed(values)
}

/** https://docs.stripe.com/api/metadata: 50 keys of 40 characters, values of 500. */
const readMetadata = (tree: Tree, path: string): Result.Result<Json, Refusal> => {
  if (typeof tree === "string")
    return tree === "" ? Result.succeed(null) : Result.fail(invalidValue(path, "Invalid object"))
  if (tree.size > 50) return Result.fail(invalidValue(path, "Metadata can have at most 50 keys."))
  const values: Record<string, string> = {}
  for (const [key, value] of tree) {
    if (typeof value !== "string") return Result.fail(invalidValue(path, "Metadata values must be strings."))
    if (key.length > 40)
      return Result.fail(
        invalidValue(path, `Metadata keys can have up to 40 characters, but you passed in a key that is ${key.length}.`)
      )
    if (value.length > 500)
      return Result.fail(
        invalidValue(
          path,
          `Metadata values can have up to 500 characters, but you passed in a value that is ${value.length} characters.`
        )
      )
    values[key] = value
  }
  return Result.succeed(values)
}

type TextParameter = Exclude<Parameter, { readonly kind: "hash" | "list" | "metadata" | "range" | "unmodelled" }>

const readText = (sent: string, parameter: TextParameter, path: string): Result.Result<Json, Refusal> => {
  const clears = parameter.kind === "email" || ("clears" in parameter && parameter.clears)
  if (sent === "") {
    return clears
      ? Result.succeed(null)
      : Result.fail(
          invalidValue(
            path,
            `You passed an empty string for '${path}'. We assume empty values are an attempt to unset a parameter; however '${path}' cannot be unset. You should remove '${path}' from your request or supply a non-empty value.`,
            "parameter_invalid_empty"
          )
        )
  }
  switch (parameter.kind) {
    case "text":
      return sent.length <= parameter.most
        ? Result.succeed(sent)
        : Result.fail(invalidValue(path, `Invalid string: ${path} must be at most ${parameter.most} characters`))
    case "email":
      return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/u.test(sent)
        ? Result.succeed(sent)
        : Result.fail(invalidValue(path, `Invalid email address: ${sent}`, "email_invalid"))
    case "currency":
      return /^[a-z]{3}$/i.test(sent)
        ? Result.succeed(sent.toLowerCase())
        : Result.fail(invalidValue(path, `Invalid currency: ${sent}.`))
    case "integer":
      return readInteger(sent, parameter.least, path)
    case "decimal":
      return /^-?\d+(\.\d{1,12})?$/.test(sent)
        ? Result.succeed(sent)
        : Result.fail(invalidValue(path, `Invalid decimal: ${sent}`))
    case "boolean":
      return sent === "true" || sent === "false"
        ? Result.succeed(sent === "true")
        : Result.fail(invalidValue(path, `Invalid boolean: ${sent}`))
    case "choice":
      return parameter.of.includes(sent)
        ? Result.succeed(sent)
        : Result.fail(invalidValue(path, `Invalid ${path}: must be one of ${parameter.of.join(", ")}`))
  }
}

const readInteger = (sent: string, least: number | undefined, path: string): Result.Result<Json, Refusal> => {
  const value = /^-?\d{1,15}$/.test(sent) ? Number(sent) : undefined
  if (value === undefined)
    return Result.fail(invalidValue(path, `Invalid integer: ${sent}`, "parameter_invalid_integer"))
  return least !== undefined && value < least
    ? Result.fail(
        invalidValue(path, `This value must be greater than or equal to ${least}.`, "parameter_invalid_integer")
      )
    : Result.succeed(value)
}
