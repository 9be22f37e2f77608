/** Listings: every record, each as it is, whatever happens while they are read. */
import type { Entity, Http, Sql } from "@syncline/connector"
import type { Wire } from "@syncline/connector/sandbox"
import { FieldPath, type Fields, type RecordId } from "@syncline/core"
import { Effect, Result } from "effect"
import { assert } from "vitest"
import { check, each, type Group, skip } from "../Check.ts"
import { haveSameIds } from "../Equality.ts"
import * as Heap from "../Heap.ts"
import * as Provider from "../Provider.ts"
import * as Reading from "../Reading.ts"
import * as Surprise from "../Surprise.ts"
import { offered, type Person, type Subject } from "../Subject.ts"
import { exactness } from "./Values.ts"

interface Place {
  readonly provider: Provider.Provider
  readonly person: Person
  readonly entity: Entity<Fields, Http | Sql>
  readonly pageSize: number
}

/** The most records that are made by hand for a check. */
const mostByHand = 250

/** An account with so many records of its first entity, from the start where the sandbox can, else made one by one. */
export const filled = Effect.fnUntraced(function* (subject: Subject, count: (pageSize: number) => number) {
  const probe = yield* subject.open()
  const [name = ""] = probe.people.keys()
  const isSeeded = subject.openings.size === true
  const wanted = count(probe.entities[name]?.endpoints.list.pageSize ?? 1)
  const size = isSeeded ? wanted : Math.min(wanted, mostByHand)
  const provider = yield* Provider.open(subject, isSeeded ? { size } : {})
  const place = yield* placeOf(provider, name)
  if (!isSeeded) yield* provider.fill(place.person, size)
  return place
})

const placeOf = (provider: Provider.Provider, name: string): Effect.Effect<Place> => {
  const person = provider.people.get(name)
  if (person === undefined) return Effect.die(new Error("the sandbox has no entities"))
  const entity = provider.entity(name)
  return Effect.succeed({ provider, person, entity, pageSize: entity.endpoints.list.pageSize })
}

const isWhole = Effect.fnUntraced(function* ({ entity, person, provider }: Place, what: string) {
  const { records } = yield* provider.run(Reading.list(entity))
  haveSameIds(records, yield* provider.truth(person.entity), `the listing of "${person.entity}", ${what}`)
})

const drains = Effect.fnUntraced(function* (subject: Subject) {
  for (const [what, count] of Object.entries({
    "no record": () => 0,
    "one record": () => 1,
    "one full page": (page: number) => page,
    "one record on the last page": (page: number) => page + 1,
    "two full pages": (page: number) => 2 * page
  }))
    yield* isWhole(yield* filled(subject, count), what)
  const provider = yield* Provider.open(subject)
  for (const person of Provider.people(provider)) {
    const place = yield* placeOf(provider, person.entity)
    yield* provider.fill(person, place.pageSize < mostByHand ? place.pageSize + 1 : 3)
    yield* isWhole(place, "more than one page")
  }
})

const showsChildren = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  yield* each(Provider.people(provider), (person) =>
    Effect.gen(function* () {
      const { count, id, path } = yield* yield* offered(person.scenes.children)
      const entity = provider.entity(person.entity)
      const { records } = yield* provider.run(Reading.list(entity))
      const read = yield* provider.run(Reading.read(entity, [id]))
      for (const [how, record] of [
        ["listed", records.get(id)],
        ["read by id", read.get(id)]
      ] as const) {
        const children =
          record === undefined || record === null ? undefined : FieldPath.valueAt(record, path.split("."))
        assert.strictEqual(Array.isArray(children) ? children.length : 0, count, `${path} of ${id}, ${how}`)
      }
    })
  )
})

const advances = Effect.fnUntraced(function* (subject: Subject) {
  // Enough for several pages in each of the ranges that a connector may read side by side.
  const { entity, provider } = yield* filled(subject, (page) => 15 * page)
  const { tap } = provider
  if (tap === null) return yield* skip("it reads by key in one database, where each page begins after the last")
  let first: Wire.Reply | null = null
  const { path } = entity.endpoints.list
  const usual = yield* provider.run(Reading.list(entity))
  tap.tamper((request, handler) =>
    request.path !== path
      ? handler(request)
      : Effect.suspend(() =>
          first === null
            ? Effect.tap(handler(request), (reply) => Effect.sync(() => (first = reply)))
            : Effect.succeed(first)
        )
  )
  const read = yield* Effect.result(
    provider
      .run(Reading.list(entity, { most: 20 + 3 * usual.pages.length }))
      .pipe(Effect.catchDefect(() => Effect.die(new Error("the same page again and again is read without end"))))
  )
  assert.isTrue(Result.isFailure(read), "a provider that shows the same page again and again is an error")
})

const passesCap = Effect.fnUntraced(function* (subject: Subject) {
  const opened = yield* subject.open()
  yield* each([...opened.people.values()], (person) =>
    Effect.gen(function* () {
      const cap = yield* offered(person.scenes.cap)
      const provider = yield* Provider.open(subject, subject.openings.size === true ? { size: cap + 1 } : {})
      const missing = cap + 1 - (yield* provider.truth(person.entity)).size
      if (missing > 0) yield* provider.fill(person, missing, 0)
      yield* isWhole(
        yield* placeOf(provider, person.entity),
        `${cap + 1} records, one more than can be reached at once`
      )
    })
  )
})

