/** Promises about each write, judged in the moment that it reaches a system. */
import { Side } from "@syncline/core"
import { layouts, type Meaning } from "../systems/Layout.ts"
import { textOf } from "../systems/Records.ts"
import type { Arrival } from "../systems/System.ts"
import { isReference, mapped, nothing, tagsOf, textFor, valueOf } from "./Meaning.ts"
import type { Oracle, View } from "./Oracle.ts"
import { isOver } from "./Past.ts"
import { wasRaced } from "./Race.ts"

const isCreate = ({ event }: { readonly event: { readonly before: unknown } }): boolean => event.before === null

/** The meanings of the fields that a write carries. */
const carried = (side: Side.Side, entity: string, arrival: Arrival): ReadonlyArray<readonly [Meaning, string]> => {
  const being = layouts[side].company.name === entity ? "company" : "person"
  return layouts[side][being].fields.flatMap(({ meaning, name }): ReadonlyArray<readonly [Meaning, string]> =>
    arrival.patch !== null && Object.hasOwn(arrival.patch, name) ? [[meaning, name]] : []
  )
}

const duplicate: Oracle = {
  promise: "I-2",
  name: "no duplicate create",
  changed: ({ past, systems }, told, _, complain) => {
    const { being, birth, event, side } = told
    if (event.by._tag !== "Api" || !isCreate(told) || birth === null) return
    const others = [...systems[side].live(layouts[side][being].name)].filter(
      ([id, fields]) => fields["birth"] === birth && id !== event.id
    )
    const isStill = others.some(([id]) =>
      past.told.some((each) => each.side === side && each.event.id === id && isCreate(each))
    )
    if (others.length > 0 && isStill)
      complain(birth, `made ${event.id} at the ${side}, where ${others.map(([id]) => id).join(", ")} stands for it`)
  }
}

/** What was there and was deleted. One that was deleted before it came here may still be on its way. */
const resurrected: Oracle = {
  promise: "I-6",
  name: "tombstones win",
  changed: ({ past }, told, _, complain) => {
    const { birth, event, side } = told
    if (event.by._tag !== "Api" || !isCreate(told) || birth === null) return
    const removals = past.life(birth)?.removals ?? []
    const wasHere = past.told.some((each) => each.birth === birth && each.side === side && each.event.after === null)
    if (wasHere && removals.length > 0 && removals.every(({ isContested }) => !isContested))
      complain(
        birth,
        `was deleted at the ${removals.at(-1)?.side}, nobody had changed it, and it is made again at the ${side}`
      )
  }
}

const deleted: Oracle = {
  promise: "I-7",
  name: "no false deletion",
  changed: ({ past }, { birth, event, side }, _, complain) => {
    if (event.by._tag !== "Api" || event.after !== null || birth === null) return
    if (!(past.life(birth)?.removals ?? []).some((removal) => removal.side !== side))
      complain(birth, `is deleted at the ${side}, and nobody deleted it at the ${Side.other(side)}`)
  }
}

const ordered: Oracle = {
  promise: "I-8",
  name: "first in, first out",
  arrived: (view, side, arrival, complain) => {
    if (!isEffective(arrival) || arrival.key === null) return
    const entry = view.ords.get(entryOf(arrival.key))
    if (entry === undefined || entry.side !== side) return
    const before = view.systems[side].arrivals.findLast(
      (other) =>
        other.n < arrival.n &&
        isEffective(other) &&
        other.key !== null &&
        view.ords.get(entryOf(other.key))?.key === entry.key
    )
    const beforeOrd = before?.key === null || before === undefined ? undefined : view.ords.get(entryOf(before.key))?.ord
    if (beforeOrd !== undefined && beforeOrd > entry.ord)
      complain(birthAt(view, side, arrival), `${arrival.verb} ${entry.ord} of its lane came after ${beforeOrd}`)
  }
}

/** What became of a write is known before the next one of its record is sent to that side. */
const overtaken: Oracle = {
  promise: "I-8",
  name: "nothing overtakes what is under way",
  arrived: (view, side, arrival, complain) => {
    if (!writes.has(arrival.verb) || arrival.key === null) return
    const entry = view.ords.get(entryOf(arrival.key))
    const open = view.snapshot.entries.find(
      (each) =>
        entry !== undefined &&
        each.key === entry.key &&
        each.side === side &&
        each.ord < entry.ord &&
        (each.state === "in_flight" || each.state === "in_doubt")
    )
    if (open !== undefined)
      complain(
        birthAt(view, side, arrival),
        `${arrival.verb} ${entry?.ord} of its lane came to the ${side} while ${open.ord} was ${open.state}`
      )
  }
}

