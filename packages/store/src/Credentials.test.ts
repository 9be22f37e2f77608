import { assert, describe, it } from "@effect/vitest"
import { ConnectionName, TenantId } from "@syncline/core"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Authorizations from "./Authorizations.ts"
import { Credentials } from "./Credentials.ts"
import * as Envelope from "./Envelope.ts"
import * as Postgres from "./Postgres.ts"
import * as Store from "./Store.ts"

const keyOf = (byte: number) => Envelope.keyOf(Buffer.alloc(32, byte))
const acme = TenantId.make("acme")
const other = TenantId.make("other")
const stripe = ConnectionName.make("stripe")
const canary = "sk_live_canaryCanaryCanary"

const open = (url: string, ...masterKeys: ReadonlyArray<Envelope.Key>) =>
  Layer.build(Store.layer({ url: Redacted.make(url), masterKeys }))

const plain = (credential: Option.Option<{ readonly value: Redacted.Redacted }>) =>
  Option.getOrNull(Option.map(credential, ({ value }) => Redacted.value(value)))

describe("Credentials", () => {
  it.live("are sealed in the database, apart for each tenant, and open again; a row put elsewhere does not", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(() => freshDatabase())
      const credentials = Context.get(yield* open(url, keyOf(1)), Credentials)
      const pool = yield* Postgres.open({ url: Redacted.make(url) })
      for (const tenant of [acme, other])
        yield* credentials.put(tenant, stripe, { apiKey: Redacted.make(canary), extra: Redacted.make("x") })
      assert.strictEqual(plain(yield* credentials.get(acme, stripe, "apiKey")), canary)
      assert.strictEqual(
        JSON.stringify((yield* credentials.of(acme, stripe)).get("apiKey")?.value),
        '"<redacted:apiKey>"'
      )
      for (const table of ["credential", "data_key"]) {
        const rows = yield* pool.query(`select t::text as row from syncline.${table} t order by 1`)
        assert.isAbove(rows.length, 1)
        assert.notInclude(JSON.stringify(rows), "canary")
        assert.notInclude(JSON.stringify(rows), Buffer.from(canary).toString("base64url"))
      }
      // Another tenant's, another field's, and the same field's older row.
      const sealed = (tenant: string, field: string) =>
        `(select sealed from syncline.credential where tenant_id = '${tenant}' and field = '${field}')`
      const [before] = yield* pool.query(`select ${sealed("acme", "apiKey")} as row`)
      const put = (value: string, parameters: ReadonlyArray<unknown> = []) =>
        pool.query(
          `update syncline.credential set sealed = ${value} where tenant_id = 'acme' and field = 'apiKey'`,
          parameters
        )
      for (const from of [sealed("other", "apiKey"), sealed("acme", "extra")]) {
        yield* put(from)
        const error = yield* Effect.flip(credentials.get(acme, stripe, "apiKey"))
        assert.include(error.message, "does not open")
      }
      yield* credentials.put(acme, stripe, { apiKey: Redacted.make("new") })
      assert.strictEqual(plain(yield* credentials.get(acme, stripe, "apiKey")), "new")
      yield* put("$1", [before?.["row"]])
      assert.include((yield* Effect.flip(credentials.get(acme, stripe, "apiKey"))).message, "does not open")
      assert.strictEqual(yield* credentials.remove(acme, stripe), 2)
      assert.isTrue(Option.isNone(yield* credentials.get(acme, stripe, "apiKey")))
      assert.strictEqual(plain(yield* credentials.get(other, stripe, "apiKey")), canary)
    }).pipe(Effect.scoped)
  )

  it.live(
    "no key and a wrong key stop the start and change nothing; a rotation while it runs keeps everything open",
    () =>
      Effect.gen(function* () {
        const url = yield* Effect.promise(() => freshDatabase())
        const keyless = Context.get(yield* open(url), Credentials)
        const refused = yield* Effect.flip(keyless.put(acme, stripe, { apiKey: Redacted.make(canary) }))
        assert.include(refused.message, "SYNCLINE_MASTER_KEY")
        const running = Context.get(yield* open(url, keyOf(1), keyOf(2)), Credentials)
        for (const tenant of [acme, other]) yield* running.put(tenant, stripe, { apiKey: Redacted.make(canary) })
        for (const keys of [[], [keyOf(3)]]) {
          const error = yield* Effect.flip(Effect.scoped(open(url, ...keys)))
          assert.include(error.message, keyOf(1).id)
          assert.include(error.message, "nothing was changed")
        }
        const rotating = Context.get(yield* open(url, keyOf(2), keyOf(1)), Credentials)
        assert.strictEqual(yield* rotating.rotate(acme), 1)
        // Stopped here, it goes on with the tenants that are left; the process that runs opens both.
        assert.strictEqual(plain(yield* running.get(acme, stripe, "apiKey")), canary)
        assert.strictEqual(plain(yield* running.get(other, stripe, "apiKey")), canary)
        assert.include((yield* Effect.flip(Effect.scoped(open(url, keyOf(2))))).message, keyOf(1).id)
        assert.strictEqual((yield* rotating.rotate(acme)) + (yield* rotating.rotate(other)), 1)
        const after = Context.get(yield* open(url, keyOf(2)), Credentials)
        for (const tenant of [acme, other])
          assert.strictEqual(plain(yield* after.get(tenant, stripe, "apiKey")), canary)
      }).pipe(Effect.scoped)
  )

  it.live("of many who claim one version one wins, and only who claimed it may put the next in its place", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(() => freshDatabase())
      const credentials = Context.get(yield* open(url, keyOf(1)), Credentials)
      yield* credentials.put(acme, stripe, { tokens: Redacted.make("first") })
      const claim = (by: string, staleMs = 60_000) =>
        credentials.claim(acme, stripe, "tokens", { version: 1, by, staleMs })
      const won = yield* Effect.forEach(["a", "b", "c", "d"], (by) => claim(by), { concurrency: "unbounded" })
      assert.strictEqual(won.filter(Option.isSome).length, 1)
      const winner = ["a", "b", "c", "d"][won.findIndex(Option.isSome)] ?? ""
      const next = { version: 1, value: Redacted.make("second") }
      assert.isFalse(yield* credentials.replace(acme, stripe, "tokens", { ...next, by: "nobody" }))
      assert.isNull(Option.getOrThrow(won.find(Option.isSome) ?? Option.none()).sentMsAgo)
      // A claim that was left is told to whoever takes it over.
      assert.isNotNull(Option.getOrThrow(yield* claim("late", 0)).sentMsAgo)
      assert.isFalse(yield* credentials.replace(acme, stripe, "tokens", { ...next, by: winner }))
      assert.isTrue(yield* credentials.replace(acme, stripe, "tokens", { ...next, by: "late" }))
      assert.strictEqual(plain(yield* credentials.get(acme, stripe, "tokens")), "second")
      assert.isTrue(Option.isNone(yield* claim("again")), "the version has moved")
    }).pipe(Effect.scoped)
  )

  it.live("an authorization is finished once, by its tenant, within ten minutes", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(() => freshDatabase())
      const authorizations = Context.get(yield* open(url, keyOf(1)), Authorizations.Authorizations)
      const pool = yield* Postgres.open({ url: Redacted.make(url) })
      yield* Context.get(yield* open(url, keyOf(1)), Credentials).put(acme, stripe, {})
      const begun = {
        connection: stripe,
        redirectUri: "http://127.0.0.1/callback",
        verifier: Redacted.make("verifier"),
        binding: Redacted.make("cookie")
      }
      yield* authorizations.begin(acme, "state", begun)
      assert.isTrue(Option.isNone(yield* authorizations.take(other, "state")))
      const taken = Option.getOrThrow(yield* authorizations.take(acme, "state"))
      assert.strictEqual(Redacted.value(taken.verifier), "verifier")
      assert.isTrue(Option.isNone(yield* authorizations.take(acme, "state")))
      yield* authorizations.begin(acme, "late", begun)
      yield* pool.query("update syncline.authorization set begun_at = begun_at - interval '601 seconds'")
      assert.isTrue(Option.isNone(yield* authorizations.take(acme, "late")))
    }).pipe(Effect.scoped)
  )
})
