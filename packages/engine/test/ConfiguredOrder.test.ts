/** What a team says of the order of its pairs, where the records' own references do not say it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const table = { key: "id", capture: "log", onDelete: "delete" }

const notes = {
  ddl: "create table crm.notes (id uuid primary key, text text); create table app.remarks (id uuid primary key, text text)",
  tables: { crm: { notes: table }, app: { remarks: table } },
  further: [{ source: "notes", target: "remarks", mapping: [{ source: "text", target: "text" }], match: [] }]
}

const jobsOf = (executions: ReadonlyArray<{ readonly job: string }>) => [...new Set(executions.map(({ job }) => job))]

describe("the order of an integration's pairs", () => {
  it.live("is as its records' references and its configuration say", () =>
    Effect.gen(function* () {
      const plain = yield* TwoTables.open(notes)
      assert.deepStrictEqual(jobsOf(yield* plain.sync), ["job-people", "job-notes"])
      const told = yield* TwoTables.open({ ...notes, dependencies: { add: [{ entity: "people", on: "notes" }] } })
      assert.deepStrictEqual(jobsOf(yield* told.sync), ["job-notes", "job-people"])
    }).pipe(Effect.scoped)
  )

  it.live("is refused with a line per mistake", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(
        TwoTables.open({
          ...notes,
          dependencies: {
            add: [{ entity: "notes", on: "persons" }],
            remove: [{ entity: "people", on: "notes" }]
          }
        })
      )
      assert.strictEqual(
        refused.message,
        [
          `integrations.contacts.dependencies: dependency notes → persons names "persons", which is not synced; known are "people", "notes"`,
          "integrations.contacts.dependencies: dependency people → notes cannot be removed, because there is none; leave it out"
        ].join("\n")
      )
    }).pipe(Effect.scoped)
  )
})