const writes: ReadonlySet<Arrival["verb"]> = new Set(["create", "update", "remove"])

const isEffective = ({ isReplay, status, verb }: Arrival): boolean => status < 300 && !isReplay && writes.has(verb)

/** Op keys are an entry and its revision. */
export const entryOf = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf(".")))

const birthAt = ({ past, systems }: View, side: Side.Side, { entity, id }: Arrival): string | null => {
  const kept = id === null ? undefined : systems[side].records.get(entity, id)
  const birth = kept?.versions.findLast(({ fields }) => fields !== null)?.fields?.["birth"]
  return typeof birth === "string" && past.life(birth) !== undefined ? birth : null
}

const unborn: Oracle = {
  promise: "I-9",
  name: "creates before updates",
  arrived: ({ systems }, side, { entity, id, verb }, complain) => {
    if (verb !== "update" && verb !== "remove") return
    if (id === null || systems[side].records.get(entity, id) === undefined)
      complain(null, `${verb} of ${entity} "${id}" at the ${side}, which never was there`)
  }
}

const orphan: Oracle = {
  promise: "I-10",
  name: "dependency order",
  arrived: (view, side, arrival, complain) => {
    if (arrival.verb !== "create" && arrival.verb !== "update") return
    for (const [meaning, name] of carried(side, arrival.entity, arrival)) {
      const value = arrival.patch?.[name]
      if (!isReference(meaning) || typeof value !== "string") continue
      const entity = layouts[side][meaning === "company" ? "company" : "person"].name
      if (view.systems[side].records.get(entity, value) === undefined)
        complain(birthAt(view, side, arrival), `${arrival.verb} refers to ${entity} "${value}", which never was there`)
    }
  }
}

const foreign: Oracle = {
  promise: "I-11",
  name: "tenant isolation",
  arrived: (_, side, { entered, status, verb }, complain) => {
    // One that has ended is still this account's.
    if (status === 401 && entered === null)
      complain(null, `${verb} came to the ${side} with the credentials of another account`)
  }
}

const asked: Oracle = {
  promise: "I-12",
  name: "a conflict waits for its person",
  arrived: (view, side, arrival, complain) => {
    if (arrival.verb !== "update" || !isEffective(arrival) || arrival.key === null) return
    const link = view.snapshot.links.find((each) => each[side] === arrival.id)
    const open = link === undefined ? undefined : view.conflicts.get(`${link.entity}/${link.key}`)
    if (open === undefined || open.underWay.has(entryOf(arrival.key))) return
    complain(
      birthAt(view, side, arrival),
      `is written at the ${side} while a person is asked about ${open.fields.join(", ") || "it"}`
    )
  }
}

const stale: Oracle = {
  promise: "I-21",
  name: "no older value over a newer one",
  changed: (view, { being, birth, event, side }, arrival, complain) => {
    const { past, systems } = view
    if (event.by._tag !== "Api" || event.before === null || event.after === null || birth === null) return
    for (const meaning of mapped[being]) {
      if (meaning === "tags" || isReference(meaning)) continue
      const text = valueOf(systems[side], being, meaning, event.after)
      const shown = past.shown(side, birth, meaning)
      if (text === nothing || shown === undefined || shown.text === text || shown.write === null) continue
      if (shown.write.side === side && wasRaced(view, shown.write)) continue
      // The same value may have been given several times, and which of these is shown or written cannot be told.
      const writes = past.life(birth)?.writes.get(meaning) ?? []
      const written = writes.filter(({ value }) => value === text)
      const standing = writes.filter(({ value }) => value === shown.text)
      if (written.length > 0 && written.every((write) => standing.every((each) => isOver(each, write))))
        complain(
          birth,
          `${meaning} at the ${side} goes back from "${shown.text}" to "${text}", which it had taken the place of (request ${arrival?.n})`
        )
    }
  }
}

