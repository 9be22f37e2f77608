import { assert, describe, layer } from "@effect/vitest"
import { Counters } from "@syncline/core"
import { Deferred, Effect, Fiber, Option } from "effect"
import * as World from "../test/World.ts"
import type { RecordFailure } from "./Batch.ts"
import { Commit } from "./Commit.ts"
import { Cursors } from "./Cursors.ts"
import { Database } from "./Database.ts"
import { Executions } from "./Executions.ts"
import { Ledger } from "./Ledger.ts"
import { Links } from "./Links.ts"
import { Store } from "./Store.ts"

const failure = (name: string): RecordFailure => ({
  key: World.key(name),
  class: "validation",
  cause: "email: not an address",
  message: 'the email "x\u0000" is not an address',
  payload: { email: "x\u0000\ud800", path: "C:\\u0000" }
})

describe.each(World.servers)("Commit on $name", ({ url }) => {
  layer(World.layerOn(url), { excludeTestServices: true })((it) => {
    it.effect("writes links, counters and the cursor together", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const { moved } = yield* (yield* Commit).commit(World.batchOf(lease, ["a", "b"], World.listing(2)), () =>
          Effect.succeed(World.created(["a", "b"]))
        )
        assert.strictEqual(moved.size, 0)
        const links = yield* (yield* Links).read(World.customers, [World.key("b"), World.key("a"), World.key("never")])
        assert.deepStrictEqual([...links.keys()], [World.key("a"), World.key("b")])
        assert.deepInclude(links.get(World.key("a")), {
          version: 1,
          observedAtMs: 1_700_000_000_123
        })
        assert.deepStrictEqual(yield* (yield* Cursors).read(World.customers, "source"), Option.some(World.listing(2)))
        const execution = Option.getOrThrow(yield* (yield* Executions).get(World.tenant, lease.execution))
        assert.deepStrictEqual(execution.counters, Counters.of({ created: 2 }))
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("undoes everything when performing fails", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const { postgres } = yield* Store
        yield* postgres.query("create table if not exists mine (id text primary key)")
        const error = yield* Effect.flip(
          (yield* Commit).commit(World.batchOf(lease, ["undone"]), (transaction) =>
            transaction
              .asOwner(transaction.query("insert into mine values ('undone')"))
              .pipe(Effect.andThen(Effect.fail("no" as const)))
          )
        )
        assert.strictEqual(error, "no")
        assert.strictEqual((yield* postgres.query("select from mine")).length, 0)
        assert.strictEqual((yield* (yield* Links).read(World.customers, [World.key("undone")])).size, 0)
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("is fenced by another owner, and then wrote nothing", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const second = yield* World.start()
        const { lease: taken } = yield* World.take(World.customers, "source", second, World.otherHost, true)
        const error = yield* Effect.flip(
          (yield* Commit).commit(World.batchOf(lease, ["zombie"], World.listing(9)), () =>
            Effect.succeed(World.created(["zombie"]))
          )
        )
        assert.strictEqual(error._tag === "Fenced" && error.why, "epoch")
        assert.strictEqual((yield* (yield* Links).read(World.customers, [World.key("zombie")])).size, 0)
        yield* (yield* Cursors).end([taken], null)
      })
    )

    it.effect("is fenced by a cancellation, also one that arrives while it performs", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const executions = yield* Executions
        const error = yield* Effect.flip(
          (yield* Commit).commit(World.batchOf(lease, ["late"]), () =>
            executions.cancel(World.tenant, lease.execution, "asked to").pipe(Effect.as(World.created(["late"])))
          )
        )
        assert.strictEqual(error._tag === "Fenced" && error.why, "cancelled")
        assert.strictEqual((yield* (yield* Links).read(World.customers, [World.key("late")])).size, 0)
        const again = yield* Effect.flip(
          (yield* Commit).commit(World.batchOf(lease, ["late"]), () => Effect.succeed(World.nothing))
        )
        assert.strictEqual(again._tag === "Fenced" && again.why, "cancelled")
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("names the links that moved since they were read, and then leaves the cursor", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const commit = yield* Commit
        yield* commit.commit(World.batchOf(lease, ["moved"], World.listing(3, 2)), () =>
          Effect.succeed(World.created(["moved"]))
        )
        const seen: Array<string> = []
        const { moved } = yield* commit.commit(
          World.batchOf(lease, ["moved", "still"], World.listing(4, 2)),
          (_, moved) => {
            seen.push(...moved)
            return Effect.succeed(World.created(["moved", "still"].filter((name) => !moved.has(World.key(name)))))
          }
        )
        assert.deepStrictEqual([...moved], [World.key("moved")])
        assert.deepStrictEqual(seen, [World.key("moved")])
        assert.deepStrictEqual(
          yield* (yield* Cursors).read(World.customers, "source"),
          Option.some(World.listing(3, 2))
        )
        assert.strictEqual((yield* (yield* Links).read(World.customers, [World.key("still")])).size, 1)
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("a create whose link appears while it performs is run again and finds it moved", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const database = yield* Database
        let runs = 0
        const { moved } = yield* (yield* Commit).commit(World.batchOf(lease, ["race"]), (_, moved) =>
          Effect.gen(function* () {
            if (runs++ === 0) {
              yield* database.transaction(World.tenant, (other) =>
                other.query(
                  `insert into syncline.link (tenant_id, integration, entity, record_key, kind, version, status, is_deleted, created_at, updated_at)
                   values ('acme', 'billing', 'customer', $1, 'mirror', 7, 'mapped', false, to_timestamp(1), to_timestamp(1))`,
                  [World.key("race")]
                )
              )
            }
            return World.created(moved.size > 0 ? [] : ["race"])
          })
        )
        assert.strictEqual(runs, 2)
        assert.deepStrictEqual([...moved], [World.key("race")])
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("the third execution that tries a record in vain makes it dead, and one that succeeds resolves it", () =>
      Effect.gen(function* () {
        const commit = yield* Commit
        const ledger = yield* Ledger
        const attempts: Array<unknown> = []
        for (let run = 0; run < 4; run++) {
          const lease = yield* World.running
          for (let again = 0; again < 2; again++) {
            yield* commit.commit(World.batchOf(lease, []), () =>
              Effect.succeed({ ...World.nothing, failures: [failure("bad")], counters: Counters.of({ failed: 1 }) })
            )
          }
          const [entry] = yield* ledger.list(World.tenant, {}, 10)
          attempts.push([entry?.attempts, entry?.state])
          assert.deepStrictEqual(yield* ledger.waiting(lease, { after: null, limit: 10 }), [])
          assert.strictEqual((yield* (yield* Executions).failures(World.tenant, lease.execution, 10)).length, 1)
          yield* (yield* Cursors).end([lease], null)
        }
        assert.deepStrictEqual(attempts, [
          [1, "waiting"],
          [2, "waiting"],
          [3, "dead"],
          [4, "dead"]
        ])
        const [group] = yield* ledger.causes(World.tenant, {})
        assert.deepInclude(group, { waiting: 0, dead: 1, cause: "email: not an address" })
        assert.deepStrictEqual(group?.example.payload, { email: "x\ufffd\ufffd", path: "C:\\u0000" })
        const lease = yield* World.running
        yield* commit.commit(World.batchOf(lease, []), () =>
          Effect.succeed({ ...World.nothing, resolved: [World.key("bad")] })
        )
        assert.deepStrictEqual(yield* ledger.list(World.tenant, {}, 10), [])
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("a change of a linked record raises its version and leaves one line of history", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const commit = yield* Commit
        yield* commit.commit(World.batchOf(lease, ["h"]), () => Effect.succeed(World.created(["h"])))
        const reads = [{ key: World.key("h"), version: 1 }]
        yield* commit.commit({ lease, reads, advance: null }, () =>
          Effect.succeed({
            ...World.nothing,
            links: [World.linkOf("h", 1, "new")],
            history: [{ key: World.key("h"), operation: "update", fields: { name: { old: "a", new: null } } }],
            counters: Counters.of({ updated: 1 })
          })
        )
        const { postgres } = yield* Store
        const rows = yield* postgres.query("select version::int, fields from syncline.history where record_key = $1", [
          World.key("h")
        ])
        assert.deepStrictEqual([...rows], [{ version: 2, fields: { name: { old: "a", new: null } } }])
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("two commits of one pair wait for each other, and the second sees what the first wrote", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const commit = yield* Commit
        const inside = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const first = yield* Effect.forkChild(
          commit.commit(World.batchOf(lease, ["both"]), () =>
            Deferred.succeed(inside, undefined).pipe(
              Effect.andThen(Deferred.await(go)),
              Effect.as(World.created(["both"]))
            )
          )
        )
        yield* Deferred.await(inside)
        const second = yield* Effect.forkChild(
          commit.commit(World.batchOf(lease, ["both"]), (_, moved) =>
            Effect.succeed(moved.size > 0 ? World.nothing : World.created(["both"]))
          )
        )
        yield* Deferred.succeed(go, undefined)
        yield* Fiber.join(first)
        assert.deepStrictEqual([...(yield* Fiber.join(second)).moved], [World.key("both")])
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("reads the batch's links and no others, also of a table that nobody has analysed", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const commit = yield* Commit
        const many = Array.from({ length: 3000 }, (_, i) => `many-${i}`)
        yield* commit.commit(World.batchOf(lease, many), () => Effect.succeed(World.created(many)))
        const known = World.batchOf(lease, ["many-7", "many-8", "new"])
        const reads = known.reads.map((read, i) => ({ ...read, version: i < 2 ? 1 : null }))
        yield* commit.commit({ ...known, reads }, (transaction, moved) =>
          Effect.gen(function* () {
            assert.strictEqual(moved.size, 0)
            const [row] = yield* transaction.query(
              `select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
               where schemaname = 'syncline' and relname = 'link'`
            )
            // The lock looks a row up again to take it, and what this connection did in the last second may be counted too.
            assert.isAtMost(Number(row?.["rows"]), 30)
            return World.nothing
          })
        )
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("counters that do not add up are refused by the table itself", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const error = yield* Effect.flip(
          (yield* Commit).commit(World.batchOf(lease, []), () =>
            Effect.succeed({ ...World.nothing, counters: { ...Counters.zero, processed: 1 } })
          )
        )
        assert.strictEqual(error._tag === "SqlError" && error.constraint, "execution_counters_add_up")
        yield* (yield* Cursors).end([lease], null)
      })
    )
  })
})
