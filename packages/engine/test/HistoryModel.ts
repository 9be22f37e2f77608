/** What a record's history may end in: which values each field may have, and whether the record may be there. Pure. */
import { Side } from "@syncline/core"
import type { Schema } from "effect"
import { type Field, fields } from "./HistoryWorld.ts"

export type Value = Schema.Json | undefined

/** What users did to a record at one side since both sides were last made the same. */
interface Acts {
  readonly values: Map<Field, string>
  /** What each of them was before: one that is again what it was is no edit. */
  readonly bases: Map<Field, string>
  isDeleted: boolean
  written: number
}

export interface Written {
  readonly side: Side.Side
  readonly field: Field
  readonly value: string
  /** Whoever wrote it deleted the record before anyone else saw it. */
  isWithdrawn: boolean
}

export interface Story {
  readonly birth: string
  /** What a person would tell of it. */
  readonly tale: Array<string>
  /** Values of which one has to be there in the end; a field that is not here may have any. */
  readonly candidates: Map<Field, Set<string>>
  readonly written: Array<Written>
  lives: "yes" | "no" | "maybe"
  /** It was made while it is told of, at this side. */
  bornAt: Side.Side
  /** A person has been asked, so more than one ending is right. */
  isAsked: boolean
  readonly acts: Readonly<Record<Side.Side, Acts>>
}

const noActs = (): Acts => ({ values: new Map(), bases: new Map(), isDeleted: false, written: 0 })

export const begin = (birth: string, side: Side.Side): Story => ({
  birth,
  tale: [],
  candidates: new Map(fields.map((field) => [field, new Set([canonical(field, null)])])),
  written: [],
  lives: "yes",
  bornAt: side,
  isAsked: false,
  acts: { source: noActs(), target: noActs() }
})

/** A value in the form that both sides' habits make of it. */
export const canonical = (field: Field, value: Value): string => {
  const text = value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)
  switch (field) {
    case "name":
      return text.trim()
    case "email":
      return text.trim().toLowerCase()
    case "amount":
      return text === "" ? "" : Number(text).toFixed(2)
    case "status":
      return text === "" ? "new" : text
    case "tags":
      return Array.isArray(value) ? value.map(String).toSorted().join(" ") : ""
    default:
      return text
  }
}

export const write = (story: Story, side: Side.Side, field: Field, before: Value, value: Value): void => {
  const written = canonical(field, value)
  const acts = story.acts[side]
  if (!acts.bases.has(field)) acts.bases.set(field, canonical(field, before))
  // The target keeps a status that is empty; at the source it becomes the first one again.
  const isCleared = field === "status" && side === "target" && (value === null) !== (before === null)
  if (acts.bases.get(field) === written && !isCleared) acts.values.delete(field)
  else acts.values.set(field, written)
  story.written.push({ side, field, value: written, isWithdrawn: false })
  story.acts[side].written++
}

export const remove = (story: Story, side: Side.Side): void => {
  const acts = story.acts[side]
  acts.isDeleted = true
  if (acts.written === 0) return
  for (const each of story.written.filter((each) => each.side === side).slice(-acts.written)) each.isWithdrawn = true
}

export interface Rules {
  readonly strategy: "source_wins" | "target_wins" | "last_write_wins" | "merge" | "manual"
  readonly asksForFields: boolean
  /** The tables tell when a record changed; else it counts from when it was first seen. */
  readonly isTimed: boolean
}

/** How a record was when both sides were synced with nobody writing meanwhile. */
export interface Moment {
  /** Nothing else moved, so one ending is right where the rules say so. */
  readonly isExact: boolean
  /** A record that it refers to was deleted. */
  readonly isShaky: boolean
  /** Where the record changed last, as far as the rules can know: where it was first seen later, or what the tables tell. */
  readonly later: Side.Side
}

