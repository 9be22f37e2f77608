import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

/** Ada is on both sides, and both renamed her; beside that somebody changed her phone number here. */
const contested = Effect.gen(function* () {
  const world = yield* TwoTables.open({ strategy: "manual" })
  yield* world.query("insert into crm.people (name, email) values ('Ada', 'ada@example.com')")
  yield* world.sync
  yield* world.query("update crm.people set name = 'Ada L.', phone = '1'")
  yield* world.query("update app.contacts set full_name = 'A. Lovelace'")
  yield* world.sync
  const [conflict] = yield* world.engine.conflicts.list({ limit: 10 })
  assert.isDefined(conflict)
  return { ...world, conflict, report: yield* world.engine.conflicts.get(conflict.id) }
})

describe("a conflict that waits for a person", () => {
  it.live("shows both sides, and holds back everything else of the record", () =>
    Effect.gen(function* () {
      const { conflict, report, rows } = yield* contested
      assert.deepInclude(conflict, { status: "open", strategy: "manual", resolvedBy: null })
      assert.deepStrictEqual(conflict.fields, ["full_name"])
      const [field] = report.contested
      assert.deepInclude(field, { field: "full_name", source: "Ada L.", target: "A. Lovelace" })
      assert.deepStrictEqual(field?.base, { source: "Ada", target: "Ada" })
      assert.deepStrictEqual(report.withheld.target, [{ field: "phone", before: null, after: "1" }])
      assert.deepInclude((yield* rows("app.contacts"))[0], { full_name: "A. Lovelace", phone: null })
    }).pipe(Effect.scoped)
  )

  const choices = [
    ["source", "Ada L."],
    ["target", "A. Lovelace"],
    [{ value: "Ada Lovelace" }, "Ada Lovelace"]
  ] as const
  for (const [choice, name] of choices) {
    it.live(`that is resolved as ${JSON.stringify(choice)} ends so on both sides, with what was held back`, () =>
      Effect.gen(function* () {
        const { engine, report, rows, sync } = yield* contested
        const resolution = { version: report.version, choices: { full_name: choice }, by: "grace" }
        const resolved = yield* engine.conflicts.resolve(report.id, resolution)
        assert.deepInclude(resolved, { status: "resolved", resolvedBy: "grace" })
        yield* sync
        assert.deepInclude((yield* rows("crm.people"))[0], { name, phone: "1" })
        assert.deepInclude((yield* rows("app.contacts"))[0], { full_name: name, phone: "1" })
        assert.isFalse((yield* engine.plan("contacts")).changes)
        assert.deepStrictEqual(yield* engine.conflicts.list({ limit: 10 }), [])
        assert.strictEqual((yield* engine.conflicts.list({ limit: 10, resolved: true })).length, 1)
      }).pipe(Effect.scoped)
    )
  }

  it.live("is not resolved by who saw it before it moved, nor twice", () =>
    Effect.gen(function* () {
      const { engine, query, report, sync } = yield* contested
      yield* query("update app.contacts set full_name = 'Countess Lovelace'")
      yield* sync
      const choices = { full_name: "source" as const }
      const late = yield* Effect.flip(
        engine.conflicts.resolve(report.id, { version: report.version, choices, by: "grace" })
      )
      assert.strictEqual(late._tag, "Moved")
      assert.include(late.message, "syncline conflicts show")
      const { version } = yield* engine.conflicts.get(report.id)
      yield* engine.conflicts.resolve(report.id, { version, choices, by: "grace" })
      const again = yield* Effect.flip(engine.conflicts.resolve(report.id, { version, choices, by: "ada" }))
      assert.include(again.message, "resolved already, by grace")
    }).pipe(Effect.scoped)
  )

  it.live("refuses a choice that leaves a field out, or names one that is not contested", () =>
    Effect.gen(function* () {
      const { engine, report } = yield* contested
      const { id, version } = report
      for (const [choices, told] of [
        [{}, `"full_name"`],
        [{ full_name: "source", mail: "target" }, `"mail"`]
      ] as const) {
        const refused = yield* Effect.flip(engine.conflicts.resolve(id, { version, choices, by: "grace" }))
        assert.strictEqual(refused._tag, "Refused")
        assert.include(refused.message, told)
      }
    }).pipe(Effect.scoped)
  )

  it.live("about the record itself: edited here, deleted there, and a person keeps either", () =>
    Effect.gen(function* () {
      for (const [choice, left] of [
        ["source", 1],
        ["target", 0]
      ] as const) {
        const world = yield* TwoTables.open({ strategy: "manual" })
        yield* world.query("insert into crm.people (name, email) values ('Ada', 'ada@example.com')")
        yield* world.sync
        yield* world.query("update crm.people set name = 'Ada L.'")
        yield* world.query("delete from app.contacts")
        yield* world.sync
        const [conflict] = yield* world.engine.conflicts.list({ limit: 10 })
        assert.deepStrictEqual(conflict?.fields, [""])
        const { id, version } = yield* world.engine.conflicts.get(conflict?.id ?? "")
        yield* world.engine.conflicts.resolve(id, { version, choices: { "": choice }, by: "grace" })
        yield* world.sync
        assert.strictEqual((yield* world.rows("crm.people")).length, left, choice)
        assert.strictEqual((yield* world.rows("app.contacts")).length, left, choice)
      }
    }).pipe(Effect.scoped)
  )
})

