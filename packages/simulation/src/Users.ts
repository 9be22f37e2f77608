/**
 * What the users of both systems do, as a list of steps: data, so that a failing history can be told with fewer of them. Records are named
 * by their birth, and values hold a token that no other value has, so a value that is lost, swapped or invented is proven to be.
 */
import { type Fields, Side } from "@syncline/core"
import type { Stream } from "./Seed.ts"
import * as Setting from "./Setting.ts"
import { type Being, layouts, type Meaning } from "./systems/Layout.ts"
import { isSame } from "./systems/Records.ts"
import type { Act, System } from "./systems/System.ts"

/**
 * What a user writes. A birth stands for the record it refers to, `cents` for an amount in whichever form the side has; a tag is put to
 * those that are there, or one of them is taken away.
 */
export type Value =
  | { readonly _tag: "Is"; readonly value: string | null }
  | { readonly _tag: "Cents"; readonly cents: string }
  | { readonly _tag: "Record"; readonly birth: string }
  | { readonly _tag: "Add"; readonly tag: string }
  | { readonly _tag: "Drop"; readonly at: number }
  /** What the field had before its last change there: somebody takes it back. */
  | { readonly _tag: "Former" }

export type Values = Readonly<Partial<Record<Meaning, Value>>>

interface Timed {
  /** The step's name in every telling, also when steps before it are left out. */
  readonly n: number
  /** After the history's beginning. */
  readonly atMs: number
}

export type Step = Timed &
  (
    | {
        readonly _tag: "Create"
        readonly side: Side.Side
        readonly being: Being
        readonly birth: string
        readonly set: Values
      }
    | {
        readonly _tag: "Edit"
        readonly side: Side.Side
        readonly being: Being
        readonly birth: string
        readonly set: Values
      }
    | { readonly _tag: "Remove"; readonly side: Side.Side; readonly being: Being; readonly birth: string }
    | {
        readonly _tag: "Merge"
        readonly side: Side.Side
        readonly being: Being
        readonly birth: string
        readonly into: string
      }
    | {
        readonly _tag: "Lock"
        readonly side: Side.Side
        readonly being: Being
        readonly birth: string
        readonly forMs: number
      }
    /** A person answers open conflicts: each with this probability, by choices that `choosing` decides. */
    | { readonly _tag: "Resolve"; readonly share: number; readonly choosing: number }
  )

export interface Size {
  readonly companies: number
  readonly people: number
  readonly steps: number
  /** When users begin: at once, or when what was there at first may have come to the other side. */
  readonly fromMs: number
  /** How long users are busy. */
  readonly forMs: number
  /** Within how long what belongs together is done, such as edits of one record at both sides. */
  readonly haste: number
}

const sides = ["source", "target"] as const

/** The steps of a history, in order of time. Those at zero are what the systems hold before the first sync. */
export const generate = (chance: Stream, setting: Setting.Setting, size: Size): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  const births: Record<Being, Array<string>> = { company: [], person: [] }
  const draw: Drawing = { chance, births, setting, haste: size.haste, token: 0 }
  const born = (atMs: number, being: Being) => {
    const birth = `${being === "company" ? "c" : "p"}${births[being].length + 1}`
    const set = valuesOf(draw, being, 0.7)
    births[being].push(birth)
    const at = sides.filter(() => setting.hasTwins && atMs === 0 && chance.chance(0.4))
    const where = at.length === 2 ? at : [chance.pick(sides)]
    for (const side of where)
      steps.push({
        _tag: "Create",
        n: steps.length,
        atMs,
        side,
        being,
        birth,
        set: side === "source" ? set : valuesOf(draw, being, 0.7)
      })
  }
  for (let count = 0; count < size.companies; count += 1) born(0, "company")
  for (let count = 0; count < size.people; count += 1) born(0, "person")
  // Users come in waves: several act on one record within seconds, then nobody for a while.
  let atMs = size.fromMs
  for (let count = 0; count < size.steps; count += 1) {
    atMs += chance.chance(0.6) ? chance.below(size.haste) : chance.below((2.5 * size.forMs) / size.steps)
    steps.push(...next(draw, steps.length, atMs))
    if (!chance.chance(0.12)) continue
    born(atMs, chance.chance(0.3) && setting.hasCompanies ? "company" : "person")
    steps.push(...welcome(draw, steps.length, atMs))
  }
  return steps.toSorted((one, other) => one.atMs - other.atMs || one.n - other.n)
}

