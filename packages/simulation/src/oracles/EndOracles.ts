/** Promises about how it ends: faults have stopped, users have stopped, conflicts are answered, and all is quiet. */
import { Side } from "@syncline/core"
import { type Being, layouts } from "../systems/Layout.ts"
import { isReference, mapped, nothing, referred, tagsOf, tokensOf, valueOf } from "./Meaning.ts"
import { textOf } from "../systems/Records.ts"
import type { Complain, Oracle, View } from "./Oracle.ts"
import { isOver, type Life, standing, type Write } from "./Past.ts"
import { wasRaced } from "./Race.ts"

const livesOf = (view: View) => [...view.past.lives.values()]

const recordsOf = ({ systems }: View, side: Side.Side, { being, birth }: Life) =>
  [...systems[side].live(layouts[side][being].name)].filter(([, fields]) => fields["birth"] === birth)

const converged: Oracle = {
  promise: "I-13",
  name: "both sides are the same",
  ended: (view, _, complain) => {
    for (const life of livesOf(view)) compare(view, life, complain)
  }
}

/** Complains of what is at one side and not at the other. */
export const compare = (view: View, life: Life, complain: Complain): void => {
  const { being, birth } = life
  const source = recordsOf(view, "source", life)
  const target = recordsOf(view, "target", life)
  if (source.length !== target.length)
    return complain(birth, `is ${source.length} times at the source and ${target.length} times at the target`)
  const [[, mine] = []] = source
  const [[, theirs] = []] = target
  if (mine === undefined || theirs === undefined) return
  for (const meaning of mapped[being]) {
    const here = valueOf(view.systems.source, being, meaning, mine)
    const there = valueOf(view.systems.target, being, meaning, theirs)
    const isSame =
      here === there ||
      wereEmpty(life, meaning) ||
      (isReference(meaning) &&
        said(view, "source", being, meaning, mine) === said(view, "target", being, meaning, theirs))
    if (!isSame) complain(birth, `${meaning} is "${here}" at the source and "${there}" at the target`)
  }
}

/** A reference to a record that is gone says nothing, also when another record stands for it by now. */
const said = (
  { systems }: View,
  side: Side.Side,
  being: Being,
  meaning: "company" | "boss",
  fields: Parameters<typeof valueOf>[3]
): string => {
  const name = layouts[side][being].fields.find((field) => field.meaning === meaning)?.name ?? ""
  const isThere = systems[side].live(layouts[side][referred(meaning)].name).has(textOf(fields[name]))
  return isThere ? valueOf(systems[side], being, meaning, fields) : nothing
}

/** Both sides had the record before they met, and both were left empty: an empty text agrees with none. */
const wereEmpty = ({ writes }: Life, meaning: (typeof mapped)[Being][number]): boolean => {
  const all = writes.get(meaning) ?? []
  return (
    all.filter(({ over }) => over === null).length === 2 &&
    standing(all).every(({ value }) => value === "" || value === nothing)
  )
}

const unique: Oracle = {
  promise: "I-2",
  name: "one record at each side in the end",
  ended: (view, _, complain) => {
    for (const life of livesOf(view))
      for (const side of Side.Side.literals) {
        const records = recordsOf(view, side, life)
        if (records.length > 1)
          complain(
            life.birth,
            `is there ${records.length} times at the ${side}: ${records.map(([id]) => id).join(", ")}`
          )
      }
  }
}

const alright: Oracle = {
  promise: "I-6",
  name: "who was deleted is gone, and nobody else",
  ended: (view, _, complain) => {
    for (const life of livesOf(view)) {
      const isThere = Side.Side.literals.some((side) => recordsOf(view, side, life).length > 0)
      if (isThere && life.removals.some(({ isContested }) => !isContested))
        complain(life.birth, "was deleted, nobody had changed it meanwhile, and it is there")
      if (!isThere && life.removals.length === 0) complain(life.birth, "is gone, and nobody deleted it")
    }
  }
}

const newestWins: Oracle = {
  promise: "I-1",
  name: "the last word stands",
  ended: (view, _, complain) => {
    for (const life of livesOf(view)) {
      for (const side of Side.Side.literals) {
        const [[, fields] = []] = recordsOf(view, side, life)
        if (fields === undefined) continue
        for (const meaning of mapped[life.being]) {
          const writes = life.writes.get(meaning) ?? []
          if (meaning === "tags") {
            if (view.strategy === "merge")
              tags(
                view,
                life,
                writes,
                tagsOf(valueOf(view.systems[side], life.being, meaning, fields).split(" ")),
                complain
              )
            continue
          }
          const text = valueOf(view.systems[side], life.being, meaning, fields)
          const last = standing(writes)
          if (last.length === 0 || last.some(({ value }) => value === text)) continue
          if (isReference(meaning) && (text === nothing || writes.some(({ value }) => isGone(view, value)))) continue
          if (last.every((write) => isWithdrawn(life, write) || wasRaced(view, write))) continue
          // What was withdrawn took the place of a value that lives on at the other side.
          if (last.some((write) => isWithdrawn(life, write) && hadBefore(write, text))) continue
          complain(
            life.birth,
            `${meaning} at the ${side} is "${text}", and the last that was written is ${last.map(({ step, value }) => `"${value}"${step === null ? "" : ` (step ${step})`}`).join(" or ")}`
          )
        }
      }
    }
  }
}

