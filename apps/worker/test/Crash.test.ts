/** A demo that dies in the middle goes on where it stopped: nothing is missing, nothing is twice, hardly a call is wasted. */
import { assert, describe, it } from "@effect/vitest"
import type { Postgres } from "@syncline/store"
import { Config, Effect, Random, Schema } from "effect"
import * as Worker from "./Worker.ts"

const settings = Effect.runSync(
  Effect.orDie(
    Config.all({
      /** A campaign has more: `SYNCLINE_KILLS=20 SYNCLINE_INTERRUPTS=5 SYNCLINE_SEED=grace`. */
      kills: Config.withDefault(Config.Int("SYNCLINE_KILLS"), 3),
      interrupts: Config.withDefault(Config.Int("SYNCLINE_INTERRUPTS"), 1),
      seed: Config.withDefault(Config.String("SYNCLINE_SEED"), "ada")
    })
  )
)

/** What a campaign found; a run among other tests says nothing. */
const tell = (line: string) => (settings.kills > 3 ? Effect.log(line) : Effect.void)

const demo = (home: string) => Worker.start(["demo", "--once", "--json"], home)

const Side = Schema.Struct({ source: Schema.Int, target: Schema.Int, apiCalls: Schema.Int })
const Report = Schema.fromJsonString(
  Schema.Struct({
    ok: Schema.Boolean,
    acts: Schema.Array(
      Schema.Struct({
        name: Schema.String,
        entities: Schema.Record(Schema.String, Side)
      })
    )
  })
)

/** Plays the demo to its end, which must be a good one: it compares every field itself. */
const finish = Effect.fn("finish")(function* (home: string) {
  const ended = yield* Effect.flatMap(demo(home), ({ ended }) => ended)
  assert.strictEqual(ended.code, 0, ended.stderr)
  const report = yield* Schema.decodeUnknownEffect(Report)(ended.stdout.trimEnd().split("\n").at(-1))
  assert.isTrue(report.ok, ended.stderr)
  const delta = Object.entries(report.acts.find(({ name }) => name === "delta")?.entities ?? {})
  for (const [entity, { source, target }] of delta) assert.strictEqual(target, source, entity)
  const calls = yield* Worker.calls(home)
  // What the second act changes, and so its calls, depends on the calls before it.
  const untilDelta = calls.total - delta.reduce((sum, [, { apiCalls }]) => sum + apiCalls, 0)
  return { stderr: ended.stderr, calls: { ...calls, untilDelta } }
})

/** What all executions of a demo did, summed by entity: a record that was missed, or committed twice, would show. */
const outcomes = (postgres: Postgres.Postgres) =>
  postgres.query(
    `select entity, sum(created)::int as created, sum(deleted)::int as deleted, sum(skipped)::int as skipped,
       sum(failed)::int as failed
     from syncline.execution where integration = 'demo' group by entity order by entity`
  )

const tables = {
  customer: "customers",
  invoice: "invoices",
  payment_intent: "payment_intents",
  price: "prices",
  product: "products",
  subscription: "subscriptions"
}

/** Every record has one row and one link, and no execution is left as if it ran. */
const isSound = Effect.fn("isSound")(function* (postgres: Postgres.Postgres) {
  const running = yield* postgres.query(
    "select entity from syncline.execution where status = 'running' order by entity"
  )
  assert.deepStrictEqual(running, [])
  for (const [entity, table] of Object.entries(tables)) {
    const wrong = yield* postgres.query(
      `select id, l.record_key as link, count(*)::int as times
       from stripe.${table} t full join (select * from syncline.link where entity = $1) l on l.record_key = t.id
       group by 1, 2 having count(*) > 1 or id is null or l.record_key is null order by 1, 2`,
      [entity]
    )
    assert.deepStrictEqual(wrong, [], entity)
  }
})

/** PostgreSQL's word for a table that is not there yet. */
const undefinedTable = "42P01"

/** Records that were committed so far, of all executions. */
const committed = (postgres: Postgres.Postgres) =>
  postgres.query("select coalesce(sum(processed), 0)::int as records from syncline.execution").pipe(
    Effect.map(([row]) => Number(row?.["records"])),
    Effect.catchIf(
      ({ sqlState }) => sqlState === undefinedTable,
      () => Effect.succeed(0)
    )
  )

/** All records of the account before the demo's own changes. */
const backfilled = 29_900

/** Where in the backfill it shall die, in committed records and milliseconds after that. A step is 800 records in about 100 ms. */
const moments = (count: number) =>
  Effect.all(
    Array.from({ length: count }, () =>
      Effect.all({ records: Random.nextIntBetween(0, backfilled * 0.9), afterMs: Random.nextIntBetween(0, 100) })
    )
  ).pipe(
    Effect.map((all) => all.toSorted((one, other) => one.records - other.records)),
    Random.withSeed(settings.seed)
  )

