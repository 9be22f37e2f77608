/**
 * Random two-sided histories: by a seed, users of two applications make, edit, move and delete records, with syncs in between and
 * under way; then both sides have to be the same, quiet, and without a lost edit.
 */
import { Side } from "@syncline/core"
import { Clock, Effect } from "effect"
import type { Policies } from "../src/index.ts"
import * as HistoryModel from "./HistoryModel.ts"
import { violationsOf } from "./HistoryPromises.ts"
import * as HistoryUsers from "./HistoryUsers.ts"
import * as HistoryWorld from "./HistoryWorld.ts"

interface Setting extends HistoryModel.Rules {
  readonly name: string
  readonly options: HistoryWorld.Options
}

const setting = (
  name: string,
  strategy: HistoryModel.Rules["strategy"],
  options: Policies & { readonly isTimed?: boolean } = {}
): Setting => ({
  name,
  strategy,
  asksForFields: strategy === "manual" || options.mergeFallback === "manual",
  isTimed: options.isTimed === true,
  options: { strategy, ...options }
})

export const settings: ReadonlyArray<Setting> = [
  setting("source_wins", "source_wins"),
  setting("target_wins", "target_wins"),
  setting("last_write_wins, estimated", "last_write_wins", { estimated: true }),
  setting("merge, then last_write_wins", "merge", { estimated: true }),
  setting("manual", "manual"),
  setting("last_write_wins by updated_at", "last_write_wins", { isTimed: true }),
  setting("merge, then manual", "merge", { mergeFallback: "manual" })
]

/** The same numbers for the same seed (mulberry32). */
const dice = (seed: number) => {
  let state = seed * 0x9e3779b1
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    happens: (chance: number) => next() < chance,
    oneOf: <A>(all: ReadonlyArray<A>): A | undefined => all[Math.floor(next() * all.length)]
  }
}

export interface Run {
  readonly seed: number
  readonly setting: string
  readonly histories: number
  readonly syncs: number
  readonly conflicts: number
  readonly durationMs: number
  readonly violations: ReadonlyArray<string>
}

const rounds = 4
const maxQuietSyncs = 6