/** As many as make three pages, and few enough to be made by hand. */
const threePages = (pageSize: number): number => Math.min(2 * pageSize + 1, mostByHand)

const toldApart = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  const [person] = Provider.people(provider)
  const place = yield* placeOf(provider, person?.entity ?? "")
  const { entity } = place
  const begun = entity.source.changes === undefined ? null : yield* provider.run(Reading.begin(entity))
  yield* provider.fill(place.person, threePages(place.pageSize), 0)
  yield* provider.wait(2000)
  yield* isWhole(place, "all made at one time")
  if (begun === null) return
  const { changes } = yield* provider.run(Reading.follow(entity, begun))
  const settled = yield* provider.run(Reading.settled(entity, changes))
  haveSameIds(settled, yield* provider.truth(place.person.entity), "changes that were all made at one time")
})

/** Reads a listing while people edit between its pages. Answers what it showed, and who was left alone. */
const disturbed = Effect.fnUntraced(function* (subject: Subject) {
  const place = yield* filled(subject, (page) => 4 * page)
  const { entity, person, provider } = place
  const begun = entity.source.changes === undefined ? null : yield* provider.run(Reading.begin(entity))
  const ids = [...(yield* provider.truth(person.entity)).keys()]
  const edited = new Set<RecordId>()
  const edit = (id: RecordId | undefined) => {
    if (id === undefined || edited.has(id)) return Effect.void
    edited.add(id)
    return provider.account.user.edit(person.entity, id, { [person.text.field]: `edited ${edited.size}` })
  }
  // The oldest, the newest and one in the middle: whatever the order, one of them was read and one was not.
  const between = (page: number) =>
    Effect.all([edit(ids[page]), edit(ids[ids.length - page]), edit(ids[(ids.length >> 1) + page])], { discard: true })
  const { records } = yield* provider.run(Reading.list(entity, { between }))
  yield* provider.wait(2000)
  return { ...place, begun, edited, records }
})

const seesEdited = Effect.fnUntraced(function* (subject: Subject) {
  const { begun, edited, entity, person, provider, records } = yield* disturbed(subject)
  if (edited.size === 0) return yield* skip("its listing ends in one step")
  const truth = yield* provider.truth(person.entity)
  for (const id of edited) assert.isTrue(records.has(id), `${id} was edited while the listing was read, and is missing`)
  if (begun === null) return
  const { changes } = yield* provider.run(Reading.follow(entity, begun))
  const settled = yield* provider.run(Reading.settled(entity, changes))
  for (const id of edited)
    assert.deepEqual(settled.get(id) ?? records.get(id), truth.get(id), `${id} as it was edited while being listed`)
})

const losesNone = Effect.fnUntraced(function* (subject: Subject) {
  const { person, provider, records } = yield* disturbed(subject)
  haveSameIds(records, yield* provider.truth(person.entity), "a listing while others were edited")
})

const isBounded = Effect.fnUntraced(function* (subject: Subject) {
  const { entity, person, provider } = yield* filled(subject, threePages)
  if (entity.source.changes === undefined) return yield* skip("it has no changes to follow")
  const begun = yield* provider.run(Reading.begin(entity))
  const ids = [...(yield* provider.truth(person.entity)).keys()].slice(0, mostByHand)
  const editAll = (round: number) =>
    Effect.forEach(
      ids,
      (id) => provider.account.user.edit(person.entity, id, { [person.text.field]: `round ${round}` }),
      { discard: true }
    )
  yield* provider.wait(1000)
  yield* editAll(0)
  yield* provider.wait(1000)
  const { reads } = yield* provider.run(
    Reading.follow(entity, begun, { most: 40, between: (page) => Effect.andThen(provider.wait(1000), editAll(page)) })
  )
  assert.isAtMost(reads, 40, "a walk of changes ends although changes go on")
})

const resumes = Effect.fnUntraced(function* (subject: Subject) {
  const { entity, person, provider } = yield* filled(subject, (page) => 3 * page)
  const whole = yield* provider.run(Reading.list(entity))
  const again = subject.connector.entities(provider.config)[person.entity]
  if (again === undefined) return assert.fail("the connector loses an entity")
  for (const [page, position] of whole.positions.entries()) {
    const before = new Map(
      whole.pages
        .slice(0, page)
        .flatMap((items) =>
          items.flatMap((item) =>
            item._tag === "Present" ? [[Reading.idOf(entity, item.record), item.record] as const] : []
          )
        )
    )
    const { records } = yield* provider.run(Reading.listFrom(again, position))
    haveSameIds(new Map([...before, ...records]), whole.records, `the listing resumed before page ${page + 1}`)
  }
})