interface Drawing {
  readonly chance: Stream
  readonly births: Readonly<Record<Being, Array<string>>>
  readonly setting: Setting.Setting
  readonly haste: number
  token: number
}

/** Somebody refers to who has just been made, before anybody else knows of it. */
const welcome = ({ births, chance, haste, setting }: Drawing, n: number, atMs: number): ReadonlyArray<Step> => {
  const [boss, company] = [births.person.at(-1), births.company.at(-1)]
  const set: Values = {
    ...(setting.hasBosses && boss !== undefined && { boss: { _tag: "Record", birth: boss } }),
    ...(setting.hasCompanies && company !== undefined && { company: { _tag: "Record", birth: company } })
  }
  const birth = hot(chance, births.person)
  const at = { n, atMs: atMs + chance.below(haste), side: chance.pick(sides), being: "person", birth } as const
  return Object.keys(set).length === 0 || !chance.chance(0.5) ? [] : [{ ...at, _tag: "Edit", set }]
}

const next = (draw: Drawing, n: number, atMs: number): ReadonlyArray<Step> => {
  const { births, chance, setting } = draw
  const being: Being = chance.chance(0.15) && setting.hasCompanies ? "company" : "person"
  const side = chance.pick(sides)
  const birth = hot(chance, births[being])
  const at = { n, atMs, side, being, birth }
  const lot = chance.next()
  if (lot < 0.05) return [{ n, atMs, _tag: "Resolve", share: 0.5, choosing: chance.below(1_000_000) }]
  if (lot < 0.14) return [{ ...at, _tag: "Remove" }]
  if (lot < 0.19) return [{ ...at, _tag: "Merge", into: hot(chance, births[being]) }]
  if (lot < 0.25) return [{ ...at, _tag: "Lock", forMs: 1000 + chance.below(90_000) }]
  const edit: Extract<Step, { readonly _tag: "Edit" }> = { ...at, _tag: "Edit", set: valuesOf(draw, being, 0.25) }
  const soon = { ...edit, n: n + 1, atMs: atMs + chance.below(draw.haste) }
  const other = Side.other(side)
  const later = { ...soon, atMs: atMs + chance.below(6000) }
  const second = chance.next()
  // Now and then the same record is edited at the other side in the same moment, or somebody gives it the same values there.
  if (second < 0.3) return [edit, { ...soon, side: other, set: valuesOf(draw, being, 0.25) }]
  if (second < 0.38) return [edit, { ...soon, side: other }]
  // Or somebody thinks better of it, or still better.
  if (second < 0.48) return [edit, { ...later, set: formerOf(edit.set) }]
  return second < 0.6 ? [edit, { ...later, set: otherOf(draw, edit.set) }] : [edit]
}

const otherOf = (draw: Drawing, set: Values): Values => {
  const meanings: ReadonlyArray<Meaning> = [...layouts.source.person.fields].flatMap(({ meaning }) =>
    Object.hasOwn(set, meaning) ? [meaning] : []
  )
  return Object.fromEntries(meanings.map((meaning) => [meaning, valueOf(draw, meaning)]))
}

/** Whom a record referred to may be gone by then. */
const formerOf = (set: Values): Values =>
  Object.fromEntries(
    Object.entries(set).flatMap(([meaning, { _tag }]) => (_tag === "Record" ? [] : [[meaning, { _tag: "Former" }]]))
  )

/** Some records are touched much more often than others. */
const hot = (chance: Stream, births: ReadonlyArray<string>): string =>
  births[Math.floor(chance.next() ** 2 * births.length)] ?? "c1"

const meanings: Readonly<Record<Being, ReadonlyArray<Meaning>>> = {
  company: ["name", "note"],
  person: ["name", "mail", "phone", "amount", "tags", "company", "boss", "note"]
}

const valuesOf = (draw: Drawing, being: Being, share: number): Values => {
  const { chance, setting } = draw
  const usable = meanings[being].filter((meaning) => Setting.isMapped(setting, meaning))
  const chosen = usable.filter(() => chance.chance(share))
  const some = chosen.length === 0 ? [chance.pick(usable)] : chosen
  return Object.fromEntries(some.map((meaning) => [meaning, valueOf(draw, meaning)]))
}

const is = (value: string | null): Value => ({ _tag: "Is", value })