const untouched: Oracle = {
  promise: "I-23",
  name: "fields without a rule are left alone",
  changed: ({ systems }, { being, birth, event, side }, _, complain) => {
    if (event.by._tag !== "Api" || event.after === null) return
    const before = event.before === null ? nothing : valueOf(systems[side], being, "note", event.before)
    const after = valueOf(systems[side], being, "note", event.after)
    if (before !== after) complain(birth, `note at the ${side} was "${before}" and is "${after}", and no rule knows it`)
  }
}

const invented: Oracle = {
  promise: "I-24",
  name: "no invented, swapped or bent value",
  arrived: (view, side, arrival, complain) => {
    const { past, systems } = view
    if ((arrival.verb !== "create" && arrival.verb !== "update") || arrival.status >= 300) return
    const birth = birthAt(view, side, arrival) ?? textOf(arrival.patch?.["birth"])
    const life = past.life(birth)
    if (life === undefined) return complain(null, `${arrival.verb} at the ${side} of "${birth}", whom nobody made`)
    for (const [meaning, name] of carried(side, arrival.entity, arrival)) {
      const value = arrival.patch?.[name] ?? null
      const writes = life.writes.get(meaning) ?? []
      if (meaning === "birth" || value === null) continue
      if (meaning === "tags") {
        const strange = tagsOf(value).filter((tag) => !writes.some((write) => write.value.split(" ").includes(tag)))
        if (strange.length > 0)
          complain(birth, `tags at the ${side} become ${strange.join(", ")}, which nobody gave it`)
        continue
      }
      const text = textFor(systems[side], meaning, value)
      if (!writes.some((write) => write.value === text))
        complain(birth, `${meaning} at the ${side} becomes "${text}", which nobody wrote there or at the other side`)
    }
  }
}

/** What the engine knows to be at a side is not written there. */
const saying: Oracle = {
  promise: "I-3",
  name: "no write that says nothing",
  arrived: (view, side, arrival, complain) => {
    if (arrival.verb !== "update" || !isEffective(arrival) || arrival.patch === null) return
    const link = view.snapshot.links.find((each) => each[side] === arrival.id)
    const image = side === "source" ? link?.sourceImage : link?.targetImage
    if (image === null || image === undefined) return
    const known = carried(side, arrival.entity, arrival).flatMap(([meaning, name]) => {
      const value = arrival.patch?.[name] ?? null
      const isSame = Object.hasOwn(image, name) && JSON.stringify(image[name]) === JSON.stringify(value)
      // A reference whose record has gone by then is written as none.
      return isSame && !(value === null && isReference(meaning)) ? [name] : []
    })
    if (known.length > 0)
      complain(
        birthAt(view, side, arrival),
        `${known.join(", ")} at the ${side} is written as it is known to be there (request ${arrival.n})`
      )
  }
}

/** Where a provider refuses stale writes, each says what it believes; where it takes every write, each has a look at its record of its own. */
const guarded: Oracle = {
  promise: "I-1",
  name: "no write without knowing what is there",
  changed: ({ systems }, { birth, event, side }, arrival, complain) => {
    const { arrivals, quirks } = systems[side]
    if (event.by._tag !== "Api" || event.before === null || arrival === null) return
    if (quirks.checksVersion && quirks.tellsVersion) {
      if (!arrival.isGuarded) complain(birth, `${arrival.verb} of ${event.id} at the ${side} without its version`)
      return
    }
    // It may have been under way for a while, and so may have been what arrived before it.
    const writtenAtMs = arrivals
      .filter(({ atMs, id, n }) => n < arrival.n && id === event.id && atMs <= arrival.sentAtMs)
      .filter(({ status, verb }) => status < 300 && writes.has(verb))
      .reduce((last, { sentAtMs }) => Math.max(last, sentAtMs), -Infinity)
    const looks = arrivals.filter(({ atMs }) => atMs >= writtenAtMs && atMs <= arrival.sentAtMs)
    if (!looks.some(({ shown, verb }) => verb === "get" && shown.has(event.id)))
      complain(birth, `${arrival.verb} of ${event.id} at the ${side} without a look at what it is by then`)
  }
}

export const writeOracles: ReadonlyArray<Oracle> = [
  guarded,
  saying,
  duplicate,
  resurrected,
  deleted,
  ordered,
  overtaken,
  unborn,
  orphan,
  foreign,
  asked,
  stale,
  untouched,
  invented
]