export const settle = (story: Story, rules: Rules, moment: Moment): void => {
  const { asksForFields, strategy } = rules
  const { isExact, isShaky } = moment
  const { source, target } = story.acts
  const isEdited = { source: source.values.size > 0, target: target.values.size > 0 }
  const isContested = [...source.values].some(([field, value]) => {
    const other = target.values.get(field)
    return other !== undefined && other !== value && !(strategy === "merge" && field === "tags")
  })
  const isAgainstDelete =
    source.isDeleted !== target.isDeleted && (isEdited[source.isDeleted ? "target" : "source"] || isShaky)
  // Where a record that it refers to is deleted, a side forgets the reference by itself, which may meet another's edit.
  if (((isContested || isShaky) && asksForFields) || (isAgainstDelete && strategy === "manual")) story.isAsked = true
  const isOpen = story.isAsked || !isExact
  for (const field of fields) {
    const mine = source.values.get(field)
    const theirs = target.values.get(field)
    if (mine === undefined && theirs === undefined) continue
    const written = [mine, theirs].flatMap((value) => value ?? [])
    const before = story.candidates.get(field)
    const isMerged = strategy === "merge" && field === "tags" && mine !== undefined && theirs !== undefined
    const merged = isMerged && !isOpen && !isShaky ? mergedTags(story) : null
    if (merged !== null && !source.isDeleted && !target.isDeleted) story.candidates.set(field, new Set([merged]))
    else if (strategy === "merge" && field === "tags" && (isMerged || isOpen)) story.candidates.delete(field)
    else if (before === undefined && (isOpen || source.isDeleted || target.isDeleted)) continue
    else if (isOpen || source.isDeleted || target.isDeleted)
      story.candidates.set(field, new Set([...(before ?? []), ...written]))
    else {
      // A side may have forgotten the reference that its user wrote before anyone saw it.
      const isForgotten = isShaky && (field === "company" || field === "manager")
      const winner = mine === undefined || theirs === undefined || isForgotten ? null : winnerOf(story, rules, moment)
      story.candidates.set(
        field,
        new Set(winner === null ? written : [winner === "source" ? mine : theirs].flatMap(some))
      )
    }
  }
  if (source.isDeleted || target.isDeleted) story.lives = endOf(story, rules, isAgainstDelete, isOpen || isShaky)
  for (const side of Side.Side.literals) {
    story.acts[side].values.clear()
    story.acts[side].bases.clear()
    story.acts[side].isDeleted = false
    story.acts[side].written = 0
  }
}

const some = (value: string | undefined): ReadonlyArray<string> => (value === undefined ? [] : [value])

/** The side whose value of a field stays that both changed; null: either. */
const winnerOf = (story: Story, { asksForFields, isTimed, strategy }: Rules, { isShaky, later }: Moment) => {
  if (strategy === "source_wins") return "source"
  if (strategy === "target_wins") return "target"
  // A reference that a side forgets by itself makes its record a later one.
  return asksForFields || isShaky || (!isTimed && mayWait(story)) ? null : later
}

/** A record that may have waited for one that it refers to was seen again when that was over. */
const mayWait = ({ acts: { source, target } }: Story): boolean =>
  [source, target].some(({ values }) => (["company", "home", "manager"] as const).some((field) => values.has(field)))

/** What both sides' edits make of the tags: what either added is there, what either dropped is not. Null: they began from different ones. */
const mergedTags = ({ acts: { source, target } }: Story): string | null => {
  const base = source.bases.get("tags")
  if (base === undefined || base !== target.bases.get("tags")) return null
  const before = tagsOf(base)
  const mine = tagsOf(source.values.get("tags"))
  const theirs = tagsOf(target.values.get("tags"))
  const kept = [...new Set([...mine, ...theirs])].filter((tag) =>
    before.has(tag) ? mine.has(tag) && theirs.has(tag) : true
  )
  return kept.toSorted().join(" ")
}

const tagsOf = (canonical: string | undefined): ReadonlySet<string> =>
  new Set((canonical ?? "").split(" ").filter((tag) => tag !== ""))

const endOf = (
  story: Story,
  { isTimed, strategy }: Rules,
  isAgainstDelete: boolean,
  isOpen: boolean
): Story["lives"] => {
  const { acts, isAsked } = story
  if (acts.source.isDeleted && acts.target.isDeleted) return "no"
  if (!isAgainstDelete) return isOpen ? "maybe" : "no"
  if (isOpen || isAsked || strategy === "manual") return "maybe"
  // A deletion counts from when it was first seen: later than any edit that tells its time, and than what was seen before it.
  if (strategy === "last_write_wins" && !isTimed && mayWait(story)) return "maybe"
  if (strategy === "last_write_wins") return isTimed || acts.target.isDeleted ? "no" : "yes"
  if (strategy === "merge") return "yes"
  return (strategy === "source_wins") === acts.source.isDeleted ? "no" : "yes"
}
