/** The time limit of an execution is counted from its beginning, however many turns it takes. */
import { HttpClient } from "@syncline/connector"
import { defaultTenant, type ExecutionId, Side } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { sync } from "../src/Drive.ts"
import * as Run from "../src/Run.ts"
import * as Tenancy from "../src/Tenancy.ts"
import * as TwoTables from "./TwoTables.ts"

describe("an execution in turns", () => {
  it.live("is timed out in the turn in which its time is over, and the next goes on from its last commit", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open()
      yield* world.sync
      yield* world.query("insert into crm.people (name) select 'n' || i from generate_series(1, 5) i")
      const provided = <A, E>(effect: Effect.Effect<A, E, Run.RunServices | Tenancy.Needs | Scope.Scope>) =>
        effect.pipe(Effect.provideContext(world.services), Effect.provide(HttpClient.layer))
      const [pair] = (yield* provided(Tenancy.open(world.project, defaultTenant))).pairs
      if (pair === undefined) return assert.fail("the project has no pair")
      const turn = (resumes: ExecutionId | null, mustYield: boolean) =>
        provided(
          Run.run(pair, {
            isFull: false,
            task: sync,
            mayOverwrite: false,
            sides: Side.Side.literals,
            onProgress: () => Effect.void,
            turn: { trigger: "manual", resumes, mustYield: Effect.succeed(mustYield) }
          })
        )

      const begun = yield* turn(null, true)
      assert.strictEqual(begun.status, "running")
      yield* world.query(
        "update syncline.execution set started_at = started_at - make_interval(mins => $1::int) where status = 'running'",
        [pair.job.timeoutMinutes]
      )
      const over = yield* turn(begun.execution, false)
      assert.strictEqual(over.execution, begun.execution)
      assert.strictEqual(over.status, "timed_out")
      assert.strictEqual(over.reason, "not done after 60 minutes; the next run goes on from the last commit")

      assert.strictEqual((yield* turn(null, false)).status, "completed")
      assert.strictEqual((yield* world.rows("app.contacts")).length, 5)
    }).pipe(Effect.scoped)
  )
})
