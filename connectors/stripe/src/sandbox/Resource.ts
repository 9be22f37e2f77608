/** What one kind of record can be asked to do, and how its changes are written down. */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { hash, isHash, type Json, merged, text } from "./Json.ts"
import type { Profile } from "./Options.ts"
import type { Parameters } from "./Parameters.ts"
import type { Entity } from "./Plan.ts"
import { missing, type Refusal } from "./Refusal.ts"

/** A record before and after; `events` are the types of the events it makes, in order. `after` is null when it is gone. */
export interface Change {
  readonly entity: Entity
  readonly id: string
  readonly before: Fields | null
  readonly after: Fields | null
  readonly events: ReadonlyArray<string>
}

export interface Outcome {
  readonly answer: Fields
  readonly changes: ReadonlyArray<Change>
}

/** The account as an execution sees it. */
export interface View {
  readonly nowSeconds: number
  readonly profile: Profile
  readonly find: (entity: Entity, id: string) => Fields | undefined
  /** Looks at every record of the kind: for rules that concern records which point here. */
  readonly where: (entity: Entity, matches: (record: Fields) => boolean) => ReadonlyArray<Fields>
  /** Also of records that are gone. */
  readonly isKnown: (entity: Entity, id: string) => boolean
  readonly newId: (prefix: string, isLong: boolean) => string
}

export type Answer = Result.Result<Outcome, Refusal>

export interface Create {
  readonly parameters: Parameters
  readonly required: ReadonlyArray<string>
  readonly run: (given: Fields, view: View) => Answer
}

/** An update, a removal or a named command on one record. */
export interface Action {
  readonly parameters: Parameters
  readonly run: (record: Fields, given: Fields, view: View) => Answer
}

export interface Resource {
  readonly entity: Entity
  /** Below `/v1/`. */
  readonly path: string
  readonly create: Create
  readonly update: Action
  /** DELETE of the record. */
  readonly remove?: Action
  /** POST below the record: `finalize`. */
  readonly commands: Readonly<Record<string, Action>>
  /** What lists may be filtered by, besides `created`. */
  readonly filters: Parameters
  /** Whether a list with these filters shows the record; absent filters show it. Undefined: every record is shown. */
  readonly shows: (filters: Fields) => ((record: Fields) => boolean) | undefined
  /** What an id answers after its record was deleted: a stub, or 404. */
  readonly stubAfterDelete: boolean
}

/** A record with the given values: metadata key by key, hashes by the profile, everything else replaced. */
export const applied = (record: Fields, given: Fields, profile: Profile): Fields => {
  const next: Record<string, Json> = { ...record }
  for (const [name, value] of Object.entries(given)) {
    if (name === "expand") continue
    const old = record[name]
    next[name] =
      name === "metadata"
        ? withMetadata(hash(record, name), value)
        : isHash(value) && isHash(old) && profile.hashes === "merged"
          ? merged(old, value)
          : value
  }
  return next
}

/** Keys that were not sent stay, an empty value removes its key, nothing at all removes every key. */
export const withMetadata = (old: Fields, given: Json): Fields =>
  isHash(given)
    ? Object.fromEntries(Object.entries(merged(old, given)).filter(([, value]) => value !== null && value !== ""))
    : {}

/** A filter on fields that must equal what was asked. */
export const equal = (filters: Fields, ...names: ReadonlyArray<string>): ((record: Fields) => boolean) | undefined => {
  const asked = names.filter((name) => filters[name] !== undefined)
  return asked.length === 0 ? undefined : (record) => asked.every((name) => record[name] === filters[name])
}

/** The record that a parameter points at, if it was given. */
export const referenced = (
  given: Fields,
  param: string,
  entity: Entity,
  view: View
): Result.Result<Fields | null, Refusal> => {
  const id = given[param]
  if (typeof id !== "string") return Result.succeed(null)
  const found = view.find(entity, id)
  return found === undefined ? Result.fail(missing(entity, id, param, 400)) : Result.succeed(found)
}

export const changed = (
  entity: Entity,
  before: Fields | null,
  after: Fields,
  ...events: ReadonlyArray<string>
): Change => ({
  entity,
  id: text(after, "id"),
  before,
  after,
  events
})

/** The answer is the record of the first change. */
export const done = (...changes: readonly [Change, ...ReadonlyArray<Change>]): Answer =>
  Result.succeed({ answer: changes[0].after ?? {}, changes })

/** What remains visible of a record that was deleted. */
export const stub = (object: string, id: string): Fields => ({ id, object, deleted: true })
