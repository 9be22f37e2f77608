import { assert, describe, it } from "@effect/vitest"
import { RecordId } from "@syncline/core"
import { Effect, Result } from "effect"
import { column, open, told, using } from "../test/World.ts"

const definition = `create schema app;
  create table app.people (
    key bigint generated always as identity primary key,
    stripe_id text unique,
    email varchar(80) default 'none',
    joined timestamptz,
    tags text[],
    amount numeric(12,2),
    note text,
    gone timestamptz
  );
  insert into app.people (stripe_id, email, note) values ('cus_1', 'old@x', 'mine'), (null, 'other@x', 'not synced')`

const mapped = Effect.fnUntraced(function* (onDelete: "ignore" | "delete" | { readonly mark: string }) {
  const { database, entity } = yield* open({ people: { idColumn: "stripe_id", onDelete } })
  yield* database.query(definition)
  const people = using(database, entity("people"))
  yield* people.prepare([column("email"), column("joined"), column("tags", "json"), column("amount", "number")])
  return { database, entity: entity("people"), ...people }
})

describe("a mapped table", () => {
  it.effect("takes new rows and the rows that hold the id, and only their mapped columns", () =>
    Effect.gen(function* () {
      const { create, database } = yield* mapped("ignore")
      const outcomes = yield* database.inTransaction(
        create([
          { stripe_id: "cus_1", email: "new@x", joined: "2026-01-02T03:04:05+01:00", tags: ["a", "b"], amount: 12.5 },
          { stripe_id: "cus_2", amount: 1 },
          { stripe_id: "cus_3", email: null }
        ])
      )
      assert.deepStrictEqual(told(outcomes), ["done", "done", "done"])
      const rows = yield* database.query(
        "select stripe_id, email, tags, amount::float8, note from app.people where stripe_id is not null order by stripe_id"
      )
      assert.deepStrictEqual(
        rows.map((row) => ({ ...row })),
        [
          { stripe_id: "cus_1", email: "new@x", tags: ["a", "b"], amount: 12.5, note: "mine" },
          { stripe_id: "cus_2", email: "none", tags: null, amount: 1, note: null },
          { stripe_id: "cus_3", email: null, tags: null, amount: null, note: null }
        ]
      )
    })
  )

  it.effect("answers what it made of the values", () =>
    Effect.gen(function* () {
      const { create, database } = yield* mapped("ignore")
      const outcomes = yield* database.inTransaction(
        create([{ stripe_id: "cus_9", joined: "2026-01-02T03:04:05+01:00", amount: 1.239 }])
      )
      const [stored] = [...outcomes.values()].map(Result.getOrNull)
      assert.deepInclude(stored, {
        stripe_id: "cus_9",
        email: "none",
        joined: "2026-01-02T02:04:05.000Z",
        amount: 1.24
      })
    })
  )

  it.effect("is updated in the carried fields, unless they moved", () =>
    Effect.gen(function* () {
      const { create, database, present, update } = yield* mapped("ignore")
      yield* database.inTransaction(
        create([{ stripe_id: "cus_1", joined: "2026-01-01T00:00:00.123456Z", tags: ["a"], amount: 10 }])
      )
      const base = yield* database.alone(present("cus_1"))
      const patch = { joined: "2027-01-01T00:00:00Z", tags: ["b"], amount: null }
      yield* database.query("update app.people set note = 'changed' where stripe_id = 'cus_1'")
      assert.deepStrictEqual(told(yield* database.inTransaction(update("cus_1", patch, base))), ["done"])
      assert.deepStrictEqual(told(yield* database.inTransaction(update("cus_1", patch, base))), ["Conflicted"])
      assert.deepInclude(yield* database.alone(present("cus_1")), {
        joined: "2027-01-01T00:00:00.000Z",
        tags: ["b"],
        amount: null,
        note: "changed"
      })
    })
  )

  it.effect("refuses alone a record with a field that is not mapped, or with an id that the column cannot hold", () =>
    Effect.gen(function* () {
      const { create, database } = yield* mapped("ignore")
      const outcomes = yield* database.inTransaction(
        create([
          { stripe_id: "cus_1", note: "overwritten" },
          { stripe_id: "cus_2", key: 1 },
          { stripe_id: "" },
          { stripe_id: "cus_3" }
        ])
      )
      assert.deepStrictEqual(told(outcomes), ["Rejected", "Rejected", "Rejected", "done"])
      assert.deepStrictEqual(
        (yield* database.query("select note from app.people where stripe_id = 'cus_1'")).map(({ note }) => note),
        ["mine"]
      )
    })
  )

  it.effect("says Conflicted for a row that its own triggers keep from being written", () =>
    Effect.gen(function* () {
      const { create, database } = yield* mapped("ignore")
      yield* database.query(`create function app.never() returns trigger language plpgsql as 'begin return null; end';
        create trigger never before insert on app.people for each row when (new.stripe_id = 'cus_no') execute function app.never()`)
      const outcomes = yield* database.inTransaction(create([{ stripe_id: "cus_no" }, { stripe_id: "cus_yes" }]))
      assert.deepStrictEqual(told(outcomes), ["Conflicted", "done"])
    })
  )

  it.effect(
    "has no remove unless asked, deletes if asked, or marks the row and unmarks it when the record is back",
    () =>
      Effect.gen(function* () {
        assert.isUndefined((yield* mapped("ignore")).entity.target?.remove)

        const deleting = yield* mapped("delete")
        assert.strictEqual(deleting.entity.target?.remove?.as, "deleted")
        const base = yield* deleting.database.alone(deleting.present("cus_1"))
        assert.deepStrictEqual(
          told(yield* deleting.database.inTransaction(deleting.remove("cus_1", { ...base, email: "stale" }))),
          ["Conflicted"]
        )
        assert.deepStrictEqual(told(yield* deleting.database.inTransaction(deleting.remove("cus_1", base))), ["done"])
        assert.deepStrictEqual(
          (yield* deleting.database.query("select email from app.people")).map(({ email }) => email),
          ["other@x"]
        )

        const marking = yield* mapped({ mark: "gone" })
        assert.strictEqual(marking.entity.target?.remove?.as, "archived")
        yield* marking.database.inTransaction(
          Effect.flatMap(marking.present("cus_1"), (seen) => marking.remove("cus_1", seen))
        )
        assert.deepStrictEqual(
          (yield* marking.database.alone(marking.get("cus_1"))).map(({ _tag }) => _tag),
          ["Gone"]
        )
        yield* marking.database.inTransaction(marking.create([{ stripe_id: "cus_1", amount: 2 }]))
        assert.deepInclude(yield* marking.database.alone(marking.present("cus_1")), { amount: 2, note: "mine" })
      })
  )

  it.effect("with ids of another type answers Gone for what can be no id of it", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ numbered: { idColumn: "number" } })
      yield* database.query(
        "create schema app; create table app.numbered (number bigint primary key, name text); insert into app.numbered values (7, 'seven')"
      )
      const numbered = using(database, entity("numbered"))
      yield* numbered.prepare([column("name")])
      const seen = yield* database.alone(numbered.get("7", "07", "cus_1", "99999999999999999999"))
      assert.deepStrictEqual(
        seen.map(({ _tag }) => _tag),
        ["Present", "Gone", "Gone", "Gone"]
      )
      assert.deepStrictEqual(
        told(yield* database.inTransaction(numbered.create([{ number: "8", name: "eight" }, { number: "x" }]))),
        ["done", "Rejected"]
      )
      assert.deepStrictEqual(yield* database.alone(numbered.present("8")), { number: "8", name: "eight" })
      const page = yield* database.alone(
        Effect.flatMap(entity("numbered").source.list.start, (start) => entity("numbered").source.list.read(start))
      )
      assert.deepStrictEqual(
        page.items.map((item) => item._tag === "Present" && item.record["number"]),
        ["7", "8"]
      )
      assert.deepStrictEqual(
        yield* database.alone(numbered.get(RecordId.make("9"))).pipe(Effect.map(([one]) => one?._tag)),
        "Gone"
      )
    })
  )
})
