import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Metric, Redacted, Schedule } from "effect"
import { freshDatabase, ownServer } from "../../../tooling/PostgresForTests.ts"
import * as Proxy from "../test/Proxy.ts"
import * as Postgres from "./Postgres.ts"

const fresh = Effect.flatMap(
  Effect.promise(() => freshDatabase()),
  (url) => Effect.map(Postgres.open({ url: Redacted.make(url) }), (postgres) => ({ url, postgres }))
)

const count = (postgres: Postgres.Postgres) =>
  Effect.map(postgres.query("select count(*)::int as n from t"), ([row]) => row?.["n"])

describe("Postgres", () => {
  it.live("gives int8 and times as text, and takes JSON once encoded", () =>
    Effect.gen(function* () {
      const { postgres } = yield* fresh
      const [row] = yield* postgres.query(
        "select $1::int8 as big, $2::text::jsonb -> 'a' as json, to_timestamp(0) at time zone 'UTC' as at, null as nothing, $3::bool as yes",
        ["9007199254740993", '{"a":[1]}', true]
      )
      assert.deepStrictEqual(
        { ...row },
        { big: "9007199254740993", json: [1], at: "1970-01-01 00:00:00", nothing: null, yes: true }
      )
    })
  )

  it.live("refuses a parameter that the driver would encode in its own way, and the connection goes on", () =>
    Effect.gen(function* () {
      const { postgres } = yield* fresh
      const error = yield* Effect.flip(postgres.query("select $1::jsonb, $2", ["{}", { a: 1 }]))
      assert.deepInclude(error, { kind: "data", sqlState: null })
      assert.include(error.message, "$2::text::jsonb")
      assert.strictEqual((yield* postgres.query("select 1")).length, 1)
    })
  )

  it.live("commits what the body did, and rolls back when it fails", () =>
    Effect.gen(function* () {
      const { postgres } = yield* fresh
      yield* postgres.query("create table t (a int primary key)")
      yield* postgres.transaction((session) => session.query("insert into t values (1)"))
      const failed = yield* Effect.flip(
        postgres.transaction((session) =>
          Effect.andThen(session.query("insert into t values (2)"), Effect.fail("no" as const))
        )
      )
      assert.strictEqual(failed, "no")
      assert.strictEqual(yield* count(postgres), 1)
    })
  )

  it.live("queries asked together are answered in order, and the first failure is the one that is told", () =>
    Effect.gen(function* () {
      const { postgres } = yield* fresh
      yield* postgres.query("create table t (a int primary key)")
      const rows = yield* postgres.transaction((session) =>
        Effect.all(
          Array.from({ length: 50 }, (_, i) => session.query("insert into t values ($1) returning a", [i])),
          {
            concurrency: "unbounded"
          }
        )
      )
      assert.deepStrictEqual(
        rows.map(([row]) => row?.["a"]),
        Array.from({ length: 50 }, (_, i) => i)
      )
      const error = yield* Effect.flip(
        postgres.transaction((session) =>
          Effect.all(
            [51, 7, 52].map((a) => session.query("insert into t values ($1)", [a])),
            { concurrency: "unbounded" }
          )
        )
      )
      assert.deepInclude(error, { kind: "constraint", sqlState: "23505", constraint: "t_pkey" })
      assert.strictEqual(yield* count(postgres), 50)
    })
  )

  it.live("works behind a pooler that gives each transaction another session, without prepared statements", () =>
    Effect.gen(function* () {
      const { url } = yield* fresh
      const postgres = yield* Postgres.open({ url: Redacted.make(url), prepare: false })
      const ask = (session: Postgres.Session, i: number) => session.query("select $1::int as i", [i])
      const rows = yield* postgres.transaction((session) =>
        Effect.all([ask(session, 1), ask(session, 2), ask(session, 3)], { concurrency: "unbounded" })
      )
      assert.deepStrictEqual(
        rows.map(([row]) => row?.["i"]),
        [1, 2, 3]
      )
      assert.strictEqual((yield* postgres.query("select from pg_prepared_statements")).length, 0)
    })
  )

  it.live("a failure that was caught without a savepoint does not pass for a commit", () =>
    Effect.gen(function* () {
      const { postgres } = yield* fresh
      const error = yield* Effect.flip(postgres.transaction((session) => Effect.ignore(session.query("select 1 / 0"))))
      assert.include(error.message, "rolled back")
    })
  )

  it.live("an interruption stops the statement that runs, rolls back and gives the same connection back", () =>
    Effect.gen(function* () {
      const { postgres: observer, url } = yield* fresh
      const postgres = yield* Postgres.open({ url: Redacted.make(url), max: 1 })
      yield* postgres.query("create table t (a int primary key)")
      const backend = Effect.map(postgres.query("select pg_backend_pid() as pid"), ([row]) => row?.["pid"])
      const before = yield* backend
      const sleeping = observer.query("select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'", [
        Number(before)
      ])
      const statements = ["insert into t values (1)", "select pg_sleep(3600)", "insert into t values (2)", "select 1"]
      const fiber = yield* Effect.forkChild(
        postgres.transaction((session) =>
          Effect.forEach(statements, (text) => session.query(text), { concurrency: "unbounded" })
        )
      )
      yield* Effect.repeat(sleeping, { until: (rows) => rows.length > 0, schedule: Schedule.spaced("5 millis") })
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* count(postgres), 0)
      assert.strictEqual(yield* backend, before)
    })
  )

  it.live("two that wait for each other: one runs again, both succeed, and it is counted", () =>
    Effect.gen(function* () {
      const { postgres } = yield* fresh
      yield* postgres.query("create table t (a int primary key, n int); insert into t values (1, 0), (2, 0)")
      const before = yield* Metric.value(Postgres.lostRaces)
      const both = yield* Deferred.make<void>()
      let arrived = 0
      const cross = (first: number, second: number) =>
        postgres.transaction((session) =>
          Effect.gen(function* () {
            yield* session.query("update t set n = n + 1 where a = $1", [first])
            if (++arrived === 2) yield* Deferred.succeed(both, undefined)
            yield* Deferred.await(both)
            yield* session.query("update t set n = n + 1 where a = $1", [second])
          })
        )
      yield* Effect.all([cross(1, 2), cross(2, 1)], { concurrency: "unbounded" })
      assert.deepStrictEqual(
        (yield* postgres.query("select n from t order by a")).map(({ n }) => n),
        [2, 2]
      )
      assert.isAbove((yield* Metric.value(Postgres.lostRaces)).count, before.count)
    })
  )

  it.live("a connection lost inside a transaction is an error, not a crash, and the pool goes on", () =>
    Effect.gen(function* () {
      const { postgres, url } = yield* fresh
      yield* postgres.query("create table t (a int primary key)")
      const proxy = yield* Proxy.before(url)
      const remote = yield* Postgres.open({ url: Redacted.make(proxy.url), max: 1 })
      const cutWhile = (use: (session: Postgres.Session) => Effect.Effect<unknown, Postgres.SqlError>) =>
        Effect.flip(
          remote.transaction((session) => Effect.andThen(session.query("insert into t values (1)"), use(session)))
        )
      const idle = yield* cutWhile((session) => Effect.andThen(proxy.cut, session.query("select 1")))
      assert.strictEqual(idle.kind, "unavailable")
      const busy = yield* cutWhile((session) =>
        Effect.all([session.query("select pg_sleep(3600)"), session.query("select 2"), proxy.cut], {
          concurrency: "unbounded"
        })
      )
      assert.strictEqual(busy.kind, "unavailable")
      assert.strictEqual((yield* remote.query("select 1")).length, 1)
      yield* proxy.cut
      assert.strictEqual(yield* count(postgres), 0)
    })
  )

  it.live("a server that ends the session inside a transaction leaves the pool whole", () =>
    Effect.gen(function* () {
      const { postgres, url } = yield* fresh
      const victim = yield* Postgres.open({ url: Redacted.make(url), max: 1 })
      const error = yield* Effect.flip(
        victim.transaction((session) =>
          Effect.gen(function* () {
            const [row] = yield* session.query("select pg_backend_pid() as pid")
            yield* postgres.query("select pg_terminate_backend($1::int)", [Number(row?.["pid"])])
            yield* session.query("select pg_sleep(3600)")
          })
        )
      )
      assert.strictEqual(error.kind, "unavailable")
      assert.strictEqual((yield* victim.query("select 1")).length, 1)
    })
  )

  it.live(
    "a transaction whose process stands still is undone after ten seconds, so that nobody waits for its locks",
    () =>
      Effect.gen(function* () {
        const { postgres, url } = yield* fresh
        yield* postgres.query("create table t (a int primary key)")
        const frozen = yield* Postgres.open({ url: Redacted.make(url), max: 1 })
        const setting =
          "select current_setting('idle_in_transaction_session_timeout') as bound, pg_backend_pid() as pid"
        const error = yield* Effect.flip(
          frozen.transaction((session) =>
            Effect.gen(function* () {
              const [row] = yield* session.query(setting)
              assert.strictEqual(row?.["bound"], "10s")
              yield* session.query("insert into t values (1)")
              yield* session.query("set local idle_in_transaction_session_timeout = '20ms'")
              const left = postgres.query("select from pg_stat_activity where pid = $1", [Number(row?.["pid"])])
              yield* Effect.repeat(left, { until: (rows) => rows.length === 0, schedule: Schedule.spaced("5 millis") })
              yield* session.query("insert into t values (2)")
            })
          )
        )
        assert.strictEqual(error.kind, "unavailable")
        assert.strictEqual(yield* count(postgres), 0)
        const [after] = yield* frozen.query(setting)
        assert.strictEqual(after?.["bound"], "0")
      })
  )

  it.live("a COMMIT whose answer is lost says so, whether or not it happened", () =>
    Effect.gen(function* () {
      const { postgres, url } = yield* fresh
      yield* postgres.query("create table t (a int primary key)")
      const proxy = yield* Proxy.before(url)
      const remote = yield* Postgres.open({ url: Redacted.make(proxy.url), max: 1 })
      yield* proxy.loseAnswerTo("commit")
      const error = yield* Effect.flip(remote.transaction((session) => session.query("insert into t values (1)")))
      assert.strictEqual(error.kind, "commit unknown")
      assert.strictEqual(yield* count(postgres), 1)
    })
  )

  it.live("COMMIT travels with the last statement: both or neither, and a lost answer tells nothing", () =>
    Effect.gen(function* () {
      const { postgres, url } = yield* fresh
      yield* postgres.query("create table t (a int primary key)")
      const insert = "insert into t values ($1::int) returning a"
      const rows = yield* postgres.transaction(({ last, query }) =>
        Effect.andThen(query(insert, [1]), last(insert, [2]))
      )
      assert.deepStrictEqual(rows, [{ a: 2 }])
      const error = yield* Effect.flip(
        postgres.transaction(({ last, query }) => Effect.andThen(query(insert, [3]), last(insert, [2])))
      )
      assert.strictEqual(error.kind, "constraint")
      assert.strictEqual(yield* count(postgres), 2)
      const proxy = yield* Proxy.before(url)
      const remote = yield* Postgres.open({ url: Redacted.make(proxy.url), max: 1 })
      yield* proxy.loseAnswerTo("commit")
      const lost = yield* Effect.flip(
        remote.transaction(({ last, query }) => Effect.andThen(query(insert, [3]), last(insert, [4])))
      )
      assert.strictEqual(lost.kind, "commit unknown")
      assert.strictEqual(yield* count(postgres), 4)
    })
  )

  it.live("a statement after the last one, or beside it, is a bug that is told of", () =>
    Effect.gen(function* () {
      const { postgres } = yield* fresh
      const after = yield* Effect.exit(
        postgres.transaction(({ last, query }) =>
          Effect.andThen(query("select 1"), Effect.andThen(last("select 2"), query("select 3")))
        )
      )
      const beside = yield* Effect.exit(
        postgres.transaction(({ last, query }) =>
          Effect.all([query("select 1"), last("select 2")], { concurrency: "unbounded" })
        )
      )
      assert.deepStrictEqual([Exit.hasDies(after), Exit.hasDies(beside)], [true, true])
      assert.deepStrictEqual(yield* postgres.query("select 1 as a"), [{ a: 1 }])
    })
  )

  it.live("says what is wrong with the URL and what to do, and never the password", () =>
    Effect.gen(function* () {
      const to = (change: (url: URL) => void) => {
        const url = new URL(ownServer())
        url.password = "hunter2"
        change(url)
        return url.href
      }
      const real = new URL(ownServer()).password
      const cases: ReadonlyArray<readonly [url: string, kind: string, ...words: ReadonlyArray<string>]> = [
        ["hunter2", "other", "cannot be read", "postgres://user:password@host:5432/database"],
        ["mysql://a:hunter2@b/c", "other", '"mysql:"'],
        [
          to((url) => {
            url.port = "1"
          }),
          "unavailable",
          "nothing listens at 127.0.0.1:1"
        ],
        [
          to((url) => {
            url.hostname = "no-such-host.invalid"
          }),
          "unavailable",
          "no-such-host.invalid"
        ],
        [to(() => {}), "permission", "the password for user"],
        [
          to((url) => {
            url.password = real
            url.pathname = "/nowhere"
          }),
          "other",
          'there is no database "nowhere"',
          "createdb nowhere"
        ]
      ]
      for (const [url, kind, ...words] of cases) {
        const error = yield* Effect.flip(Effect.scoped(Postgres.open({ url: Redacted.make(url) })))
        assert.strictEqual(error.kind, kind, error.message)
        for (const word of words) assert.include(error.message, word)
        assert.notInclude(JSON.stringify(error), "hunter2")
        assert.notInclude(error.message, "\n")
      }
    })
  )
})