const keepsUnknown = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  const { tap } = provider
  if (tap === null) return yield* skip("a table's columns are what its database says")
  yield* each(Provider.people(provider), (person) =>
    Effect.gen(function* () {
      tap.tamper((request, handler) => handler(request))
      yield* provider.fill(person, 3)
      const ids = new Set<string>((yield* provider.truth(person.entity)).keys())
      const entity = provider.entity(person.entity)
      tap.tamper((request, handler) =>
        Effect.map(handler(request), (reply) =>
          Surprise.changed(reply, entity.id, ids, (record) => ({ ...record, [unknownField]: "kept" }))
        )
      )
      const { records } = yield* provider.run(Reading.list(entity))
      for (const [id, record] of records)
        assert.strictEqual(record[unknownField], "kept", `${id} keeps a field that the connector does not know`)
    })
  )
})

const unknownField = "field_of_tomorrow"

/** What is strange about one record is that record's own matter. */
const outlivesSurprises = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  const { tap } = provider
  if (tap === null) return yield* skip("a table's columns are what its database says")
  yield* each(Provider.people(provider), (person) =>
    Effect.gen(function* () {
      tap.tamper((request, handler) => handler(request))
      const [strange] = yield* provider.fill(person, 3)
      if (strange === undefined) return
      const others = [...(yield* provider.truth(person.entity)).keys()].filter((id) => id !== strange)
      const entity = provider.entity(person.entity)
      for (const [what, change] of Object.entries(Surprise.surprises(entity.id))) {
        tap.tamper((request, handler) =>
          Effect.map(handler(request), (reply) => Surprise.changed(reply, entity.id, new Set([strange]), change))
        )
        const items = yield* provider.run(Reading.items(entity))
        const read = new Set(
          items.flatMap((item) => (item._tag === "Present" ? [Reading.idOf(entity, item.record)] : []))
        )
        const missing = others.filter((id) => !read.has(id))
        assert.isEmpty(missing, `"${person.entity}" records beside one with ${what}`)
        const told = items.flatMap((item) => (item._tag === "Unreadable" ? [item] : []))
        assert.isAtMost(told.length, 1, `"${person.entity}" records that cannot be read beside one with ${what}`)
        for (const { why } of told) assert.isNotEmpty(why, `why one with ${what} cannot be read`)
      }
    })
  )
})

const isFlat = Effect.fnUntraced(function* (subject: Subject) {
  yield* offered(subject.openings.size)
  const size = subject.options.isFull ? 1_000_000 : 10_000
  const { entity, provider } = yield* filled(subject, () => size)
  const { source } = entity
  const measured: Array<number> = []
  // Letting go of what was read takes its time, and a second where it is a million records: so it is measured a few times only.
  const every = size / 10
  yield* provider.run(
    Effect.gen(function* () {
      for (let at = yield* source.list.start, read = 0, due = every; ;) {
        const { items, next } = yield* source.list.read(at)
        read += items.length
        assert.isAtMost(JSON.stringify(at).length, 65_536, "a position stays small")
        if (next._tag === "Complete") break
        at = next.position
        provider.tap?.forget()
        if (read < due) continue
        due = read + every
        if (read < size / 5 || read > (size * 3) / 4) measured.push(Heap.usedBytes())
      }
    })
  )
  const [first = 0] = measured
  const grownMiB = ((measured.at(-1) ?? 0) - first) / 2 ** 20
  assert.isBelow(grownMiB, 48, `memory grew by ${grownMiB.toFixed(1)} MiB while ${size} records were read`)
})

const mostItems = 10_000
const mostBytes = 64 * 2 ** 20

const isInBatches = Effect.fnUntraced(function* (subject: Subject) {
  const { entity, person, provider } = yield* filled(subject, (page) => 2 * page)
  const long = "é".repeat(Math.min(person.text.longest, 32_768))
  const ids = [...(yield* provider.truth(person.entity)).keys()].slice(0, 50)
  for (const id of ids) yield* provider.account.user.edit(person.entity, id, { [person.text.field]: long })
  const { pages } = yield* provider.run(Reading.list(entity))
  for (const items of pages) {
    assert.isAtMost(items.length, mostItems, "records of one step")
    assert.isAtMost(JSON.stringify(items).length, mostBytes, "bytes of one step")
  }
})

export const read: Group = {
  name: "Read",
  checks: [
    check("C15", "a listing shows every record: no page, full pages, one record on the last page", drains),
    check("C16", "more children than the provider sends at once are all there", showsChildren),
    check("C17", "a page that does not advance is an error, not a loop", advances),
    check("C18", "more records than one query of the provider reaches are all listed", passesCap),
    check("C19", "records of one time are all seen, and end", toldApart),
    check("C20", "a record edited while it is listed is seen, as it became", seesEdited),
    check("C21", "an edit that moves records between pages loses none", losesNone),
    check("C22", "a walk of changes ends although changes go on", isBounded),
    check("C23", "a listing resumed at any page shows the same records", resumes),
    check("C24", "fields that the connector does not know are kept, and a strange value spoils one record", (subject) =>
      Effect.andThen(keepsUnknown(subject), outlivesSurprises(subject))
    ),
    ...exactness,
    check("C29", "memory stays flat, however many records are read", isFlat),
    check("C30", "a step holds a bounded number of records and bytes", isInBatches)
  ]
}
