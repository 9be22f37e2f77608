/** Records that cannot be synced, most of them and the first ones too. `SYNCLINE_POISON_RECORDS=100000` is the campaign. */
import { assert, describe, it } from "@effect/vitest"
import { Config, Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const records = Effect.runSync(Effect.orDie(Config.withDefault(Config.Int("SYNCLINE_POISON_RECORDS"), 500)))

describe("a source of which 60 % cannot be synced, the first 20 among them", () => {
  it.live("is read to its end: every record that can be synced is, and the others wait with their reason", () =>
    Effect.gen(function* () {
      const { engine, query } = yield* TwoTables.open({
        mapping: [{ source: "name", target: "full_name", transform: { _tag: "Number" } }]
      })
      // Ids in their order are those of a listing.
      yield* query(
        `insert into crm.people (id, name)
         select lpad(to_hex(i), 32, '0')::uuid, case when i <= 20 or i % 10 < 6 then 'poison ' || i else i::text end
         from generate_series(1, $1::int) i`,
        [records]
      )
      const valid = countIn(yield* query("select count(*)::int as n from crm.people where name !~ 'poison'"))
      const { executions } = yield* engine.run("contacts")
      const [execution] = executions
      assert.strictEqual(execution?.status, "completed_with_errors", execution?.reason ?? "")
      assert.deepInclude(execution?.counters, { created: valid, failed: records - valid })
      assert.strictEqual(countIn(yield* query("select count(*)::int as n from app.contacts")), valid)
      const [group] = yield* engine.failures({})
      assert.strictEqual(group?.count, records - valid)
    }).pipe(Effect.scoped)
  )
})

const countIn = ([row]: ReadonlyArray<Readonly<Record<string, unknown>>>): number => Number(row?.["n"])
