import { readdir } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { assert, describe, it, layer } from "@effect/vitest"
import { ConnectionName, type RecordId, TenantId } from "@syncline/core"
import { Effect, Layer, Logger, Redacted } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Pair from "../test/Pair.ts"
import * as World from "../test/World.ts"
import { Authorizations } from "./Authorizations.ts"
import { Commit } from "./Commit.ts"
import { Credentials } from "./Credentials.ts"
import { Database } from "./Database.ts"
import { Deletions } from "./Deletions.ts"
import { Executions } from "./Executions.ts"
import { Jobs } from "./Jobs.ts"
import { Links } from "./Links.ts"
import { Matches } from "./Matches.ts"
import * as Migrations from "./Migrations.ts"
import * as Postgres from "./Postgres.ts"
import { Wakes } from "./Wakes.ts"
import { WebhookPaths } from "./WebhookPaths.ts"
import { Receive } from "./Receive.ts"
import { Reconciliations } from "./Reconciliations.ts"
import * as Store from "./Store.ts"

const other = TenantId.make("other")

const tenantTables = Effect.gen(function* () {
  const { postgres } = yield* Store.Store
  const rows = yield* postgres.query(
    `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'syncline'::regnamespace and c.relkind = 'r' and a.attname = 'tenant_id' order by c.relname`
  )
  return rows.map(({ name, forced }) => ({ name: String(name), forced }))
})

/** Something in each table that a tenant's work fills. */
const filled = Effect.gen(function* () {
  const lease = yield* World.running
  yield* (yield* Commit).commit(World.batchOf(lease, ["a"], World.listing(1)), () =>
    Effect.succeed({
      ...World.created(["a"]),
      history: [{ key: World.key("a"), operation: "create", fields: {} }],
      failures: [{ key: World.key("b"), class: "validation", cause: "c", message: "m", payload: null }],
      entries: [{ key: World.key("a"), side: "target", draft: Pair.draftOf("update", { name: "Ada" }) }],
      conflicts: [
        {
          _tag: "Open",
          key: World.key("a"),
          conflict: Pair.conflict("Ada"),
          records: { source: null, target: null },
          strategy: "manual"
        }
      ],
      waiting: [
        { key: World.key("a"), side: "source", id: World.id("a"), on: [{ _tag: "Unsettled", side: "target" }] }
      ],
      matchRows: (["source", "target"] as const).map((side) => ({
        side,
        id: World.id("a"),
        record: {},
        observedAtMs: 0,
        keys: ["a"]
      }))
    })
  )
  yield* (yield* Matches).match(lease, 1)
  yield* (yield* Wakes).wake(World.tenant, [{ job: World.job, class: "delta", trigger: "manual", dueAtMs: null }])
  const connection = ConnectionName.make("stripe")
  yield* (yield* WebhookPaths).ensure(World.tenant, connection, "a path")
  const claim = { ...World.customers, side: "source", id: World.id(9), job: World.job } as const
  yield* (yield* Receive).receive({
    tenant: World.tenant,
    connection,
    body: new Uint8Array(),
    deliveries: [{ id: "evt_1", claims: [claim] }],
    unread: null,
    otherVersion: null
  })
  const reconciliations = yield* Reconciliations
  const enumerate = Effect.fnUntraced(function* (ids: ReadonlyArray<RecordId>) {
    for (const side of ["source", "target"] as const) {
      yield* reconciliations.begin(World.customers, side, { nowMs: Number.MAX_SAFE_INTEGER, isNew: true })
      yield* reconciliations.append(World.customers, side, 0, { ids, marks: null, markedBy: null, next: null })
    }
    const tells = { tellsMissed: true, tellsBack: true }
    yield* reconciliations.compare(World.customers, { source: tells, target: tells })
  })
  yield* enumerate([])
  yield* (yield* Deletions).hold(lease, "source")
  yield* reconciliations.finish(lease, {})
  yield* enumerate([World.id("new")])
})

/** And what its connections and its configuration leave. */
const configured = Effect.gen(function* () {
  const connection = ConnectionName.make("stripe")
  const key = { apiKey: Redacted.make("secret") }
  yield* (yield* Credentials).put(World.tenant, connection, key)
  yield* (yield* Authorizations).begin(World.tenant, "state", {
    connection,
    redirectUri: "http://127.0.0.1/",
    verifier: Redacted.make("v"),
    binding: Redacted.make("b")
  })
  const { postgres } = yield* Store.Store
  yield* postgres.query(
    `insert into syncline.tenant_override values ('acme', 'billing', '', '{}', to_timestamp(0)) on conflict do nothing;
     insert into syncline.given_up values ('acme', 'billing', 'customer', 'a', null, null, null, 'cause', 'ada', '', to_timestamp(0))`
  )
})

