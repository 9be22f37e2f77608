/** List answers: newest first, by cursor. https://docs.stripe.com/api/pagination */
import type { Fields } from "@syncline/core"
import { Pages, type Records, type Wire } from "@syncline/connector/sandbox"
import { Result } from "effect"
import * as Expand from "./Expand.ts"
import { isHash, type Json } from "./Json.ts"
import type { Profile } from "./Options.ts"
import { invalidValue, missing, type Refusal } from "./Refusal.ts"
import { shown } from "./Ledger.ts"

export interface Asked {
  /** The parameters of the request, read. */
  readonly given: Fields
  readonly url: string
  readonly object: string
  readonly records: Records.Records<Fields>
  /** Where to look at all. */
  readonly range: Pages.Range
  readonly shows: ((record: Fields) => boolean) | undefined
  readonly find: Expand.Find
  readonly profile: Profile
  /** Says that no page is followed by another. */
  readonly hidesMore: boolean
}

/** A page, as the body of its answer. */
export const page = (asked: Asked): Result.Result<Body, Refusal> =>
  Result.gen(function* () {
    const { given, records, shows } = asked
    const limit = yield* limitOf(given)
    const after = yield* cursor(asked, "starting_after")
    const before = yield* cursor(asked, "ending_before")
    const { low, high } = created(given["created"], asked)
    const isShown = (position: number): boolean => {
      if (shows === undefined) return records.isLive(position)
      const record = records.at(position)
      return record !== undefined && shows(record)
    }
    const { positions, hasMore: isFollowed } =
      before === undefined
        ? Pages.newest({ low, high: Math.min(high, after ?? high) }, limit, isShown)
        : Pages.oldest({ low: Math.max(low, before + 1), high }, limit, isShown)
    const hasMore = isFollowed && !asked.hidesMore
    const paths = given["expand"]
    if (!Array.isArray(paths) || paths.length === 0) {
      return whole(positions.map(records.bytesAt), hasMore, asked.url)
    }
    const data = positions.flatMap((position): ReadonlyArray<Json> => {
      const record = records.at(position)
      return record === undefined ? [] : [shown(record)]
    })
    const expanded = yield* Expand.expanded({ data }, data.length === 0 ? [] : paths, asked.find)
    return envelope(JSON.stringify(expanded["data"]).slice(1, -1), hasMore, asked.url)
  })

export type Body = Wire.Reply["body"]

const start = Buffer.from(`{"object":"list","data":[`)
const comma = Buffer.from(",")

/** The envelope around members that are bytes already. */
const whole = (members: ReadonlyArray<Uint8Array>, hasMore: boolean, url: string): Body => {
  const end = Buffer.from(`],"has_more":${hasMore},"url":${JSON.stringify(url)}}`)
  const separated = members.flatMap((member, index) => (index === 0 ? [member] : [comma, member]))
  return Buffer.concat([start, ...separated, end])
}

const envelope = (data: string, hasMore: boolean, url: string): string =>
  `{"object":"list","data":[${data}],"has_more":${hasMore},"url":${JSON.stringify(url)}}`

const limitOf = (given: Fields): Result.Result<number, Refusal> => {
  const limit = given["limit"] ?? 10
  return typeof limit === "number" && limit <= 100
    ? Result.succeed(limit)
    : Result.fail(invalidValue("limit", "This value must be less than or equal to 100.", "parameter_invalid_integer"))
}

const cursor = (
  { given, records, object, profile }: Asked,
  name: string
): Result.Result<number | undefined, Refusal> => {
  const id = given[name]
  if (typeof id !== "string") return Result.succeed(undefined)
  const position = records.positionOf(id)
  const isAccepted = position >= 0 && (profile.cursorOfDeleted === "accepted" || records.isLive(position))
  return isAccepted ? Result.succeed(position) : Result.fail(missing(object, id, name, 400))
}

/** The positions whose `created` lies within the filter. */
const created = (filter: Json | undefined, { records, range }: Asked): Pages.Range => {
  const atLeast = (seconds: number) => Pages.firstAtLeast(records.size(), records.instantAt, seconds)
  let { low, high } = range
  if (typeof filter === "number")
    return { low: Math.max(low, atLeast(filter)), high: Math.min(high, atLeast(filter + 1)) }
  if (!isHash(filter)) return range
  const { gt, gte, lt, lte } = filter
  if (typeof gt === "number") low = Math.max(low, atLeast(gt + 1))
  if (typeof gte === "number") low = Math.max(low, atLeast(gte))
  if (typeof lt === "number") high = Math.min(high, atLeast(lt))
  if (typeof lte === "number") high = Math.min(high, atLeast(lte + 1))
  return { low, high }
}

/** A page of a list that lives inside a record, in its own order. */
export const nested = (
  given: Fields,
  members: ReadonlyArray<Fields>,
  object: string,
  url: string
): Result.Result<string, Refusal> =>
  Result.gen(function* () {
    const limit = yield* limitOf(given)
    const after = yield* place(given, members, object, "starting_after")
    const before = yield* place(given, members, object, "ending_before")
    const rest = before === undefined ? members.slice((after ?? -1) + 1) : members.slice(0, before)
    const shown = before === undefined ? rest.slice(0, limit) : rest.slice(-limit)
    return envelope(shown.map((member) => JSON.stringify(member)).join(","), rest.length > shown.length, url)
  })

const place = (
  given: Fields,
  members: ReadonlyArray<Fields>,
  object: string,
  name: string
): Result.Result<number | undefined, Refusal> => {
  const id = given[name]
  if (typeof id !== "string") return Result.succeed(undefined)
  const index = members.findIndex((member) => member["id"] === id)
  return index < 0 ? Result.fail(missing(object, id, name, 400)) : Result.succeed(index)
}
