/** Webhooks, from the provider's hand to the other side: what is let in, how often a record is read for it, and what it comes to. */
import type { WebhookRequest } from "@syncline/connector"
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { ConnectionName, defaultTenant } from "@syncline/core"
import { Envelope, Postgres, Store, StoreClock } from "@syncline/store"
import { assert, describe, layer } from "@effect/vitest"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { HttpClient as Requests } from "effect/http"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine, StoredConfig } from "../src/index.ts"
import * as Fleet from "./Fleet.ts"

const secret = "whsec_theSandboxSignsWithThis"

/** A mirror of Stripe's customers, and the way that webhooks take into it. One for all tests: each has customers of its own. */
class World extends Context.Service<World, Effect.Success<typeof open>>()("test/World") {}

const open = Effect.gen(function* () {
  const account = yield* StripeSandbox.open({ size: { ...StripeSandbox.empty, customers: 0 } })
  const url = yield* Effect.promise(() => freshDatabase())
  const project = defineConfig({
    connections: {
      stripe: {
        connector: stripe,
        config: {
          apiKey: account.apiKey,
          baseUrl: "http://127.0.0.1:1",
          requestsPerSecond: 1_000_000,
          webhookSecrets: [secret]
        }
      },
      warehouse: { connector: postgres, config: { schema: "stripe", tables: { customers: {} } } }
    },
    integrations: {
      billing: { source: "stripe", target: "warehouse", entities: [{ source: "customer", target: "customers" }] }
    },
    jobs: { customers: { integration: "billing", entity: "customer", schedule: "manual" } }
  })
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provideMerge(Store.layer({ url: Redacted.make(url), masterKeys: [Envelope.keyOf(Buffer.alloc(32, 1))] })),
      Layer.provide(HttpClient.layerOf(account.remote))
    )
  )
  const engine = yield* Effect.provideContext(Engine, services)
  const database = yield* Postgres.open({ url: Redacted.make(url) })
  yield* engine.run("billing")
  const [report] = yield* engine.webhooks.list
  const path = report?.path ?? ""

  const names = (like: string) =>
    Effect.map(
      database.query("select name from stripe.customers where _deleted_at is null and name like $1 order by name", [
        like
      ]),
      (rows) => rows.map(({ name }) => String(name))
    )
  const count = (table: string) =>
    Effect.map(database.query(`select count(*)::int as n from syncline.${table}`), ([row]) => Number(row?.["n"]))
  const calls = Effect.map(account.calls.byEndpoint, (calls) => calls.get("GET /v1/customers/{id}") ?? 0)
  /** Runs what is due, until nothing is, as a driver would. */
  const ingest = engine.webhooks.ingest()
  /** Nothing happens for a while, and whatever waited for that is due. */
  const rest = Effect.sync(() => {
    aheadMs += 60_000
  })
  return { account, calls, count, database, engine, ingest, names, path, project, rest, services }
})

const signed = Effect.fnUntraced(function* (path: string, event: unknown, doctor: Partial<WebhookRequest> = {}) {
  const body = typeof event === "string" ? event : JSON.stringify(event)
  const nowMs = yield* Clock.currentTimeMillis
  const request: WebhookRequest = {
    method: "POST",
    url: `https://hooks.example.org/webhooks/${path}`,
    headers: { "stripe-signature": StripeSandbox.signature(secret, body, nowMs) },
    body: new TextEncoder().encode(body),
    ...doctor
  }
  return request
})

const updated = (event: string, id: string, rest = {}) => ({
  id: event,
  object: "event",
  type: "customer.updated",
  data: { object: { id, object: "customer" } },
  ...rest
})

let aheadMs = 0
const clock = Layer.succeed(StoreClock, { nowMs: () => Effect.map(Clock.currentTimeMillis, (ms) => ms + aheadMs) })

