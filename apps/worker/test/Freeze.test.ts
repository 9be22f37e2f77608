/** A process that stands still long enough is taken for dead, and writes nothing more when it wakes. Takes 20 s a time: for campaigns. */
import { assert, describe, it } from "@effect/vitest"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { Postgres } from "@syncline/store"
import { Config, Effect, Random, Redacted } from "effect"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Worker from "./Worker.ts"

const freezes = Effect.runSync(Effect.orDie(Config.withDefault(Config.Int("SYNCLINE_FREEZES"), 0)))

/** Below the package, so that a configuration finds `syncline` and the connectors; git and watchers ignore it. */
const dataFolder = join(dirname(fileURLToPath(import.meta.url)), "..", ".syncline")
const project = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(dataFolder, { recursive: true })
    return mkdtempSync(join(dataFolder, "freeze-"))
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const size: StripeSandbox.Size = {
  customers: 20_000,
  products: 0,
  prices: 0,
  subscriptions: 0,
  invoices: 0,
  paymentIntents: 0
}

/** A project on a fresh account and a fresh database. */
const given = Effect.gen(function* () {
  const account = yield* StripeSandbox.open({ size })
  const { url } = yield* StripeSandbox.serve(account)
  const folder = yield* project
  writeFileSync(
    join(folder, "syncline.config.ts"),
    `import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { defineConfig, secret } from "syncline"

export default defineConfig({
  connections: {
    stripe: { connector: stripe, config: { apiKey: secret("STRIPE_API_KEY"), baseUrl: "${url}", requestsPerSecond: 100 } },
    database: { connector: postgres, config: { schema: "stripe", tables: { customers: {} } } }
  },
  integrations: {
    billing: { source: "stripe", target: "database", entities: [{ source: "customer", target: "customers" }] }
  }
})
`
  )
  const DATABASE_URL = yield* Effect.promise(() => freshDatabase())
  const postgres = yield* Postgres.open({ url: Redacted.make(DATABASE_URL), max: 1 })
  const run = Worker.start(["run", "billing"], folder, { DATABASE_URL, STRIPE_API_KEY: account.apiKey })
  return { live: yield* account.count("customer"), postgres, run }
})

const committed = (postgres: Postgres.Postgres) =>
  postgres.query("select coalesce(sum(processed), 0)::int as records from syncline.execution").pipe(
    Effect.map(([row]) => Number(row?.["records"])),
    Effect.catchIf(
      ({ sqlState }) => sqlState === "42P01",
      () => Effect.succeed(0)
    )
  )

/** Whether a transaction holds the pair and waits for its client. */
const isHeld = Effect.fnUntraced(function* (postgres: Postgres.Postgres) {
  // What the client had sent before it froze is still done.
  const active = postgres.query(
    "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active'"
  )
  yield* Worker.until(Effect.map(active, (rows) => rows.length === 0))
  return (yield* postgres.query("select from syncline.cursor for no key update skip locked")).length === 0
})

/** Freezes it where it hurts most: in the middle of a commit. */
const freezeInside = (postgres: Postgres.Postgres, worker: Worker.Worker) =>
  Worker.until(
    Effect.gen(function* () {
      yield* worker.kill("SIGSTOP")
      if (yield* isHeld(postgres)) return true
      yield* worker.kill("SIGCONT")
      yield* Effect.sleep(yield* Random.nextIntBetween(0, 30))
      return worker.hasEnded()
    })
  )

/** All that a process could still change. */
const trace = (postgres: Postgres.Postgres) =>
  postgres.query(
    `select c.epoch, c.generation, c.state, (select count(*) from stripe.customers) as rows,
       (select count(*) || '/' || max(updated_at) || '/' || sum(version) from syncline.link) as links,
       (select json_agg(e order by execution_id) from syncline.execution e) as executions
     from syncline.cursor c`
  )

describe.skipIf(freezes === 0)("a run that is frozen", () => {
  it.live.each(Array.from({ length: freezes }, (_, index) => index + 1))(
    "gives way to another after a while, and commits nothing when it wakes (%i)",
    (index) =>
      Effect.gen(function* () {
        const { live, postgres, run } = yield* given
        const frozen = yield* run
        const moment = yield* Random.nextIntBetween(500, 12_000).pipe(Random.withSeed(`freeze ${index}`))
        yield* Worker.until(Effect.map(committed(postgres), (now) => now >= moment))
        yield* freezeInside(postgres, frozen)
        const early = yield* Effect.flatMap(run, ({ ended }) => ended)
        assert.strictEqual(early.code, 6, early.stderr)
        assert.include(early.stderr, `(process ${frozen.pid}), alive`)
        yield* Worker.until(
          Effect.map(
            postgres.query("select now() - heartbeat_at > '15.1 s' as silent from syncline.cursor"),
            ([row]) => row?.["silent"] === true
          )
        )
        const second = yield* Effect.flatMap(run, ({ ended }) => ended)
        assert.strictEqual(second.code, 0, second.stderr)
        const before = yield* trace(postgres)
        yield* frozen.kill("SIGCONT")
        const { code, stderr, stdout } = yield* frozen.ended
        assert.strictEqual(code, 1, stderr)
        assert.include(stdout, "its process stopped, and billing/customer on")
        assert.deepStrictEqual(yield* trace(postgres), before)
        assert.strictEqual(Number(before[0]?.["rows"]), live)
        assert.strictEqual(yield* committed(postgres), live)
      }).pipe(Effect.scoped),
    120_000
  )
})