describe.each(World.servers)("Tenants on $name", ({ url }) => {
  layer(World.layerOn(url), { excludeTestServices: true })((it) => {
    it.effect("every table with a tenant_id has row-level security forced, and leads its keys with it", () =>
      Effect.gen(function* () {
        const tables = yield* tenantTables
        assert.deepStrictEqual(
          tables.map(({ name }) => name),
          [
            "authorization",
            "claim",
            "conflict",
            "connection",
            "credential",
            "cursor",
            "data_key",
            "deletion",
            "delivery",
            "difference",
            "driver",
            "enumeration",
            "enumeration_page",
            "execution",
            "execution_failure",
            "given_up",
            "history",
            "integration",
            "job",
            "lane",
            "link",
            "match_fate",
            "match_row",
            "outbox",
            "reconciliation",
            "retry_ledger",
            "tenant",
            "tenant_override",
            "waiting",
            "wake",
            "webhook_path"
          ]
        )
        assert.isTrue(tables.every(({ forced }) => forced === true))
        const { postgres } = yield* Store.Store
        const keys = yield* postgres.query(
          `select k.conname as name from pg_constraint k
           where k.connamespace = 'syncline'::regnamespace and k.contype in ('p', 'f', 'u') and k.conrelid not in ('syncline.migration'::regclass, 'syncline.worker'::regclass)
             and (select attname from pg_attribute where attrelid = k.conrelid and attnum = k.conkey[1]) <> 'tenant_id'`
        )
        assert.deepStrictEqual([...keys], [])
      })
    )

    it.effect("syncline_engine without a tenant sees no row of any table, and with one only that tenant's", () =>
      Effect.gen(function* () {
        yield* filled
        yield* configured
        const { postgres } = yield* Store.Store
        for (const { name } of yield* tenantTables) {
          const counted = (tenant: string | null) =>
            postgres.transaction((session) =>
              Effect.gen(function* () {
                yield* session.query("set local role syncline_engine")
                if (tenant !== null) yield* session.query("select set_config('app.tenant', $1, true)", [tenant])
                return (yield* session.query(`select tenant_id from syncline.${name} order by 1`)).length
              })
            )
          assert.strictEqual(yield* counted(null), 0, name)
          assert.strictEqual(yield* counted("other"), 0, name)
          assert.isAbove(yield* counted("acme"), 0, name)
        }
      })
    )

    it.effect("a tenant can neither read nor write another's rows through the services", () =>
      Effect.gen(function* () {
        yield* World.declare(other)
        const theirs = { ...World.customers, tenant: other }
        assert.deepStrictEqual(yield* (yield* Links).count(theirs), { live: 0, deleted: 0 })
        const [execution] = yield* (yield* Executions).list(World.tenant, {}, 1)
        if (execution === undefined) return assert.fail("acme has an execution")
        assert.isFalse(yield* (yield* Executions).cancel(other, execution.id, "not mine"))
        assert.deepStrictEqual(yield* (yield* Executions).list(other, {}, 10), [])
        assert.strictEqual((yield* (yield* Jobs).list(other)).length, 1)
        const database = yield* Database
        const stolen = yield* database.transaction(other, (transaction) =>
          transaction.query("update syncline.link set version = version + 1 returning 1")
        )
        assert.strictEqual(stolen.length, 0)
        const error = yield* Effect.flip(
          database.transaction(other, (transaction) =>
            transaction.query("insert into syncline.tenant values ('third', to_timestamp(0))")
          )
        )
        assert.strictEqual(error.kind, "permission")
      })
    )

    it.effect("syncline_maintenance sees all tenants, and neither role can log in or pass by row-level security", () =>
      Effect.gen(function* () {
        const { postgres } = yield* Store.Store
        const tenants = yield* postgres.transaction((session) =>
          Effect.andThen(
            session.query("set local role syncline_maintenance"),
            session.query("select tenant_id from syncline.tenant")
          )
        )
        assert.strictEqual(tenants.length, 2)
        const roles = yield* postgres.query(
          "select from pg_roles where rolname like 'syncline\\_%' and not rolcanlogin and not rolbypassrls and not rolsuper"
        )
        assert.strictEqual(roles.length, 2)
      })
    )

    it.effect("the user's own tables are reached as the connecting user, and only there", () =>
      Effect.gen(function* () {
        const { postgres } = yield* Store.Store
        const database = yield* Database
        yield* postgres.query("create table mine (a int, at timestamptz)")
        const insert = "insert into mine values (1, current_setting('syncline.now')::timestamptz)"
        const { failed, nowMs, role } = yield* database.transaction(World.tenant, (transaction) =>
          Effect.gen(function* () {
            const failed = yield* Effect.flip(transaction.savepoint(transaction.query(insert)))
            yield* Effect.ignore(
              transaction.asOwner(Effect.andThen(transaction.query(insert), transaction.query("select 1 / 0")))
            )
            yield* transaction.asOwner(transaction.asOwner(transaction.query(insert)))
            const [row] = yield* transaction.query("select current_user::text as role")
            return { failed, nowMs: transaction.nowMs, role: row?.["role"] }
          })
        )
        assert.strictEqual(failed.kind, "permission")
        assert.strictEqual(role, "syncline_engine")
        const rows = yield* postgres.query("select (extract(epoch from at) * 1000)::float8 as at from mine")
        assert.deepStrictEqual([...rows], [{ at: nowMs }])
      })
    )
  })

  it.live(
    "a user who may not create roles is warned with the SQL to run, and the tenants' policies hold all the same",
    () =>
      Effect.gen(function* () {
        const admin = new URL(yield* Effect.promise(() => freshDatabase(url)))
        const postgres = yield* Postgres.open({ url: Redacted.make(admin.href), max: 1 })
        const name = admin.pathname.slice(1)
        // A database whose server has no roles of ours is not to be had here, so the user is one that may not become them.
        yield* postgres.query(`create role ${name} login password 'plain'; grant create on database ${name} to ${name}`)
        const plain = new URL(admin.href)
        plain.username = name
        plain.password = "plain"
        const warnings: Array<string> = []
        const logger = Logger.make(({ message }) => {
          warnings.push(String(message))
        })
        const store = Store.layer({ url: Redacted.make(plain.href) }).pipe(Layer.provide(Logger.layer([logger])))
        yield* Effect.gen(function* () {
          yield* filled
          const links = yield* Links
          assert.strictEqual((yield* links.count(World.customers)).live, 1)
          assert.strictEqual((yield* links.count({ ...World.customers, tenant: other })).live, 0)
          assert.strictEqual((yield* (yield* Store.Store).postgres.query("select from syncline.link")).length, 0)
        }).pipe(Effect.provide(store))
        assert.strictEqual(warnings.length, 1)
        assert.include(warnings[0], `grant syncline_engine, syncline_maintenance to ${name};`)
      }).pipe(Effect.scoped)
  )
})