type Moment = Effect.Success<ReturnType<typeof moments>>[number]

/** Starts a demo and waits for the moment, or until a little after its backfill began where an earlier one came further. */
const playTo = Effect.fn("playTo")(function* (home: string, { afterMs, records }: Moment) {
  const worker = yield* demo(home)
  yield* Worker.until(Effect.sync(() => worker.hasSaid("\n1. backfill") || worker.hasEnded()))
  yield* Effect.scoped(
    Effect.gen(function* () {
      const { postgres, wasRunning } = yield* Worker.database(home)
      assert.isTrue(wasRunning)
      yield* Worker.until(Effect.map(committed(postgres), (now) => now >= records || worker.hasEnded()))
    })
  )
  yield* Effect.sleep(afterMs)
  return worker
})

/** Plays the demo to the moment and no further. */
const stopAt = Effect.fn("stopAt")(function* (home: string, moment: Moment, signal: "SIGKILL" | "SIGINT") {
  const worker = yield* playTo(home, moment)
  yield* worker.kill(signal)
  const ended = yield* worker.ended
  assert.isFalse(worker.hasSaid("\n2. delta"), "it was to end in the backfill")
  return ended
}, Effect.scoped)

/** Ranges that each entity of the demo lists side by side. */
const rangeCount = 8
/**
 * The provider's time, where the changes start, and the account's age, from which ranges are cut; or, where an entity was listed
 * already, the provider's time and a page of events.
 */
const startCalls = 2

describe("a demo", () => {
  it.live(
    `killed ${settings.kills} times in its backfill goes on on the same server, and hardly a call is made twice`,
    () =>
      Effect.gen(function* () {
        const whole = yield* Worker.home
        const clean = yield* finish(whole)
        const home = yield* Worker.home
        const servers = new Set<number | null>()
        for (const moment of yield* moments(settings.kills)) {
          const { code } = yield* stopAt(home, moment, "SIGKILL")
          assert.isNull(code)
          servers.add(yield* Worker.serverOf(home))
        }
        const { calls, stderr } = yield* finish(home)
        assert.include(stderr, "goes on where an earlier demo stopped")
        servers.add(yield* Worker.serverOf(home))
        assert.strictEqual(servers.size, 1, "the server that the first demo started serves all of them")
        assert.isFalse(servers.has(null))
        const { postgres } = yield* Worker.database(home)
        yield* isSound(postgres)
        assert.deepStrictEqual(yield* outcomes(postgres), yield* outcomes((yield* Worker.database(whole)).postgres))
        // A kill loses at most the step that was being committed and the one being read, of one page per range each.
        assert.isAtMost(calls.pages, clean.calls.pages + 2 * rangeCount * settings.kills)
        assert.isAtMost(calls.starts, clean.calls.starts + startCalls * Object.keys(tables).length * settings.kills)
        yield* tell(`${settings.kills} kills: ${JSON.stringify(calls)}; clean: ${JSON.stringify(clean.calls)}`)
      }).pipe(Effect.scoped),
    60_000 + settings.kills * 10_000
  )

  it.live(
    "stopped by Ctrl-C stops its server, and the next one goes on",
    () =>
      Effect.gen(function* () {
        const home = yield* Worker.home
        for (const moment of yield* moments(settings.interrupts)) {
          const { code, stderr } = yield* stopAt(home, moment, "SIGINT")
          assert.strictEqual(code, 130, stderr)
          assert.include(stderr, "Stopped. What was committed stays; the next demo goes on from there.")
          assert.isNull(yield* Worker.serverOf(home))
        }
        assert.include((yield* finish(home)).stderr, "goes on where an earlier demo stopped")
        assert.isNull(yield* Worker.serverOf(home))
        yield* isSound((yield* Worker.database(home)).postgres)
      }).pipe(Effect.scoped),
    60_000 + settings.interrupts * 10_000
  )

  it.live(
    "is refused while another one uses the folder, be it frozen, and the other goes on",
    () =>
      Effect.gen(function* () {
        const home = yield* Worker.home
        const first = yield* playTo(home, { records: 1, afterMs: 0 })
        yield* first.kill("SIGSTOP")
        const second = yield* Effect.flatMap(demo(home), ({ ended }) => ended)
        assert.strictEqual(second.code, 6, second.stderr)
        assert.include(second.stderr, "another demo is running in this folder")
        const { postgres } = yield* Worker.database(home)
        const before = yield* committed(postgres)
        yield* first.kill("SIGCONT")
        yield* Worker.until(Effect.map(committed(postgres), (now) => now > before || first.hasEnded()))
        assert.isFalse(first.hasEnded(), "it goes on")
      }).pipe(Effect.scoped),
    60_000
  )
})