const valueOf = (draw: Drawing, meaning: Meaning): Value => {
  const { births, chance } = draw
  draw.token += 1
  const token = `${meaning}-${draw.token}`
  if (meaning !== "tags" && chance.chance(0.1)) return is(null)
  switch (meaning) {
    case "name":
      return is(chance.chance(0.2) ? `  ${token} ` : token)
    case "mail":
      return is(chance.chance(0.4) ? `${token.toUpperCase()}@Example.com` : `${token}@example.com`)
    case "amount":
      // The largest that a double holds exactly are among them; a token in the cents keeps them apart.
      return { _tag: "Cents", cents: String((chance.chance(0.2) ? 9_007_199_254_000_000 : 0) + draw.token * 10 + 5) }
    case "tags":
      return chance.chance(0.65) ? { _tag: "Add", tag: token } : { _tag: "Drop", at: chance.below(4) }
    case "company":
      return { _tag: "Record", birth: chance.pick(births.company) }
    case "boss":
      return births.person.length === 0 ? is(null) : { _tag: "Record", birth: chance.pick(births.person) }
    default:
      return is(chance.chance(0.05) ? "" : token)
  }
}

/** An edit after all others. */
export const lateEdit = (side: Side.Side, birth: string): Exclude<Step, { readonly _tag: "Resolve" }> => ({
  _tag: "Edit",
  n: 9000,
  atMs: 1,
  side,
  being: "person",
  birth,
  set: { name: is("name-9000") }
})

/** The live record of a birth at a system. */
export const find = (
  system: System,
  being: Being,
  birth: string
): { readonly id: string; readonly fields: Fields } | null => {
  for (const [id, fields] of system.live(layouts[system.side][being].name))
    if (fields["birth"] === birth) return { id, fields }
  return null
}

/** Does a step at its system. Answers whether anything happened; who the step names may not be there, or not any more. */
export const perform = (step: Exclude<Step, { readonly _tag: "Resolve" }>, system: System, nowMs: number): boolean => {
  const { being, birth } = step
  const entity = layouts[system.side][being].name
  const act: Act = { nowMs, step: step.n }
  const found = find(system, being, birth)
  if (step._tag === "Create") {
    system.hands.create(entity, { birth, ...fieldsOf(step.set, system, being, null) }, act)
    return true
  }
  if (found === null) return false
  switch (step._tag) {
    case "Edit": {
      const fields = fieldsOf(step.set, system, being, found)
      return Object.keys(fields).length > 0 && system.hands.edit(entity, found.id, fields, act)
    }
    case "Remove":
      return system.hands.remove(entity, found.id, act)
    case "Merge": {
      const into = find(system, being, step.into)
      return into !== null && system.hands.merge(entity, found.id, into.id, act)
    }
    case "Lock":
      return system.hands.lock(entity, found.id, nowMs + step.forMs)
  }
}

/** Values in the form that the side has them. What cannot be said there is left out. */
const fieldsOf = (set: Values, system: System, being: Being, found: ReturnType<typeof find>): Fields => {
  const fields: Record<string, Fields[string]> = {}
  for (const [meaning, value] of Object.entries(set)) {
    const field = layouts[system.side][being].fields.find((each) => each.meaning === meaning)
    const written = field === undefined ? undefined : formOf(value, system, field.name, meaning, found)
    if (field !== undefined && written !== undefined) fields[field.name] = written
  }
  return fields
}

const formOf = (
  value: Value,
  system: System,
  name: string,
  meaning: string,
  found: ReturnType<typeof find>
): Fields[string] | undefined => {
  const now = found?.fields[name]
  switch (value._tag) {
    case "Is":
      return value.value
    case "Cents":
      return system.side === "source" ? Number(value.cents) : decimalOf(value.cents)
    case "Record":
      return find(system, meaning === "company" ? "company" : "person", value.birth)?.id
    case "Add":
      return [...tagsOf(now), value.tag]
    case "Drop":
      return tagsOf(now).filter((_, at) => at !== value.at)
    case "Former":
      return system.events.findLast(
        ({ after, before, id }) =>
          id === found?.id && before !== null && after !== null && !isSame(before[name], after[name])
      )?.before?.[name]
  }
}

const tagsOf = (value: Fields[string] | undefined): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : []

export const decimalOf = (cents: string): string =>
  `${cents.padStart(3, "0").slice(0, -2)}.${cents.padStart(3, "0").slice(-2)}`
