/**
 * What users wrote, and which of it they had before their eyes when they wrote: the order in which values took each other's place, told
 * from the systems' own histories.
 *
 * A write takes the place of what its side showed, if that was written there by a user, or the engine had learned that it is there. What
 * the engine had sent and not heard of is, for it, no different from an edit at the same time.
 */
import type { Fields } from "@syncline/core"
import { Side } from "@syncline/core"
import { type Being, beingOf, beings, layouts, type Meaning } from "../systems/Layout.ts"
import type { Event } from "../systems/System.ts"
import { mapped, type Sides, tagsOf, textFor, valueOf } from "./Meaning.ts"
import type { Snapshot } from "./Snapshot.ts"

/** One value that a user, or the provider by itself, gave to one field. */
export interface Write {
  readonly birth: string
  readonly being: Being
  readonly meaning: Meaning
  readonly side: Side.Side
  readonly id: string
  readonly atMs: number
  readonly value: string
  readonly step: number | null
  /** What it took the place of. */
  readonly over: Write | null
}

interface Shown {
  readonly write: Write | null
  readonly text: string
  /** Written here by a user, or known to the engine to be here. */
  readonly known: Write | null
  readonly isKnown: boolean
}

export interface Removal {
  readonly side: Side.Side
  readonly atMs: number
  readonly step: number
  /** What whoever deleted it had before their eyes, and what that had taken the place of. */
  readonly saw: ReadonlySet<Write>
  /** The other side had, or got before the deletion came there, something that this side did not have. */
  isContested: boolean
}

export interface Life {
  readonly birth: string
  readonly being: Being
  readonly removals: Array<Removal>
  readonly writes: Map<Meaning, Array<Write>>
  /** Tags that were taken away, as far as the engine can know, and where and when they last were. */
  readonly dropped: Map<string, { readonly side: Side.Side; readonly atMs: number }>
  readonly droppedAtAll: Set<string>
  /** Where users gave a tag themselves: who takes away one of two does not speak for the other. */
  readonly givers: Map<string, Set<Side.Side>>
}

export interface Told {
  readonly side: Side.Side
  readonly event: Event
  readonly being: Being
  readonly birth: string | null
}

export class Past {
  readonly lives = new Map<string, Life>()
  readonly told: Array<Told> = []
  readonly #systems: Sides
  readonly #shown = new Map<string, Shown>()
  readonly #knownTags = new Map<string, Set<string>>()
  readonly #consumed = { source: 0, target: 0 }

  constructor(systems: Sides) {
    this.#systems = systems
  }

  life(birth: string): Life | undefined {
    return this.lives.get(birth)
  }

  shown(side: Side.Side, birth: string, meaning: Meaning): Shown | undefined {
    return this.#shown.get(`${side}/${birth}/${meaning}`)
  }