const hadBefore = ({ over }: Write, value: string): boolean =>
  over !== null && (over.value === value || hadBefore(over, value))

const isGone = ({ past }: View, birth: string): boolean => (past.life(birth)?.removals.length ?? 0) > 0

const tags = (
  view: View,
  life: Life,
  writes: ReadonlyArray<Write>,
  now: ReadonlyArray<string>,
  complain: (birth: string | null, message: string) => void
): void => {
  const given = new Set(writes.flatMap(({ value }) => value.split(" ").filter((tag) => tag !== "")))
  for (const tag of given) {
    const isHere = now.includes(tag)
    const drop = life.dropped.get(tag)
    // Whoever deleted the record there since let go of that too.
    const isDropped =
      drop !== undefined && !life.removals.some(({ atMs, side }) => side === drop.side && atMs >= drop.atMs)
    if (isHere && isDropped) complain(life.birth, `tag ${tag} was taken away and is there`)
    const giver = writes.find(({ value }) => value.split(" ").includes(tag))
    const isMissed = giver !== undefined && !isWithdrawn(life, giver) && !wasRaced(view, giver)
    if (!isHere && !life.droppedAtAll.has(tag) && isMissed)
      complain(life.birth, `tag ${tag} was given and is not there, though nobody took it away`)
  }
}

const kept: Oracle = {
  promise: "I-1",
  name: "no written value is lost without a trace",
  ended: (view, kept, complain) => {
    for (const life of livesOf(view)) {
      for (const meaning of mapped[life.being]) {
        if (isReference(meaning) || meaning === "tags") continue
        const writes = life.writes.get(meaning) ?? []
        for (const write of writes) {
          const tokens = tokensOf(write.value)
          const isOverwritten = writes.some(
            (other) => isOver(other, write) || (other.side === write.side && other.atMs > write.atMs)
          )
          if (tokens.length === 0 || isOverwritten || isWithdrawn(life, write)) continue
          if (
            isShown(view, life, meaning, write.value) ||
            tokens.some((token) => kept.has(token)) ||
            wasRaced(view, write)
          )
            continue
          complain(
            life.birth,
            `${meaning} "${write.value}", written at the ${write.side} (step ${write.step}), is nowhere, and no history tells of it`
          )
        }
      }
    }
  }
}

/** Whoever deleted the record had it before their eyes. */
const isWithdrawn = ({ removals }: Life, write: Write): boolean =>
  removals.some(({ atMs, saw, side }) => saw.has(write) || (side === write.side && atMs >= write.atMs))

const isShown = (view: View, life: Life, meaning: (typeof mapped)[Being][number], value: string): boolean =>
  Side.Side.literals.some((side) =>
    recordsOf(view, side, life).some(([, fields]) => valueOf(view.systems[side], life.being, meaning, fields) === value)
  )

/** What somebody was woken for is done; else it is tried again with every run. */
const woken: Oracle = {
  promise: "I-18",
  name: "who was woken has gone on",
  ended: ({ snapshot }, _, complain) => {
    for (const { entity, id, key, side, why } of snapshot.aside)
      if (why === "woken") complain(null, `${id} of ${entity} at the ${side} was woken (as ${key}), and still waits`)
  }
}

/** More writes of a record than its edits, their normalisation and their conflicts can need. */
const quiet: Oracle = {
  promise: "I-3",
  name: "no echo",
  ended: (view, _, complain) => {
    for (const life of livesOf(view)) {
      const acts = [...life.writes.values()].flat()
      const moments = new Set(acts.map(({ atMs, side }) => `${side}${atMs}`)).size + life.removals.length
      for (const side of Side.Side.literals) {
        const written = view.past.told.filter(
          (told) => told.side === side && told.birth === life.birth && told.event.by._tag === "Api"
        ).length
        const enough = 3 * moments + 3
        if (written > enough) complain(life.birth, `was written ${written} times at the ${side}, for ${moments} edits`)
      }
    }
  }
}

export const endOracles: ReadonlyArray<Oracle> = [converged, unique, alright, newestWins, kept, woken, quiet]