/** Plays `count` histories in one world. */
export const play = Effect.fn("Histories.play")(function* (url: string, seed: number, count: number) {
  const startedAtMs = yield* Clock.currentTimeMillis
  const rules = settings[seed % settings.length] ?? setting("source_wins", "source_wins")
  const world = yield* HistoryWorld.open(url, rules.options)
  const random = dice(seed)
  const stories = new Map<string, HistoryModel.Story>()
  const deleted = new Set<string>()
  const violations: Array<string> = []
  let token = 1_000_000
  let born = 0
  let syncs = 0
  let conflicts = 0
  let isExact = true

  const isShaky = ({ written }: HistoryModel.Story) =>
    written.some(({ field, value }) => (field === "company" || field === "manager") && deleted.has(value))

  const run = Effect.suspend(() => {
    syncs++
    return world.engine.run("contacts")
  }).pipe(
    Effect.tap(({ executions }) =>
      Effect.gen(function* () {
        for (const { counters, execution, job, reason, status } of executions) {
          if (status === "completed") continue
          const failures = yield* world.query(
            "select to_jsonb(f) as failure from syncline.execution_failure f where execution_id = $1 limit 3",
            [execution]
          )
          violations.push(
            `${job} ended ${status}: ${reason} ${JSON.stringify({ counters, failures: failures.map(({ failure }) => failure) })}`
          )
        }
      })
    )
  )

  const sync = Effect.gen(function* () {
    const later = rules.isTimed ? yield* HistoryUsers.changedLater(world) : null
    yield* run
    for (const story of stories.values()) {
      // The source is read first, so what is first seen there is seen earlier.
      const moment = { isExact, isShaky: isShaky(story), later: later?.get(story.birth) ?? "target" }
      HistoryModel.settle(story, rules, moment)
      story.tale.push("  — synced —")
    }
    isExact = true
  })

  const valueOf = (field: HistoryWorld.Field, companies: ReadonlyArray<string>, persons: ReadonlyArray<string>) => {
    const unique = `${field}-${++token}`
    if (field === "home") return random.oneOf(companies.filter((birth) => birth.startsWith("h"))) ?? "h0"
    if (random.happens(0.12)) return null
    switch (field) {
      case "name":
        return random.happens(0.3) ? `  ${unique} ` : unique
      case "email":
        return random.happens(0.5) ? ` ${unique.toUpperCase()}@Example.com` : `${unique}@example.com`
      case "amount":
        // Never halfway between two cents, where a binary number rounds another way than a decimal one.
        return token + Math.floor(random.next() * 1000) / 1000 + 0.0002
      case "tags":
        return random.happens(0.2) ? [] : [unique]
      case "company":
        return random.oneOf(companies) ?? null
      case "manager":
        return random.oneOf(persons) ?? null
      default:
        return unique
    }
  }

  const toldOf = (
    side: Side.Side,
    verb: string,
    set: HistoryUsers.Edit["set"],
    before: HistoryUsers.Person | undefined,
    person: HistoryUsers.Person
  ) => {
    const story = stories.get(person.birth) ?? HistoryModel.begin(person.birth, side)
    stories.set(person.birth, story)
    const touched = HistoryWorld.fields.filter(
      (field) => verb === "makes" || field in set || (field === "tags" && ("add" in set || "drop" in set))
    )
    for (const field of touched) HistoryModel.write(story, side, field, before?.values[field], person.values[field])
    story.tale.push(`${side} ${verb} ${JSON.stringify(set)}`)
  }

  const makeCompanies = Effect.fnUntraced(function* (side: Side.Side, kind: string, many: number) {
    const births = Array.from({ length: many }, () => `${kind}${++born}`)
    yield* HistoryUsers.found(world, side, births)
  })

  const makePeople = Effect.fnUntraced(function* (side: Side.Side, many: number) {
    const companies = yield* HistoryUsers.companies(world, side)
    const persons = (yield* HistoryUsers.people(world, side)).map(({ birth }) => birth)
    const created = Array.from({ length: many }, () => {
      const set: Record<string, HistoryUsers.Edit["set"][string]> = {}
      for (const field of HistoryWorld.fields)
        if (field === "home" || random.happens(0.7)) set[field] = valueOf(field, companies, persons)
      return { birth: `p${++born}`, set }
    })
    const sets = new Map(created.map(({ birth, set }) => [birth, set]))
    for (const person of yield* HistoryUsers.create(world, side, created))
      toldOf(side, "makes", sets.get(person.birth) ?? {}, undefined, person)
  })

  const act = Effect.fnUntraced(function* (side: Side.Side) {
    if (random.happens(0.5)) yield* makeCompanies(side, random.happens(0.5) ? "h" : "d", 1 + Math.floor(count / 100))
    if (random.happens(0.6)) yield* makePeople(side, Math.ceil(count / 25))
    const companies = yield* HistoryUsers.companies(world, side)
    const before = new Map((yield* HistoryUsers.people(world, side)).map((person) => [person.birth, person]))
    const persons = [...before.keys()]
    const edits = persons.flatMap((birth): ReadonlyArray<HistoryUsers.Edit> => {
      if (!random.happens(0.45)) return []
      const set: Record<string, HistoryUsers.Edit["set"][string]> = {}
      for (const field of HistoryWorld.fields) {
        if (!random.happens(0.22)) continue
        if (field !== "tags" || random.happens(0.2)) set[field] = valueOf(field, companies, persons)
        else if (random.happens(0.7)) set["add"] = `tag-${++token}`
        else set["drop"] = true
      }
      return Object.keys(set).length === 0 ? [] : [{ birth, set }]
    })
    const sets = new Map(edits.map(({ birth, set }) => [birth, set]))
    for (const person of yield* HistoryUsers.edit(world, side, edits))
      toldOf(side, "writes", sets.get(person.birth) ?? {}, before.get(person.birth), person)
    if (random.happens(0.3)) {
      const doomed = companies.filter((birth) => birth.startsWith("d") && random.happens(0.2))
      for (const birth of yield* HistoryUsers.remove(world, HistoryWorld.places[side].companies, doomed))
        deleted.add(birth)
    }
    const doomed = persons.filter(() => random.happens(0.05))
    for (const birth of yield* HistoryUsers.remove(world, HistoryWorld.places[side].people, doomed)) {
      deleted.add(birth)
      const story = stories.get(birth)
      if (story === undefined) continue
      HistoryModel.remove(story, side)
      story.tale.push(`${side} deletes`)
    }
  })

  /** A person answers some of the open conflicts, or all. */
  const answer = Effect.fnUntraced(function* (chance: number) {
    const open = yield* world.engine.conflicts.list({ limit: 10_000 })
    for (const { fields, id } of open) {
      if (!random.happens(chance)) continue
      conflicts++
      const { version } = yield* world.engine.conflicts.get(id)
      const choices = Object.fromEntries(
        fields.map((field) => [field, random.happens(0.5) ? ("source" as const) : ("target" as const)])
      )
      yield* world.engine.conflicts.resolve(id, { version, choices, by: "someone" })
    }
    return open.length
  })

  yield* makeCompanies("source", "h", 10)
  yield* makeCompanies("target", "d", 10)
  yield* sync
  for (const side of Side.Side.literals) yield* makePeople(side, Math.ceil(count / 3))
  for (let round = 0; round < rounds; round++) {
    const sides = random.happens(0.5) ? Side.Side.literals : Side.Side.literals.toReversed()
    for (const [index, side] of sides.entries()) {
      yield* act(side)
      if (index === 0 && random.happens(0.35)) yield* sync
    }
    if (random.happens(0.25)) {
      isExact = false
      yield* Effect.all([run, act(random.happens(0.5) ? "source" : "target")], { concurrency: 2 })
    }
    yield* sync
    if (random.happens(0.5)) yield* answer(0.5)
  }

  let quietAfter = 0
  isExact = false
  for (; quietAfter < maxQuietSyncs; quietAfter++) {
    const before = yield* world.writes
    const open = yield* answer(1)
    yield* sync
    if (open === 0 && (yield* world.writes) === before) break
  }
  const before = yield* world.writes
  yield* run
  const after = yield* world.writes
  if (after !== before) violations.push(`not quiet: ${after - before} writes after ${quietAfter} syncs without an edit`)
  violations.push(...(yield* violationsOf(world, stories, deleted, rules)))
  const durationMs = (yield* Clock.currentTimeMillis) - startedAtMs
  const told: Run = { seed, setting: rules.name, histories: stories.size, syncs, conflicts, durationMs, violations }
  return told
}, Effect.scoped)
