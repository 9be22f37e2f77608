/** Promises about what the engine has committed, judged after each commit against what the systems hold. */
import { type Fields, Side } from "@syncline/core"
import { Schema } from "effect"
import { beings, layouts } from "../systems/Layout.ts"
import { newest } from "../systems/Records.ts"
import { birthOf, mapped, textFor, valueOf } from "./Meaning.ts"
import type { Oracle, View } from "./Oracle.ts"
import type { Snapshot } from "./Snapshot.ts"

const Following = Schema.Struct({
  _tag: Schema.Literal("Following"),
  generation: Schema.Int,
  position: Schema.Union([
    Schema.Struct({ sinceMs: Schema.Finite, untilMs: Schema.NullOr(Schema.Finite) }),
    Schema.Struct({ after: Schema.Int, settled: Schema.NullOr(Schema.Int) })
  ])
})
const isFollowing = Schema.is(Following)
const hasGeneration = Schema.is(Schema.Struct({ generation: Schema.Int }))

/** Whether a cursor says that it has read past a version, whatever part of a walk it is in. */
const isPast = (
  position: (typeof Following.Type)["position"],
  version: { readonly stampMs: number; readonly seq: number }
): boolean =>
  "sinceMs" in position
    ? version.stampMs < position.sinceMs
    : version.seq <= position.after && position.settled === null

const applied: Oracle = {
  promise: "I-4",
  name: "no cursor passes what is not applied",
  committed: (view, complain) => {
    for (const cursor of view.snapshot.cursors) {
      const { state } = cursor
      if (!isFollowing(state)) continue
      const being = beings.find((each) => layouts.source[each].name === cursor.entity)
      if (being === undefined) continue
      const entity = layouts[cursor.side][being].name
      for (const kept of view.systems[cursor.side].records.all(entity)) {
        const version = newest(kept)
        if (version === undefined || !isPast(state.position, version)) continue
        if (version.fields === null && !view.systems[cursor.side].quirks.tellsGone) continue
        // A webhook may have had it read before the first listing, which does not tell who is gone by then.
        const begunAtMs = view.begunAtMs.get(`${cursor.entity}/${cursor.side}`) ?? 0
        if (version.fields === null && version.visibleAtMs <= begunAtMs) continue
        const why = missing(view, cursor.entity, cursor.side, kept.id)
        if (why !== null)
          complain(
            birthOf(view.systems[cursor.side], entity, kept.id),
            `the cursor of ${entity} at the ${cursor.side} is past version ${version.rev} of ${kept.id}, and ${why}`
          )
      }
    }
  }
}

/** Why the engine does not know a record as it is; null: it does, or has set it aside. */
const missing = ({ snapshot, systems }: View, pair: string, side: Side.Side, id: string): string | null => {
  const being = layouts.source.company.name === pair ? "company" : "person"
  const provider = systems[side]
  const kept = provider.records.get(layouts[side][being].name, id)
  const now = kept === undefined ? undefined : newest(kept)
  const fields = now?.fields ?? null
  const link = snapshot.links.find((each) => each.entity === pair && each[side] === id && each.kind !== "awaited")
  const isAside = snapshot.aside.some(
    (each) =>
      each.entity === pair && (each.id === id || (link !== undefined && each.key === link.key) || each.key.endsWith(id))
  )
  if (isAside) return null
  if (link === undefined)
    return fields === null || isBeingLinked(snapshot, pair, side, fields) ? null : "no link has it"
  const isUnderWay = snapshot.entries.some(
    (each) => each.entity === pair && each.key === link.key && each.state !== "pending"
  )
  if (isUnderWay || snapshot.conflicts.some((each) => each.entity === pair && each.key === link.key)) return null
  // What became of it may have been decided already, and be on its way to the other side.
  const isDecided = snapshot.entries.some((each) => each.entity === pair && each.key === link.key)
  if (fields === null) return link.isDeleted || isDecided ? null : "its link is not a tombstone"
  const image = side === "source" ? link.sourceImage : link.targetImage
  if (image === null) return link.isDeleted ? "its link is a tombstone" : null
  const behind = mapped[being].filter((meaning) => {
    const name = layouts[side][being].fields.find((field) => field.meaning === meaning)?.name ?? ""
    return (
      Object.hasOwn(image, name) &&
      textFor(provider, meaning, image[name] ?? null) !== valueOf(provider, being, meaning, fields)
    )
  })
  return behind.length === 0 ? null : `its image is another one in ${behind.join(", ")}`
}

/** What was looked for, and gave up the place it had, is linked to the other side's next. */
const isBeingLinked = ({ entries, links }: Snapshot, pair: string, side: Side.Side, { birth }: Fields): boolean =>
  entries.some(({ entity, key, side: to, state }) => {
    const link = links.find((each) => each.entity === entity && each.key === key)
    const image = side === "source" ? link?.targetImage : link?.sourceImage
    return (
      entity === pair && to === side && (state === "in_flight" || state === "in_doubt") && image?.["birth"] === birth
    )
  })

