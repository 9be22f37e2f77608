/** HubSpot's search: groups of filters, one order, pages by offset up to a cap. https://developers.hubspot.com/docs/api-reference/search/guide */
import type { Fields } from "@syncline/core"
import { DateTime, Option, Result } from "effect"
import type { Shape } from "../Kind.ts"
import { type Kept, valueOf } from "./Crm.ts"
import { isHash, list, text, texts } from "./Json.ts"
import type { Profile } from "./Options.ts"

/** Text as a number where it is one, or a moment. */
const ordered = (value: string): number => {
  if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value)
  return /^\d{4}-\d\d-\d\dT/.test(value)
    ? Option.getOrElse(Option.map(DateTime.make(value), DateTime.toEpochMillis), () => Number.NaN)
    : Number.NaN
}

/** Null: there is no such operator. */
const matches = (filter: Fields, has: string): boolean | null => {
  const wanted = text(filter, "value")
  const compare = ordered(has) - ordered(wanted)
  // Lists compare with the text in lower case, whatever they hold themselves.
  const isIn = texts(filter["values"] ?? []).includes(has.toLowerCase())
  switch (text(filter, "operator")) {
    case "EQ":
      return has.toLowerCase() === wanted.toLowerCase()
    case "NEQ":
      return has.toLowerCase() !== wanted.toLowerCase()
    case "LT":
      return compare < 0
    case "LTE":
      return compare <= 0
    case "GT":
      return compare > 0
    case "GTE":
      return compare >= 0
    case "BETWEEN":
      return compare >= 0 && ordered(has) <= ordered(text(filter, "highValue"))
    case "IN":
      return has !== "" && isIn
    case "NOT_IN":
      return has !== "" && !isIn
    case "HAS_PROPERTY":
      return has !== ""
    case "NOT_HAS_PROPERTY":
      return has === ""
    case "CONTAINS_TOKEN":
      return has.toLowerCase().includes(wanted.toLowerCase().replaceAll("*", ""))
    case "NOT_CONTAINS_TOKEN":
      return !has.toLowerCase().includes(wanted.toLowerCase().replaceAll("*", ""))
    default:
      return null
  }
}

export interface Found {
  readonly total: number
  readonly records: ReadonlyArray<Kept>
  readonly after: string | null
}

export const search = (
  shape: Shape,
  records: ReadonlyArray<Kept>,
  body: Fields,
  { searchCap, searchPage }: Pick<Profile, "searchCap" | "searchPage">
): Result.Result<Found, string> => {
  const groups = list(body, "filterGroups").map((group) => list(group, "filters"))
  const limit = Number(text(body, "limit") || "10")
  const offset = Number(text(body, "after") || "0")
  if (!Number.isInteger(limit) || limit < 1 || limit > searchPage)
    return Result.fail(`The 'limit' must be between 1 and ${searchPage}.`)
  if (offset + limit > searchCap)
    return Result.fail(`The total number of results is limited to ${searchCap}; paging past it is not supported.`)
  if (groups.length > 5 || groups.some((filters) => filters.length > 6)) return Result.fail("Too many filters.")
  const operators = groups.flat().filter((filter) => matches(filter, "") === null)
  if (operators.length > 0) return Result.fail(`Invalid operator: ${text(operators[0] ?? {}, "operator")}`)
  const isMeant = (kept: Kept) => (filter: Fields) =>
    matches(filter, valueOf(shape, kept, text(filter, "propertyName"))) === true
  const found = records.filter((kept) => groups.length === 0 || groups.some((filters) => filters.every(isMeant(kept))))
  const [sort] = Array.isArray(body["sorts"]) ? body["sorts"] : []
  const by = isHash(sort)
    ? text(sort, "propertyName")
    : typeof sort === "string"
      ? sort.replace(/^-/, "")
      : "createdate"
  const isDown = isHash(sort)
    ? text(sort, "direction") === "DESCENDING"
    : typeof sort === "string" && sort.startsWith("-")
  // Records come in order of their ids.
  const inOrder =
    by === "hs_object_id" && !isDown
      ? found
      : found.toSorted((one, other) => {
          const [left, right] = [valueOf(shape, one, by), valueOf(shape, other, by)]
          const difference = ordered(left) - ordered(right)
          const order = Number.isNaN(difference) ? left.localeCompare(right) : difference
          return isDown ? -order : order
        })
  const end = offset + limit
  return Result.succeed({
    total: found.length,
    records: inOrder.slice(offset, end),
    after: end < found.length ? String(end) : null
  })
}
