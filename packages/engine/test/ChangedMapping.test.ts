/** A mapping is changed between two runs: what was synced under the former one must not look changed under the new one. */
import { HttpClient } from "@syncline/connector"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Engine } from "../src/index.ts"
import * as TwoTables from "./TwoTables.ts"

const name = { source: "name", target: "full_name" }
const phone = { source: "phone", target: "phone" }

describe("a mapping that was changed", () => {
  it.live("makes nothing look changed, and the next real change travels by the new rules", () =>
    Effect.gen(function* () {
      const { project, query, rows, services, sync } = yield* TwoTables.open({ mapping: [name] })
      yield* query("insert into crm.people (name, phone) select 'n' || i, 'p' || i from generate_series(1, 20) i")
      yield* sync
      yield* query("update app.contacts set phone = 'of the application'")
      yield* sync

      const [[integration, definition] = ["", null]] = Object.entries(project.integrations)
      if (definition === null) return assert.fail("it has an integration")
      const entities = definition.entities.map((pair) => ({
        ...pair,
        mapping: [{ ...name, transform: { _tag: "Trim" as const } }, phone]
      }))
      const changed = { ...project, integrations: { [integration]: { ...definition, entities } } }
      const engine = yield* Layer.build(Engine.layer(changed).pipe(Layer.provide(HttpClient.layer))).pipe(
        Effect.provideContext(services),
        Effect.flatMap((built) => Effect.provideContext(Engine, built))
      )
      for (const full of [false, true]) {
        const { executions } = yield* engine.run(integration, { full })
        for (const { counters, reason } of executions)
          assert.deepInclude(counters, { created: 0, updated: 0, deleted: 0, failed: 0, conflicted: 0 }, reason ?? "")
      }
      const [report] = yield* engine.reconcile(integration)
      assert.deepInclude(report?.execution?.counters, { created: 0, updated: 0, deleted: 0, conflicted: 0 })
      assert.isTrue((yield* rows("app.contacts")).every((row) => row["phone"] === "of the application"))

      yield* query("update crm.people set phone = 'new' where name = 'n1'")
      yield* engine.run(integration)
      assert.deepStrictEqual(
        (yield* rows("app.contacts")).filter((row) => row["phone"] === "new").map((row) => row["full_name"]),
        ["n1"]
      )
    }).pipe(Effect.scoped)
  )
})
