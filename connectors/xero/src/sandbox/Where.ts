/** Xero's filter language, as far as clients use it: `Name=="Ada" AND IsCustomer==true OR UpdatedDateUTC>=DateTime(2026,11,20)`. */
import type { Fields } from "@syncline/core"
import { DateTime, Result } from "effect"
import * as Time from "../Time.ts"
import { isHash, type Json } from "./Json.ts"

type Matches = (record: Fields) => boolean

const token =
  /\s*(?:("(?:\\.|[^"\\])*")|(DateTime\(\s*[\d,\s]+\))|(Guid\("[^"]*"\))|(==|!=|>=|<=|>|<|&&|\|\|)|([A-Za-z][\w.]*)|(-?\d+(?:\.\d+)?))/y

/** Fails with Xero's complaint. */
export const parse = (text: string, known: ReadonlySet<string>): Result.Result<Matches, string> => {
  const tokens: Array<string> = []
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const at = token.lastIndex
    const found = token.exec(text)
    if (found === null) return Result.fail(`Syntax error at index ${at}`)
    tokens.push(found[0].trim())
  }
  const any: Array<Array<Matches>> = [[]]
  for (let index = 0; index < tokens.length; index += 4) {
    const [field = "", operator = "", value = "", joint] = tokens.slice(index, index + 4)
    if (!known.has(field.split(".")[0] ?? "")) return Result.fail(`No property or field '${field}' exists in type`)
    const wanted = literal(value)
    if (wanted === undefined || !/^[=!<>]/.test(operator)) return Result.fail(`Expression expected near '${field}'`)
    any.at(-1)?.push((record) => holds(at(record, field), operator, wanted))
    if (joint === undefined) break
    if (/^(or|\|\|)$/i.test(joint)) any.push([])
    else if (!/^(and|&&)$/i.test(joint)) return Result.fail(`Syntax error near '${joint}'`)
  }
  return Result.succeed((record) => any.some((all) => all.length > 0 && all.every((matches) => matches(record))))
}

const literal = (text: string): string | number | boolean | undefined => {
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll(/\\(.)/g, "$1")
  const guid = /^Guid\("([^"]*)"\)$/.exec(text)?.[1]
  if (guid !== undefined) return guid
  const date = /^DateTime\(([\d,\s]+)\)$/.exec(text)?.[1]?.split(",").map(Number)
  if (date !== undefined) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = date
    return DateTime.toEpochMillis(DateTime.makeUnsafe({ year, month, day, hour, minute, second }))
  }
  if (text === "true" || text === "false") return text === "true"
  return /^-?\d/.test(text) ? Number(text) : undefined
}

const at = (record: Fields, path: string): Json | undefined =>
  path.split(".").reduce<Json | undefined>((value, name) => (isHash(value) ? value[name] : undefined), record)

const holds = (found: Json | undefined, operator: string, wanted: string | number | boolean): boolean => {
  const value = typeof wanted === "number" && typeof found === "string" ? (Time.ms(found) ?? 0) : (found ?? "")
  switch (operator) {
    case "==":
      return value === wanted
    case "!=":
      return value !== wanted
    case ">=":
      return value >= wanted
    case "<=":
      return value <= wanted
    case ">":
      return value > wanted
    default:
      return value < wanted
  }
}
