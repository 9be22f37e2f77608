/** A demo that dies in the middle goes on where it stopped: nothing is missing, nothing is twice, hardly a call is wasted. */
import { assert, describe, it } from "@effect/vitest"
import type { Postgres } from "@syncline/store"
import { Config, Effect, Random, Schema } from "effect"
import { size, sizeOf } from "../src/Demo.ts"
import * as Worker from "./Worker.ts"

const settings = Effect.runSync(
  Effect.orDie(
    Config.all({
      /** A campaign has more, as CONTRIBUTING.md says: `SYNCLINE_KILLS=20 SYNCLINE_INTERRUPTS=5 SYNCLINE_SEED=grace`. */
      kills: Config.withDefault(Config.Int("SYNCLINE_KILLS"), 1),
      interrupts: Config.withDefault(Config.Int("SYNCLINE_INTERRUPTS"), 1),
      seed: Config.withDefault(Config.String("SYNCLINE_SEED"), "ada")
    })
  )
)
const isCampaign = settings.kills > 1

/** A fifth of what a campaign has: still several steps of each large entity, and several pages of each range that is listed. */
const records = 6000
const account = isCampaign ? size : sizeOf(records)

/** What a campaign found; a run among other tests says nothing. */
const tell = (line: string) => (isCampaign ? Effect.log(line) : Effect.void)

const demo = (home: string) =>
  Worker.start(["demo", "--once", "--json", "--acts=2", ...(isCampaign ? [] : [`--records=${records}`])], home)

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

/** It must have been a good end: the demo compares every field itself. */
const wellEnded = Effect.fn("wellEnded")(function* (home: string, worker: Worker.Worker) {
  const ended = yield* worker.ended
  assert.strictEqual(ended.code, 0, ended.stderr)
  const report = yield* Schema.decodeUnknownEffect(Report)(ended.stdout.trimEnd().split("\n").at(-1))
  assert.isTrue(report.ok, ended.stderr)
  const delta = Object.entries(report.acts.find(({ name }) => name === "delta")?.entities ?? {})
  for (const [entity, { source, target }] of delta) assert.strictEqual(target, source, entity)
  const calls = yield* Worker.calls(home, account)
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

/** About all records of the account before the demo's own changes. */
const backfilled = Object.values(account).reduce((sum, count) => sum + count, 0)

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

/** Another demo in the folder of one that runs, or stands still, is refused. */
const refuseAnother = Effect.fn("refuseAnother")(function* (home: string) {
  const other = yield* Effect.flatMap(demo(home), ({ ended }) => ended)
  assert.strictEqual(other.code, 6, other.stderr)
  assert.include(other.stderr, "another demo is running in this folder")
})

/** Plays the demo to the moment and no further. One that is killed stands still before, and still has its folder. */
const stopAt = Effect.fn("stopAt")(function* (home: string, moment: Moment, signal: "SIGKILL" | "SIGINT") {
  const worker = yield* playTo(home, moment)
  if (signal === "SIGKILL") {
    yield* worker.kill("SIGSTOP")
    yield* refuseAnother(home)
  }
  yield* worker.kill(signal)
  const ended = yield* worker.ended
  assert.isFalse(worker.hasSaid("\n2. delta"), "it was to end in the backfill")
  return ended
}, Effect.scoped)

/** Ranges that each entity of the demo lists side by side. */
const rangeCount = 8
/** Of each entity, once: the provider's time, where the changes start, and the account's age, from which ranges are cut. */
const startCalls = 2 * Object.keys(tables).length

describe("a demo", () => {
  it.live(
    `stopped ${settings.interrupts} times and killed ${settings.kills} times in its backfill goes on, and hardly a call is made twice`,
    () =>
      Effect.gen(function* () {
        const whole = yield* Worker.home
        const undisturbed = yield* playTo(whole, { records: 1, afterMs: 0 })
        yield* refuseAnother(whole)
        const clean = yield* wellEnded(whole, undisturbed)
        const home = yield* Worker.home
        const all = yield* moments(settings.interrupts + settings.kills)
        for (const moment of all.slice(0, settings.interrupts)) {
          const { code, stderr } = yield* stopAt(home, moment, "SIGINT")
          assert.strictEqual(code, 130, stderr)
          assert.include(stderr, "Stopped. What was committed stays; the next demo goes on from there.")
          assert.isNull(yield* Worker.serverOf(home))
        }
        const servers = new Set<number | null>()
        for (const moment of all.slice(settings.interrupts)) {
          const { code } = yield* stopAt(home, moment, "SIGKILL")
          assert.isNull(code)
          servers.add(yield* Worker.serverOf(home))
        }
        const { calls, stderr } = yield* wellEnded(home, yield* demo(home))
        assert.include(stderr, "goes on where an earlier demo stopped")
        servers.add(yield* Worker.serverOf(home))
        assert.strictEqual(servers.size, 1, "the server that the first killed demo started serves all after it")
        assert.isFalse(servers.has(null))
        const { postgres } = yield* Worker.database(home)
        yield* isSound(postgres)
        assert.deepStrictEqual(yield* outcomes(postgres), yield* outcomes((yield* Worker.database(whole)).postgres))
        // Whoever ends loses at most the step that was being committed and the one being read, of one page per range each; and
        // where it comes before what an entity's start was told is stored, those calls.
        assert.isAtMost(calls.untilDelta, clean.calls.untilDelta + 2 * rangeCount * all.length + startCalls)
        yield* tell(`${all.length} endings: ${JSON.stringify(calls)}; clean: ${JSON.stringify(clean.calls)}`)
      }).pipe(Effect.scoped),
    900_000 + (settings.kills + settings.interrupts) * 20_000
  )
})
