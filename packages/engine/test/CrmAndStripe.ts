/** An application's table and a Stripe account that both change; the engine over them may die and be opened again. */
import { HttpClient, Sql } from "@syncline/connector"
import { Capture, postgres } from "@syncline/connector-postgres"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { Postgres, Store } from "@syncline/store"
import { assert } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import { Engine, type Policies } from "../src/index.ts"
import * as SqlRemote from "../src/SqlRemote.ts"
import * as PeopleToCustomers from "./PeopleToCustomers.ts"

/** `isForgetful`: Stripe has forgotten each idempotency key when it comes again. */
export const open = Effect.fn("CrmAndStripe.open")(function* (policies: Policies = {}, isForgetful = false) {
  const account = yield* StripeSandbox.open({
    size: { ...StripeSandbox.empty, customers: 0 },
    broken: { idempotency: isForgetful }
  })
  const url = yield* Effect.promise(() => storeDatabase())
  const pool = yield* Postgres.open({ url: Redacted.make(url) })
  yield* pool.query(
    "create schema crm; create table crm.people (id bigint generated always as identity primary key, name text, email text, note text)"
  )
  const config = yield* Effect.orDie(Schema.decodeUnknownEffect(postgres.config)(PeopleToCustomers.crm))
  yield* Effect.provideService(Capture.install(config, "people"), Sql, SqlRemote.onDatabase(pool))
  const project = PeopleToCustomers.projectOf(account.apiKey, "http://127.0.0.1:1", policies)
  /** An engine on the same store and the same providers: the first one, or the one after a crash. */
  const engine = Layer.build(
    Engine.layer(project).pipe(
      Layer.provide(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(HttpClient.layerOf(account.remote))
    )
  ).pipe(Effect.flatMap((services) => Effect.provideContext(Engine, services)))

  const run = Effect.scoped(Effect.flatMap(engine, (engine) => engine.run("customers")))
  const sync = Effect.gen(function* () {
    const { executions } = yield* run
    const failures = yield* pool.query("select record_key, message from syncline.retry_ledger order by record_key")
    for (const { job, reason, status } of executions)
      assert.strictEqual(status, "completed", `${job}: ${reason} ${JSON.stringify(failures)}`)
    return executions
  })
  const people = pool.query("select name, email, note from crm.people order by id")
  const customers = Effect.map(account.truth("customer"), (truth) => [...truth.values()])

  /** Both sides hold the same people, each once, and one link each. */
  const isEven = Effect.gen(function* () {
    const told = (values: ReadonlyArray<unknown>) => JSON.stringify(values.map((value) => value ?? null))
    const here = (yield* people).map(({ email, name, note }) => told([name, email, note])).toSorted()
    const there = (yield* customers).map(({ description, email, name }) => told([name, email, description])).toSorted()
    assert.deepStrictEqual(there, here)
    const [links] = yield* pool.query(
      "select count(*)::int as n from syncline.link where not is_deleted and source_id is not null and target_id is not null"
    )
    assert.strictEqual(links?.["n"], here.length)
  })
  return { account, customers, engine, isEven, people, query: pool.query, run, sync, url }
})
