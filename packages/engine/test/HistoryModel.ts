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
  if (acts.bases.get(field) === written) acts.values.delete(field)
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
}

/** Both sides have been synced with nobody writing meanwhile. `isExact`: nothing else moved, so one ending is right where the rules say so. */
export const settle = (story: Story, { asksForFields, strategy }: Rules, isExact: boolean, isShaky: boolean): void => {
  const { source, target } = story.acts
  const isEdited = { source: source.values.size > 0, target: target.values.size > 0 }
  const isContested = [...source.values].some(([field, value]) => {
    const other = target.values.get(field)
    return other !== undefined && other !== value
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
    if (strategy === "merge" && field === "tags" && (written.length === 2 || isOpen)) story.candidates.delete(field)
    else if (before === undefined && isOpen) continue
    else if (isOpen || source.isDeleted || target.isDeleted)
      story.candidates.set(field, new Set([...(before ?? []), ...written]))
    else if (mine === undefined || theirs === undefined || (strategy !== "source_wins" && strategy !== "target_wins"))
      story.candidates.set(field, new Set(written))
    else story.candidates.set(field, new Set([strategy === "source_wins" ? mine : theirs]))
  }
  if (source.isDeleted || target.isDeleted) story.lives = endOf(story, strategy, isAgainstDelete, isOpen || isShaky)
  for (const side of Side.Side.literals) {
    story.acts[side].values.clear()
    story.acts[side].bases.clear()
    story.acts[side].isDeleted = false
    story.acts[side].written = 0
  }
}

const endOf = (
  { acts, isAsked }: Story,
  strategy: Rules["strategy"],
  isAgainstDelete: boolean,
  isOpen: boolean
): Story["lives"] => {
  if (acts.source.isDeleted && acts.target.isDeleted) return "no"
  if (!isAgainstDelete) return isOpen ? "maybe" : "no"
  if (isOpen || isAsked || strategy === "last_write_wins" || strategy === "manual") return "maybe"
  if (strategy === "merge") return "yes"
  return (strategy === "source_wins") === acts.source.isDeleted ? "no" : "yes"
}
