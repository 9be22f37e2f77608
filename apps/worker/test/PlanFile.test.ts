/** A plan that is kept in a file is applied as it is, or, when the world has moved since, not at all. */
import { assert, describe, it } from "@effect/vitest"
import { Postgres } from "@syncline/store"
import { Effect, Redacted } from "effect"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Worker from "./Worker.ts"

/** Below the package, so that a configuration finds `syncline` and the connectors; git and watchers ignore it. */
const dataFolder = join(dirname(fileURLToPath(import.meta.url)), "..", ".syncline")
const project = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(dataFolder, { recursive: true })
    return mkdtempSync(join(dataFolder, "plan-"))
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const config = `import { postgres } from "@syncline/connector-postgres"
import { defineConfig } from "syncline"

export default defineConfig({
  connections: {
    crm: { connector: postgres, config: { schema: "crm", tables: { people: { key: "id" } } } },
    app: { connector: postgres, config: { schema: "app", tables: { contacts: { key: "id" } } } }
  },
  integrations: {
    contacts: {
      source: "crm",
      target: "app",
      strategy: "source_wins",
      entities: [
        { source: "people", target: "contacts", match: [], mapping: [{ source: "name", target: "full_name" }] }
      ]
    }
  },
  jobs: { people: { integration: "contacts", entity: "people", direction: "bidirectional" } }
})
`

const ddl = `
  create schema crm; create schema app;
  create table crm.people (id bigint generated always as identity primary key, name text);
  create table app.contacts (id bigint generated always as identity primary key, full_name text);
  insert into crm.people (name) values ('Ada')`

describe("syncline apply <file>", () => {
  it.live(
    "ends with 7 and writes nothing when the world has moved since the plan, and with 0 when it has not",
    () =>
      Effect.gen(function* () {
        const folder = yield* project
        writeFileSync(join(folder, "syncline.config.ts"), config)
        const DATABASE_URL = yield* Effect.promise(() => storeDatabase())
        const { query } = yield* Postgres.open({ url: Redacted.make(DATABASE_URL), max: 1 })
        yield* query(ddl)
        const command = (...words: ReadonlyArray<string>) =>
          Effect.flatMap(Worker.start(words, folder, { DATABASE_URL }), ({ ended }) => ended)
        const contacts = Effect.map(query("select full_name from app.contacts order by 1"), (rows) =>
          rows.map(({ full_name }) => full_name)
        )
        const planned = yield* command("plan", "contacts", "--out", "plan.json")
        assert.strictEqual(planned.code, 2, planned.stderr)
        yield* query("insert into crm.people (name) values ('Grace')")
        const refused = yield* command("apply", "plan.json")
        assert.strictEqual(refused.code, 7, refused.stdout + refused.stderr)
        assert.include(refused.stderr, "plan")
        assert.deepStrictEqual(yield* contacts, [])
        assert.strictEqual((yield* command("plan", "contacts", "--out", "plan.json")).code, 2)
        const applied = yield* command("apply", "plan.json")
        assert.strictEqual(applied.code, 0, applied.stdout + applied.stderr)
        assert.deepStrictEqual(yield* contacts, ["Ada", "Grace"])
      }).pipe(Effect.scoped),
    180_000
  )
})
