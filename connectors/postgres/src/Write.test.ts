import { assert, describe, it } from "@effect/vitest"
import { type Fields, Fingerprint, OpKey } from "@syncline/core"
import { Effect, Result, Schema } from "effect"
import { savepoint, someTime } from "../test/TestSql.ts"
import { column, idOf, inOrder, open, operations, told, using } from "../test/World.ts"

const columns = [
  column("name"),
  column("age", "integer"),
  column("rate", "number"),
  column("live", "boolean"),
  column("data", "json")
]

const mirror = Effect.gen(function* () {
  const { database, entity } = yield* open({ things: {} })
  const things = using(database, entity("things"))
  yield* things.prepare(columns)
  return { database, entity: entity("things"), ...things }
})

const ada: Fields = { id: "ada", name: "Ada", age: 36, rate: 1.5, live: true, data: { tags: ["x"] } }

describe("create", () => {
  it.effect("stores each field in its column, the unknown ones together, and when it was", () =>
    Effect.gen(function* () {
      const { create, database } = yield* mirror
      yield* database.inTransaction(create([{ ...ada, nick: "A", nothing: null }]))
      const [row] = yield* database.query(
        "select name, age::int, rate::float8, live, data, _unknown, _deleted_at, _synced_at = $1::timestamptz as at from app.things",
        [someTime]
      )
      assert.deepStrictEqual(
        { ...row },
        {
          name: "Ada",
          age: 36,
          rate: 1.5,
          live: true,
          data: { tags: ["x"] },
          _unknown: { nick: "A", nothing: null },
          _deleted_at: null,
          at: true
        }
      )
    })
  )

  it.effect("tells empty from null, and shows what was absent as null", () =>
    Effect.gen(function* () {
      const { create, database, present } = yield* mirror
      yield* database.inTransaction(
        create([
          { id: "empty", name: "", age: 0, data: {}, live: false },
          { id: "null", name: null, age: null, data: null, live: null },
          { id: "absent" }
        ])
      )
      const nothing = { name: null, age: null, rate: null, live: null, data: null }
      assert.deepStrictEqual(yield* database.alone(present("empty")), {
        ...nothing,
        id: "empty",
        name: "",
        age: 0,
        data: {},
        live: false
      })
      assert.deepStrictEqual(yield* database.alone(present("null")), { ...nothing, id: "null" })
      assert.deepStrictEqual(yield* database.alone(present("absent")), { ...nothing, id: "absent" })
    })
  )

  it.effect("sent twice makes one row, and brings back one that was removed", () =>
    Effect.gen(function* () {
      const { create, database, get, present, remove } = yield* mirror
      yield* database.inTransaction(create([{ ...ada, old: 1 }]))
      yield* database.inTransaction(Effect.flatMap(present("ada"), (base) => remove("ada", base)))
      assert.deepStrictEqual(
        (yield* database.alone(get("ada"))).map(({ _tag }) => _tag),
        ["Gone"]
      )
      assert.deepStrictEqual(told(yield* database.inTransaction(create([{ id: "ada", name: "Ada II" }]))), ["done"])
      assert.deepStrictEqual(yield* database.alone(present("ada")), {
        id: "ada",
        name: "Ada II",
        age: null,
        rate: null,
        live: null,
        data: null
      })
      assert.deepStrictEqual(
        (yield* database.query("select count(*)::int as n from app.things")).map(({ n }) => n),
        [1]
      )
    })
  )

  it.effect("refuses alone a record with a character that PostgreSQL cannot store, and says which field", () =>
    Effect.gen(function* () {
      const { create, database } = yield* mirror
      const outcomes = yield* database.inTransaction(
        create([
          ada,
          { id: "nul", name: "a\0b" },
          { id: "deep", data: { list: [{ "k\0": 1 }] } },
          { id: "half", unknown: "\ud83d" },
          { id: "looks", name: "a written-out \\u0000 and \\ud83d, and a whole 😀" },
          { id: "i\0d" }
        ])
      )
      assert.deepStrictEqual(
        inOrder(outcomes).map((outcome) =>
          Result.isFailure(outcome) && outcome.failure._tag === "Rejected"
            ? Object.keys(outcome.failure.fields).join()
            : "done"
        ),
        ["done", "name", "data", "unknown", "done", "id"]
      )
      const rows = yield* database.query("select id, name from app.things order by id")
      assert.deepStrictEqual(
        rows.map(({ name }) => name),
        ["Ada", "a written-out \\u0000 and \\ud83d, and a whole 😀"]
      )
    })
  )

  const misfits: ReadonlyArray<Fields> = [
    { age: 1.5 },
    { age: "many" },
    { age: 1e19 },
    { rate: "1,5" },
    { live: "perhaps" }
  ]
  it.effect.each(misfits)(
    "fails as a whole with Rejected for %j, and the savepoint keeps the rest of the transaction",
    (misfit) =>
      Effect.gen(function* () {
        const { create, database } = yield* mirror
        const [tag, kept] = yield* database.inTransaction(
          Effect.gen(function* () {
            const whole = yield* Effect.flip(savepoint(create([ada, { id: "misfit", ...misfit }])))
            const alone = yield* savepoint(create([ada]))
            return [whole.reason._tag, told(alone)] as const
          })
        )
        assert.strictEqual(tag, "Rejected")
        assert.deepStrictEqual(kept, ["done"])
        assert.deepStrictEqual(
          (yield* database.query("select id from app.things")).map(({ id }) => id),
          ["ada"]
        )
      })
  )

  it.effect("writes and changes a thousand records with one statement each", () =>
    Effect.gen(function* () {
      const { database, entity, get } = yield* mirror
      const records = Array.from({ length: 1000 }, (_, index): Fields => ({
        ...ada,
        id: `r${index}`,
        age: index,
        more: index
      }))
      const { create, update } = entity.target ?? {}
      if (create === undefined || update === undefined) return yield* Effect.die("the table has no verbs")
      const ids = records.map(idOf)
      const created = yield* database.inTransaction(create.run(operations(records), OpKey.make("b")))
      assert.deepStrictEqual(new Set(told(created)), new Set(["done"]))
      const updated = yield* database.inTransaction(
        Effect.gen(function* () {
          const seen = yield* get(...ids)
          const ops = seen.flatMap((each) =>
            each._tag === "Present"
              ? [
                  {
                    key: OpKey.make(idOf(each.record)),
                    id: idOf(each.record),
                    base: each.record,
                    patch: { age: -1, more: "m" }
                  }
                ]
              : []
          )
          return yield* update.run(ops, OpKey.make("b"))
        })
      )
      assert.deepStrictEqual([told(updated).length, new Set(told(updated))], [1000, new Set(["done"])])
      const [sum] = yield* database.query(
        'select sum(age)::int as age, count(*) filter (where _unknown = \'{"more": "m"}\')::int as n from app.things'
      )
      assert.deepStrictEqual({ ...sum }, { age: -1000, n: 1000 })
    })
  )
})