describe("an explanation", () => {
  it.live("tells the chain of a field that was in a conflict, by its name on either side", () =>
    Effect.gen(function* () {
      const { engine, report, rows, sync } = yield* contested
      const { id, version } = report
      yield* engine.conflicts.resolve(id, { version, choices: { full_name: "source" }, by: "grace" })
      yield* sync
      const [contact] = yield* rows("app.contacts")
      for (const field of ["full_name", "name"]) {
        const [record] = yield* engine.explain({ entity: "contacts", id: String(contact?.id), field })
        const [told] = record?.fields ?? []
        assert.deepInclude(told, { field: "full_name", source: "Ada L.", target: "Ada L." })
        const events = told?.events ?? []
        assert.isTrue(events.some((event) => event._tag === "Contested" && event.resolvedBy === "grace"))
        assert.deepInclude(events[0], { _tag: "Changed", side: "target", new: "Ada L." })
        assert.isTrue(events.some((event) => event._tag === "Changed" && event.new === "A. Lovelace"))
      }
    }).pipe(Effect.scoped)
  )

  it.live("names what a record waits for, and refuses a record and a field that are not there", () =>
    Effect.gen(function* () {
      const { conflict, engine } = yield* contested
      const [record] = yield* engine.explain({ entity: "job-people", id: conflict.key })
      assert.include(record?.pending.join(), "waits for a person")
      const noField = yield* Effect.flip(engine.explain({ entity: "people", id: conflict.key, field: "age" }))
      assert.include(noField.message, "full_name")
      const noRecord = yield* Effect.flip(engine.explain({ entity: "people", id: "nobody" }))
      assert.strictEqual(noRecord._tag, "NotFound")
    }).pipe(Effect.scoped)
  )
})

describe("a mapping", () => {
  it.live("is found by either id, and a record can be unlinked and linked again", () =>
    Effect.gen(function* () {
      const { engine, query, rows, sync } = yield* TwoTables.open()
      yield* query("insert into crm.people (name) values ('Ada')")
      yield* sync
      const [person] = yield* rows("crm.people")
      const [contact] = yield* rows("app.contacts")
      const [sourceId, targetId] = [String(person?.id), String(contact?.id)]
      const [bySource] = yield* engine.mappings.find({ entity: "people", id: sourceId })
      const [byTarget] = yield* engine.mappings.find({ entity: "contacts", id: targetId })
      assert.deepStrictEqual(bySource, byTarget)
      assert.deepInclude(bySource, { status: "mapped", key: sourceId })
      const taken = yield* Effect.flip(engine.mappings.link({ entity: "people", sourceId, targetId }))
      assert.include(taken.message, "linked already")

      const unlinked = yield* engine.mappings.unlink({ entity: "people", id: sourceId })
      assert.strictEqual(unlinked.target.id, targetId)
      const [alone] = yield* engine.mappings.find({ entity: "people", id: sourceId })
      assert.isNull(alone?.target.id)
      assert.deepStrictEqual(yield* engine.mappings.find({ entity: "contacts", id: targetId }), [])
      const linked = yield* engine.mappings.link({ entity: "people", sourceId, targetId })
      assert.strictEqual(linked.status, "mapped")
      assert.strictEqual(linked.target.id, targetId)
      yield* engine.resync("people", sourceId)
      yield* query("update crm.people set name = 'Ada L.'")
      yield* sync
      assert.deepStrictEqual(
        (yield* rows("app.contacts")).map(({ full_name }) => full_name),
        ["Ada L."]
      )
    }).pipe(Effect.scoped)
  )
})