describe("Migrations", () => {
  it.live("three programs that start at once migrate once, and a database of a newer version is refused", () =>
    Effect.gen(function* () {
      const postgres = yield* Postgres.open({ url: Redacted.make(yield* Effect.promise(() => freshDatabase())) })
      yield* Effect.all(
        [1, 2, 3].map(() => Migrations.run(postgres)),
        { concurrency: "unbounded" }
      )
      const applied = yield* postgres.query("select tag from syncline.migration order by tag")
      const files = yield* Effect.promise(() => readdir(fileURLToPath(new URL("../migrations", import.meta.url))))
      assert.deepStrictEqual(
        applied.map(({ tag }) => `${String(tag)}.sql`),
        files.filter((name) => name.endsWith(".sql")).toSorted()
      )
      yield* postgres.query("insert into syncline.migration values ('9999_future', to_timestamp(0))")
      const error = yield* Effect.flip(Migrations.run(postgres))
      assert.include(error.message, "9999_future")
    })
  )

  it.live("a user who may not create the schema is told what to run", () =>
    Effect.gen(function* () {
      const url = new URL(yield* Effect.promise(() => freshDatabase()))
      const admin = yield* Postgres.open({ url: Redacted.make(url.href), max: 1 })
      const name = `${url.pathname.slice(1)}_guest`
      yield* admin.query(`create role ${name} login password 'guest'`)
      url.username = name
      url.password = "guest"
      const guest = yield* Postgres.open({ url: Redacted.make(url.href), max: 1 })
      const error = yield* Effect.flip(Migrations.run(guest))
      assert.strictEqual(error.kind, "permission")
      assert.include(error.message, "create schema syncline authorization")
    })
  )
})