describe("update", () => {
  it.effect("sets the fields that it carries, clears with null, and leaves the others", () =>
    Effect.gen(function* () {
      const { create, database, present, update } = yield* mirror
      yield* database.inTransaction(create([{ ...ada, nick: "A", shoe: 40 }]))
      const outcomes = yield* database.inTransaction(
        Effect.flatMap(present("ada"), (base) => update("ada", { age: 37, data: null, nick: "B", hat: 7 }, base))
      )
      const expected = { ...ada, age: 37, data: null, nick: "B", shoe: 40, hat: 7 }
      assert.deepStrictEqual([...outcomes.values()].map(Result.getOrNull), [expected])
      assert.deepStrictEqual(yield* database.alone(present("ada")), expected)
    })
  )

  const edits: ReadonlyArray<readonly [edit: string, outcome: string]> = [
    ["update app.things set age = 99", "Conflicted"],
    ["update app.things set age = null", "Conflicted"],
    ['update app.things set _unknown = \'{"nick": "Z"}\'', "Conflicted"],
    ["update app.things set data = '{\"tags\": []}'", "Conflicted"],
    ["update app.things set _deleted_at = '2026-01-01Z'", "Conflicted"],
    ["delete from app.things", "Conflicted"],
    ["update app.things set name = 'a field that the write leaves alone'", "done"],
    ["update app.things set data = data, age = age", "done"]
  ]
  it.effect.each(edits)("after %s its base is stale or not: %s", ([edit, expected]) =>
    Effect.gen(function* () {
      const { create, database, present, update } = yield* mirror
      yield* database.inTransaction(create([{ ...ada, nick: "A" }]))
      const base = yield* database.alone(present("ada"))
      yield* database.query(edit)
      const outcomes = yield* database.inTransaction(update("ada", { age: 1, data: [], nick: "B" }, base))
      assert.deepStrictEqual(told(outcomes), [expected])
    })
  )

  it.effect("waits for a row that another transaction has read to write it", () =>
    Effect.gen(function* () {
      const { create, database, present, update } = yield* mirror
      yield* database.inTransaction(create([ada]))
      const add = database.inTransaction(
        Effect.gen(function* () {
          const base = yield* present("ada")
          return yield* update("ada", { age: Number(base["age"]) + 1 }, base)
        })
      )
      const outcomes = yield* Effect.all(
        Array.from({ length: 4 }, () => add),
        { concurrency: 4 }
      )
      assert.deepStrictEqual(outcomes.flatMap(told), ["done", "done", "done", "done"])
      assert.strictEqual((yield* database.alone(present("ada")))["age"], 40)
    })
  )
})