it.live("a record that failed three times is a dead letter, is retried by hand, and discarded", () =>
  Effect.gen(function* () {
    const { engine, query } = yield* TwoTables.open({
      mapping: [{ source: "name", target: "full_name", transform: { _tag: "Number" } }]
    })
    yield* query("insert into crm.people (name) values ('Ada')")
    for (let run = 0; run < 3; run++) yield* engine.run("contacts")
    const [letter] = yield* engine.deadLetters.list({ limit: 10 })
    assert.deepInclude(letter, { attempts: 3, side: null, operation: null })
    yield* engine.deadLetters.retry(letter?.id ?? "")
    assert.deepStrictEqual(yield* engine.deadLetters.list({ limit: 10 }), [])
    const gone = yield* Effect.flip(
      engine.deadLetters.discard(letter?.id ?? "", { by: "ada", why: "a name is no number" })
    )
    assert.strictEqual(gone._tag, "NotFound")
    for (let run = 0; run < 2; run++) yield* engine.run("contacts")
    yield* engine.deadLetters.discard(letter?.id ?? "", { by: "ada", why: "a name is no number" })
    assert.deepStrictEqual(yield* engine.failures({}), [])
    const [discarded] = yield* engine.deadLetters.discarded({ limit: 10 })
    assert.deepInclude(discarded, { by: "ada", why: "a name is no number", side: null })
  }).pipe(Effect.scoped)
)

describe("a write that a provider refused for good", () => {
  /** Two people with names that the other side does not take, tried until they are dead. */
  const dead = Effect.gen(function* () {
    const world = yield* TwoTables.open({
      ddl: "alter table app.contacts add constraint short check (length(full_name) < 10)"
    })
    yield* world.query(
      "insert into crm.people (name, phone) values ('Ada Augusta Lovelace', '1'), ('Grace B. Hopper', '2')"
    )
    for (let run = 0; run < 4; run++) yield* world.engine.run("contacts")
    const letters = yield* world.engine.deadLetters.list({ limit: 10 })
    assert.deepStrictEqual(
      letters.map(({ operation, side }) => [operation, side]),
      [
        ["create", "target"],
        ["create", "target"]
      ]
    )
    const wakes = Effect.map(world.query("select class from syncline.wake order by class"), (rows) =>
      rows.map((row) => row["class"])
    )
    return { ...world, letters, wakes }
  })

  it.live("is tried again with other values, and the workers are told", () =>
    Effect.gen(function* () {
      const { engine, letters, query, rows, sync, wakes } = yield* dead
      const [letter] = letters
      const id = letter?.id ?? ""
      const foreign = yield* Effect.flip(engine.deadLetters.retry(id, { values: { colour: "red" } }))
      assert.include(foreign.message, '"colour"')
      yield* engine.deadLetters.retry(id, { values: { full_name: "Short" } })
      assert.deepStrictEqual(yield* wakes, ["edit"])
      yield* Effect.exit(sync)
      assert.deepStrictEqual(
        (yield* rows("app.contacts")).map(({ full_name }) => full_name),
        ["Short"]
      )
      assert.strictEqual((yield* query("select from syncline.outbox where state = 'dead'")).length, 1)
    }).pipe(Effect.scoped)
  )

  it.live("is tried again with all that died of the same, or given up by somebody", () =>
    Effect.gen(function* () {
      const { engine, letters, query, rows, sync } = yield* dead
      yield* query("alter table app.contacts drop constraint short")
      const retried = yield* engine.deadLetters.retryCause(letters[0]?.id ?? "")
      assert.deepStrictEqual(retried.toSorted(), letters.map(({ id }) => id).toSorted())
      yield* sync
      assert.strictEqual((yield* rows("app.contacts")).length, 2)
      assert.deepStrictEqual(yield* engine.deadLetters.list({ limit: 10 }), [])
    }).pipe(Effect.scoped)
  )
})