layer(Layer.provideMerge(Layer.effect(World, open), clock), { timeout: 60_000, excludeTestServices: true })(
  "Webhooks",
  (it) => {
    describe("what is let in", () => {
      it.effect("a genuine one is stored and answered 200; its repeat says nothing new", () =>
        Effect.gen(function* () {
          const { count, engine, path } = yield* World
          const request = yield* signed(path, updated("evt_let_1", "cus_let_1"))
          const before = yield* count("delivery")
          const first = yield* engine.webhooks.receive(path, request)
          const second = yield* engine.webhooks.receive(path, request)
          assert.deepStrictEqual([first.status, second.status, first.body], [200, 200, ""])
          assert.strictEqual((yield* count("delivery")) - before, 1)
          assert.strictEqual(first.woken.length, 1)
          assert.strictEqual(second.woken.length, 0)
          const other = yield* signed(path, updated("evt_let_2", "cus_let_1", { account: "acct_ofAnother" }))
          const theirs = yield* engine.webhooks.receive(path, other)
          assert.deepStrictEqual([theirs.status, theirs.woken.length], [200, 0])
        })
      )

      it.effect("anything else is refused, each for its reason, and writes nothing", () =>
        Effect.gen(function* () {
          const { count, engine, path } = yield* World
          const event = updated("evt_no_1", "cus_no_1")
          const good = yield* signed(path, event)
          const before = yield* count("delivery")
          const status = (at: string, request: WebhookRequest) =>
            Effect.map(engine.webhooks.receive(at, request), ({ status }) => status)
          assert.strictEqual(yield* status("x".repeat(22), good), 404)
          assert.strictEqual(yield* status("../stripe", good), 404)
          assert.strictEqual(yield* status("", good), 404)
          assert.strictEqual(yield* status(path, { ...good, method: "GET" }), 405)
          assert.strictEqual(yield* status(path, { ...good, headers: {} }), 401)
          assert.strictEqual(yield* status(path, { ...good, body: new TextEncoder().encode("{}") }), 401)
          assert.strictEqual(yield* status(path, yield* signed(path, '{"id":"evt_1","id":"evt_2"}')), 400)
          assert.strictEqual(yield* status(path, yield* signed(path, "[".repeat(100_000))), 400)
          assert.strictEqual(yield* status(path, yield* signed(path, "no json")), 400)
          const old = StripeSandbox.signature(secret, JSON.stringify(event), (yield* Clock.currentTimeMillis) - 302_000)
          assert.strictEqual(yield* status(path, { ...good, headers: { "stripe-signature": old } }), 401)
          assert.strictEqual(yield* count("delivery"), before)
        })
      )

      it.effect(
        "a body that the connector cannot read is kept and told of, and one of another version is told of",
        () =>
          Effect.gen(function* () {
            const { engine, path } = yield* World
            const strange = yield* engine.webhooks.receive(
              path,
              yield* signed(path, { object: "v2.core.event", id: "evt_v2" })
            )
            const old = updated("evt_old", "cus_old", { api_version: "2020-08-27" })
            const other = yield* engine.webhooks.receive(path, yield* signed(path, old))
            assert.deepStrictEqual([strange.status, other.status], [200, 200])
            const [report] = yield* engine.webhooks.list
            assert.strictEqual(report?.unread, 1)
            assert.deepStrictEqual(report?.otherVersions, ["2020-08-27"])
            assert.deepStrictEqual(yield* engine.webhooks.reread, [])
          })
      )
    })

    describe("what it comes to", () => {
      it.effect(
        "a record is read by its id and synced alone; a deletion is believed when the provider confirms it",
        () =>
          Effect.gen(function* () {
            const { account, engine, ingest, names, path, rest } = yield* World
            const ada = yield* account.user.create("customer", { name: "alone Ada" })
            const bob = yield* account.user.create("customer", { name: "alone Bob" })
            const told = (event: unknown) =>
              Effect.andThen(
                Effect.flatMap(signed(path, event), (request) => engine.webhooks.receive(path, request)),
                ingest
              )
            yield* told(updated("evt_alone_1", ada))
            assert.deepStrictEqual(yield* names("alone%"), ["alone Ada"])
            yield* told(updated("evt_alone_2", bob))
            yield* rest
            // Somebody says that both are gone, and only one of them is.
            yield* account.user.remove("customer", bob)
            for (const id of [ada, bob]) yield* told({ ...updated(`evt_gone_${id}`, id), type: "customer.deleted" })
            yield* rest
            yield* ingest
            assert.deepStrictEqual(yield* names("alone%"), ["alone Ada"])
          })
      )

      it.effect("a burst on one record takes two readings, and what comes last counts", () =>
        Effect.gen(function* () {
          const { account, calls, engine, ingest, names, path, rest } = yield* World
          const id = yield* account.user.create("customer", { name: "burst 0" })
          const before = yield* calls
          for (let edit = 1; edit <= 30; edit++) {
            yield* account.user.edit("customer", id, { name: `burst ${edit}` })
            const request = yield* signed(path, updated(`evt_burst_${edit}`, id))
            yield* engine.webhooks.receive(path, request)
            if (edit === 1) yield* ingest
          }
          yield* rest
          yield* ingest
          assert.deepStrictEqual(yield* names("burst%"), ["burst 30"])
          assert.strictEqual((yield* calls) - before, 2)
        })
      )
    })

    it.effect("a worker hears of them at once, and those of one minute are one execution", () =>
      Effect.gen(function* () {
        const { account, database, names, path, project, services } = yield* World
        const { worker } = yield* Fleet.start(project, services, {
          transport: HttpClient.layerOf(account.remote)
        })
        const tell = Effect.fnUntraced(function* (event: string, id: string) {
          assert.strictEqual((yield* worker.receive(path, yield* signed(path, updated(event, id)))).status, 200)
        })
        for (const name of ["minute 1", "minute 2", "minute 3"]) {
          yield* tell(`evt_${name}`, yield* account.user.create("customer", { name }))
          yield* Fleet.until(Effect.map(names(name), (found) => found.length === 1))
        }
        const ended = database.query(
          `select created::int, status from syncline.execution where trigger = 'webhook' order by execution_id`
        )
        yield* Fleet.until(Effect.map(ended, (rows) => rows.every(({ status }) => status === "completed")))
        assert.deepStrictEqual(
          (yield* ended).map(({ created }) => created),
          [3]
        )
      })
    )

    it.effect("one that tells of a record while a worker reads it has the record read again", () =>
      Effect.gen(function* () {
        const { account, engine, names, path, project, rest, services } = yield* World
        const id = yield* account.user.create("customer", { name: "again 1" })
        let told = 0
        const tell = Effect.suspend(() => signed(path, updated(`evt_again_${++told}`, id))).pipe(
          Effect.flatMap((request) => engine.webhooks.receive(path, request))
        )
        // The answer is on its way when somebody edits the record, and the provider tells of that.
        const remote = Requests.tap(account.remote, () =>
          told === 1
            ? Effect.andThen(account.user.edit("customer", id, { name: "again 2" }), tell).pipe(Effect.orDie)
            : Effect.void
        )
        yield* tell
        yield* Fleet.start(project, services, { transport: HttpClient.layerOf(remote) })
        yield* Fleet.until(Effect.map(names("again%"), ([name]) => name === "again 1"))
        yield* rest
        yield* Fleet.until(Effect.map(names("again%"), ([name]) => name === "again 2"))
      })
    )

    describe("asking for them", () => {
      it.effect("a provider is asked once; what somebody changed is put right, and others' are left alone", () =>
        Effect.gen(function* () {
          const { account, engine, services } = yield* World
          const address = "https://sync.example.com"
          const outcomes = Effect.map(engine.webhooks.sync(address), (reports) => reports.map(({ outcome }) => outcome))
          const [created] = yield* engine.webhooks.sync(address)
          assert.strictEqual(created?.outcome, "created")
          assert.isTrue(created?.kept)
          assert.deepStrictEqual(yield* outcomes, ["kept"])
          // Beside the secrets that the connection had: what was sent before is still signed with them.
          const name = ConnectionName.make(created.connection)
          const kept = yield* Effect.provideContext(StoredConfig.read(defaultTenant, name), services)
          assert.deepStrictEqual(kept["webhookSecrets"], [Redacted.value(created.secret ?? Redacted.make("")), secret])
          const id = yield* account.user.create("customer", { name: "subscribed" })
          const [delivery] = yield* account.webhooks.deliveries
          assert.include(new TextDecoder().decode(delivery?.body), id)
          const error = yield* Effect.flip(engine.webhooks.sync("http://sync.example.com"))
          assert.include(error.message, "https://sync.example.com")
        })
      )
    })
  }
)