const forward: Oracle = {
  promise: "I-5",
  name: "cursors go forward",
  committed: ({ previous, snapshot }, complain) => {
    for (const cursor of snapshot.cursors) {
      const before = previous.cursors.find(({ entity, side }) => entity === cursor.entity && side === cursor.side)
      if (before === undefined) continue
      const place = `cursor of ${cursor.entity} at the ${cursor.side}`
      if (cursor.epoch < before.epoch)
        complain(null, `the epoch of the ${place} falls from ${before.epoch} to ${cursor.epoch}`)
      const [is, was] = [cursor.state, before.state]
      if (hasGeneration(is) && hasGeneration(was) && is.generation < was.generation)
        complain(null, `the ${place} goes back from listing ${was.generation} to ${is.generation}`)
      if (!isFollowing(is) || !isFollowing(was) || is.generation !== was.generation) continue
      if (placeOf(is.position) < placeOf(was.position))
        complain(null, `the ${place} goes back from ${placeOf(was.position)} to ${placeOf(is.position)}`)
    }
  }
}

/** Where the next walk begins, if this one ends where it is. */
const placeOf = (position: (typeof Following.Type)["position"]): number =>
  "sinceMs" in position ? position.sinceMs : (position.settled ?? position.after)

const counted: Oracle = {
  promise: "I-16",
  name: "counters add up",
  ended: ({ doubted, snapshot, systems }, _, complain) => {
    const isUnsure = snapshot.entries.some(({ state }) => state !== "pending") || snapshot.aside.length > 0
    if (isUnsure) return
    const made = Side.Side.literals.flatMap((side) =>
      systems[side].events.filter(({ before, by }) => by._tag === "Api" && before === null)
    ).length
    // A create that was in doubt may be found by a key, and who made it is then open: it counts as linked.
    if (snapshot.created > made || snapshot.created < made - doubted.size)
      complain(
        null,
        `executions tell of ${snapshot.created} records created, and ${made} were, of which ${doubted.size} may have been in doubt`
      )
  }
}

const fenced: Oracle = {
  promise: "I-19",
  name: "what has ended has ended",
  committed: ({ nowMs, previous, snapshot }, complain) => {
    const now = new Map(snapshot.executions.map((execution) => [execution.id, execution]))
    for (const was of previous.executions) {
      const is = now.get(was.id)
      if (was.status === "running" || is === undefined || isProvisional(was, is, nowMs)) continue
      if (JSON.stringify(is) !== JSON.stringify(was))
        complain(null, `execution ${was.id} was ${was.status}, and goes on: ${difference(was, is)}`)
    }
  }
}

/**
 * A minute's webhooks are one execution: one that has done what it was to is begun again until its minute is over, by the time at which
 * the transaction that does it began.
 */
const isProvisional = (was: Execution, is: Execution, nowMs: number): boolean =>
  was.trigger === "webhook" &&
  was.status.startsWith("completed") &&
  is.status === "running" &&
  nowMs < (Math.floor(was.startedAtMs / minuteMs) + 1) * minuteMs + transactionMs

const minuteMs = 60_000
/** A transaction that waits, of a process that may stand still. */
const transactionMs = 45_000

type Execution = Snapshot["executions"][number]

const difference = (was: Execution, is: Execution): string =>
  Object.entries(is)
    .filter(([name, value]) => Object.entries(was).some(([other, before]) => other === name && before !== value))
    .map(([name, value]) => `${name} becomes ${value}`)
    .join(", ")

const bijection: Oracle = {
  promise: "I-22",
  name: "links are one to one, and of the same record",
  committed: ({ snapshot, systems }, complain) => {
    const taken = new Set<string>()
    for (const link of snapshot.links) {
      if (link.isDeleted || link.kind === "awaited") continue
      for (const side of Side.Side.literals) {
        const place = `${link.entity}/${side}/${link[side]}`
        if (link[side] !== null && taken.has(place)) complain(null, `two links of ${link.entity} have ${link[side]}`)
        taken.add(place)
      }
      const being = layouts.source.company.name === link.entity ? "company" : "person"
      if (link.source === null || link.target === null) continue
      const source = birthOf(systems.source, layouts.source[being].name, link.source)
      const target = birthOf(systems.target, layouts.target[being].name, link.target)
      if (source !== target) complain(source, `is linked with ${target}: ${link.source} and ${link.target}`)
    }
  }
}

/** A sweep would wake it one day; but who writes the link that is waited for is to wake it in the same transaction. */
const awake: Oracle = {
  promise: "I-18",
  name: "who waits is woken by what it waits for",
  committed: ({ snapshot }, complain) => {
    for (const { entity, key, onEntity, onKey } of snapshot.waits) {
      const link = snapshot.links.find((each) => each.entity === onEntity && each.key === onKey)
      if (link === undefined || link.kind !== "pair" || link.isDeleted || link.status !== "mapped") continue
      if (link.source !== null && link.target !== null)
        complain(null, `${key} of ${entity} waits for ${onKey} of ${onEntity}, which is at both sides already`)
    }
  }
}

export const commitOracles: ReadonlyArray<Oracle> = [applied, forward, counted, fenced, bijection, awake]