describe("remove", () => {
  it.effect("marks the row with the time of the sync, and is content with one that is gone", () =>
    Effect.gen(function* () {
      const { create, database, present, remove } = yield* mirror
      yield* database.inTransaction(create([ada]))
      const base = yield* database.alone(present("ada"))
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("ada", base))), ["done"])
      const [row] = yield* database.query("select name, _deleted_at = $1::timestamptz as at from app.things", [
        someTime
      ])
      assert.deepStrictEqual({ ...row }, { name: "Ada", at: true })
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("ada", base), "2030-01-01T00:00:00Z")), ["done"])
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("never", base))), ["done"])
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("ne\0ver", base))), ["done"])
      const again = yield* database.query("select _deleted_at = $1::timestamptz as at from app.things", [someTime])
      assert.deepStrictEqual(
        again.map(({ at }) => at),
        [true]
      )
    })
  )

  it.effect("leaves a row that someone has changed since it was read", () =>
    Effect.gen(function* () {
      const { create, database, get, present, remove } = yield* mirror
      yield* database.inTransaction(create([ada]))
      const base = yield* database.alone(present("ada"))
      yield* database.query('update app.things set _unknown = \'{"nick": "new"}\'')
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("ada", base))), ["Conflicted"])
      assert.deepStrictEqual(
        (yield* database.alone(get("ada"))).map(({ _tag }) => _tag),
        ["Present"]
      )
    })
  )
})

describe("a record", () => {
  const Thing = Schema.Struct({
    name: Schema.NullOr(Schema.String),
    age: Schema.NullOr(Schema.Int),
    rate: Schema.NullOr(Schema.Finite),
    live: Schema.NullOr(Schema.Boolean),
    data: Schema.Json,
    unknown: Schema.Record(Schema.String, Schema.Json)
  })

  it.effect.prop(
    "reads back as it was sent, and an update with what was read changes nothing",
    { things: Schema.Array(Thing) },
    ({ things }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { create, database, present, update } = yield* mirror
          const records = things.map(({ unknown, ...fields }, index): Fields => ({
            ...unknown,
            ...fields,
            id: `r${index}`
          }))
          const outcomes = yield* database.inTransaction(create(records))
          for (const [index, outcome] of inOrder(outcomes).entries()) {
            const record = records[index]
            if (record === undefined || Result.isFailure(outcome)) continue
            const read = yield* database.alone(present(`r${index}`))
            assert.strictEqual(Fingerprint.canonical(read), Fingerprint.canonical(record))
            assert.deepStrictEqual(told(yield* database.inTransaction(update(`r${index}`, read, read))), ["done"])
            assert.deepStrictEqual(yield* database.alone(present(`r${index}`)), read)
          }
        })
      ),
    { arbitrary: { runs: 15 } }
  )

  it.effect("keeps numbers that JavaScript cannot hold, and shows them as text", () =>
    Effect.gen(function* () {
      const { create, database, present, update } = yield* mirror
      yield* database.inTransaction(
        create([
          { id: "a", age: "9007199254740993", rate: "0.12345678901234567890" },
          { id: "b", age: Number.MAX_SAFE_INTEGER, rate: 1e25 },
          { id: "c", age: "9223372036854775807", rate: 5e-324 }
        ])
      )
      const seen = yield* Effect.forEach(["a", "b", "c"], (id) => database.alone(present(id)))
      assert.deepStrictEqual(
        seen.map(({ age, rate }) => [age, rate]),
        [
          ["9007199254740993", "0.12345678901234567890"],
          [Number.MAX_SAFE_INTEGER, 1e25],
          ["9223372036854775807", 5e-324]
        ]
      )
      for (const base of seen) {
        assert.deepStrictEqual(told(yield* database.inTransaction(update(idOf(base), { age: 1, rate: 1 }, base))), [
          "done"
        ])
      }
    })
  )
})