  /** Takes what has happened since, in order, and answers it; each is looked at by `before` while the past does not know it yet. */
  take(before: (told: Told) => void): void {
    const fresh = Side.Side.literals
      .flatMap((side) =>
        this.#systems[side].events.slice(this.#consumed[side]).map((event): Told => {
          const being = beingOf(side, event.entity)
          const birth = (event.after ?? event.before)?.["birth"]
          return { side, event, being, birth: typeof birth === "string" ? birth : null }
        })
      )
      .toSorted((one, other) => one.event.atMs - other.event.atMs)
    for (const side of Side.Side.literals) this.#consumed[side] = this.#systems[side].events.length
    for (const told of fresh) {
      before(told)
      this.told.push(told)
      if (told.birth !== null) this.#happen(told, told.birth)
    }
  }

  #happen({ being, event, side }: Told, birth: string): void {
    const life = this.lives.get(birth) ?? {
      birth,
      being,
      removals: [],
      writes: new Map(),
      dropped: new Map(),
      droppedAtAll: new Set(),
      givers: new Map()
    }
    this.lives.set(birth, life)
    if (event.after === null) return this.#goes(life, side, event)
    for (const meaning of [...mapped[being], "note" as const]) this.#changes(life, side, event, event.after, meaning)
  }

  #changes(life: Life, side: Side.Side, event: Event, after: Fields, meaning: Meaning): void {
    const { being, birth } = life
    const provider = this.#systems[side]
    const place = `${side}/${birth}/${meaning}`
    const text = valueOf(provider, being, meaning, after)
    const had = event.before === null ? null : valueOf(provider, being, meaning, event.before)
    if (had === text) return
    const shown = event.before === null ? undefined : this.#shown.get(place)
    const writes = life.writes.get(meaning) ?? []
    life.writes.set(meaning, writes)
    if (event.by._tag === "Api") {
      const write = writes.findLast(({ value }) => value === text) ?? null
      this.#shown.set(place, { write, text, known: shown?.known ?? null, isKnown: false })
      return
    }
    const over = shown === undefined ? null : shown.isKnown ? shown.write : shown.known
    const step = event.by._tag === "User" ? event.by.step : null
    const write: Write = { birth, being, meaning, side, id: event.id, atMs: event.atMs, value: text, step, over }
    writes.push(write)
    this.#shown.set(place, { write, text, known: write, isKnown: true })
    if (meaning === "tags") this.#tags(life, side, event, after)
    // An edit at one side after a deletion at the other, which has not come here yet.
    const removal = life.removals.at(-1)
    if (removal !== undefined && removal.side !== side && event.before !== null) removal.isContested = true
  }

  #tags(life: Life, side: Side.Side, event: Event, after: Fields): void {
    const name = layouts[side].person.fields.find(({ meaning }) => meaning === "tags")?.name ?? ""
    const now = new Set(tagsOf(after[name]))
    const known = this.#knownTagsAt(side, life.birth)
    for (const tag of tagsOf(event.before?.[name])) {
      if (now.has(tag)) continue
      life.droppedAtAll.add(tag)
      const givers = life.givers.get(tag)
      if (known.has(tag) && (givers?.size ?? 0) < 2) life.dropped.set(tag, { side, atMs: event.atMs })
      givers?.delete(side)
    }
    const had = new Set(tagsOf(event.before?.[name]))
    for (const tag of now) {
      known.add(tag)
      if (had.has(tag)) continue
      life.givers.set(tag, new Set([...(life.givers.get(tag) ?? []), side]))
      life.dropped.delete(tag)
    }
  }

  #knownTagsAt(side: Side.Side, birth: string): Set<string> {
    const place = `${side}/${birth}`
    const known = this.#knownTags.get(place) ?? new Set()
    this.#knownTags.set(place, known)
    return known
  }

  #goes(life: Life, side: Side.Side, { by, atMs }: Event): void {
    if (by._tag !== "User") return
    const other = Side.other(side)
    const isLiving = this.isLiving(other, life.being, life.birth)
    const isContested =
      isLiving &&
      [...mapped[life.being]].some((meaning) => {
        const here = this.shown(side, life.birth, meaning)
        const there = this.shown(other, life.birth, meaning)
        if (there === undefined || there.write === null) return here?.text !== there?.text
        return here?.isKnown !== true || !isSameOrOver(here.write, there.write) || !this.#isEven(there)
      })
    const saw = new Set<Write>()
    for (const meaning of mapped[life.being])
      for (let each = this.shown(side, life.birth, meaning)?.write ?? null; each !== null; each = each.over)
        saw.add(each)
    life.removals.push({ side, atMs, step: by.step, saw, isContested })
  }

  /** What a side shows and the engine does not know there may be an edit as well as an echo. */
  #isEven(shown: Shown): boolean {
    return shown.isKnown
  }

  isLiving(side: Side.Side, being: Being, birth: string): boolean {
    for (const fields of this.#systems[side].live(layouts[side][being].name).values())
      if (fields["birth"] === birth) return true
    return false
  }

  /** The engine's images: what it has learned to be at each side. */
  learn(snapshot: Snapshot): void {
    for (const link of snapshot.links) {
      const being = beings.find((each) => layouts.source[each].name === link.entity)
      if (being === undefined) continue
      for (const side of Side.Side.literals) {
        const image = side === "source" ? link.sourceImage : link.targetImage
        const birth = image?.["birth"]
        if (image === null || typeof birth !== "string") continue
        for (const meaning of mapped[being]) this.#learn(side, being, birth, meaning, image)
      }
    }
  }

  #learn(side: Side.Side, being: Being, birth: string, meaning: Meaning, image: Fields): void {
    const name = layouts[side][being].fields.find((field) => field.meaning === meaning)?.name
    const value = name === undefined ? undefined : image[name]
    if (value === undefined) return
    if (meaning === "tags") for (const tag of tagsOf(value)) this.#knownTagsAt(side, birth).add(tag)
    const place = `${side}/${birth}/${meaning}`
    const shown = this.#shown.get(place)
    if (shown === undefined || shown.isKnown) return
    if (textFor(this.#systems[side], meaning, value) !== shown.text) return
    this.#shown.set(place, { ...shown, known: shown.write, isKnown: true })
  }
}

/** Whether `newer` took the place of `older`, directly or through others. */
export const isOver = (newer: Write | null, older: Write): boolean => {
  for (let each = newer?.over ?? null; each !== null; each = each.over) if (each === older) return true
  return false
}

const isSameOrOver = (newer: Write | null, older: Write): boolean => newer === older || isOver(newer, older)

/** The writes whose place no other took: in the end a field has the value of one of them. */
export const standing = (writes: ReadonlyArray<Write>): ReadonlyArray<Write> =>
  writes.filter((write) => !writes.some((other) => isOver(other, write)))
