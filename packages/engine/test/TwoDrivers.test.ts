import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const records = 60
const rounds = 3

describe("two drivers, one a side, that decide the same records at the same time", () => {
  for (const strategy of ["source_wins", "target_wins"] as const) {
    it.live(`${strategy}: no value is swapped and none is lost`, () =>
      Effect.gen(function* () {
        const world = yield* TwoTables.open({ strategy })
        const drive = Effect.forEach(
          ["source", "target"] as const,
          (side) => world.engine.run("contacts", { sides: [side] }),
          { concurrency: 2, discard: true }
        )
        yield* world.query(
          "insert into crm.people (name, phone, email) select 'n', 'p', i::text from generate_series(1, $1::int) i",
          [records]
        )
        yield* world.sync
        for (let round = 1; round <= rounds; round++) {
          // Of every third record both sides change the same field, of every other one each side another field.
          yield* world.query(
            `update crm.people set name = case when email::int % 3 <> 1 then 'here-' || $1::text else name end,
               phone = case when email::int % 3 = 1 then 'here-' || $1::text else phone end`,
            [String(round)]
          )
          yield* Effect.all(
            [
              drive,
              world.query(
                `update app.contacts set full_name = case when mail::int % 3 <> 2 then 'there-' || $1::text else full_name end,
                   phone = case when mail::int % 3 = 2 then 'there-' || $1::text else phone end`,
                [String(round)]
              )
            ],
            { concurrency: 2 }
          )
          for (let again = 0; again < 3; again++) yield* drive
          yield* world.sync
          const rows = yield* world.query(
            `select p.name, p.phone, c.full_name, c.phone as their_phone, p.email::int % 3 as kind
             from crm.people p join app.contacts c on c.mail = p.email order by p.email`
          )
          assert.strictEqual(rows.length, records)
          for (const { full_name, kind, name, phone, their_phone } of rows) {
            assert.strictEqual(name, full_name)
            assert.strictEqual(phone, their_phone)
            if (kind === 1) assert.deepStrictEqual([name, phone], [`there-${round}`, `here-${round}`])
            if (kind === 2) assert.deepStrictEqual([name, phone], [`here-${round}`, `there-${round}`])
            if (kind === 0) assert.include([`here-${round}`, `there-${round}`], name)
          }
        }
      }).pipe(Effect.scoped)
    )
  }
})
