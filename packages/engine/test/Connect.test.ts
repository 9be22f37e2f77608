import { connector, Http, HttpClient } from "@syncline/connector"
import { OAuthServer, Transport, Wire } from "@syncline/connector/sandbox"
import { ConnectionName, TenantId } from "@syncline/core"
import { Credentials, Envelope, Store, Tenants } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Consents from "../src/Consents.ts"
import { defineConfig, Engine, Invitation, StoredConfig } from "../src/index.ts"
import * as Registries from "../src/Registries.ts"

const base = "http://127.0.0.1:1"
const back = "http://127.0.0.1:8788/connect/~back"

const shop = connector({
  name: "shop",
  apiVersion: "1",
  config: Schema.Struct({}),
  remote: () => ({
    _tag: "Http",
    baseUrl: base,
    auth: {
      _tag: "OAuth2",
      authorizeUrl: `${base}/authorize`,
      tokenUrl: `${base}/token`,
      scopes: ["orders"],
      clientAuth: "form",
      clientId: "app",
      clientSecret: Redacted.make("app-secret"),
      refresh: { rotates: true, graceMs: 0 },
      returned: (query) => (query.has("forged") ? "it is forged" : null)
    },
    budgets: [],
    errors: []
  }),
  entities: () => ({}),
  check: () => Effect.flatMap(Http, ({ send }) => Effect.as(send({ method: "GET", path: "/me" }), "somebody's shop"))
})

const key = Envelope.keyOf(Buffer.alloc(32, 1))

const withOther = (query: Redacted.Redacted<URLSearchParams>, name: string, value: string) => {
  const other = new URLSearchParams(Redacted.value(query))
  other.set(name, value)
  return Redacted.make(other)
}

const open = Effect.gen(function* () {
  const server = OAuthServer.make({ clientId: "app", clientSecret: "app-secret" })
  const provider: Wire.Handler = (request) =>
    request.path === "/me"
      ? Effect.map(server.isValid((request.headers["authorization"] ?? "").slice(7)), (isValid) =>
          Wire.json(isValid ? 200 : 401, "{}")
        )
      : server.handler(request)
  const url = Redacted.make(yield* Effect.promise(() => freshDatabase()))
  const project = defineConfig({ connections: { shop: { connector: shop } }, integrations: {} })
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provideMerge(Store.layer({ url, masterKeys: [key] })),
      Layer.provideMerge(HttpClient.layerOf(Transport.client(provider)))
    )
  )
  /** What a browser does: goes to the provider, where the person consents, and is sent back. */
  const consent = Effect.fnUntraced(function* (address: string) {
    const { pathname, search } = new URL(address)
    const reply = yield* provider({ method: "GET", path: pathname, query: search.slice(1), headers: {}, body: "" })
    const returned = new URL(reply.headers["Location"] ?? "")
    assert.strictEqual(returned.origin + returned.pathname, back)
    return { query: Redacted.make(returned.searchParams) }
  })
  return { engine: Context.get(services, Engine), consent, project, services }
})

describe("connecting by consent", () => {
  it.live("a person consents at the provider, once, in one browser; then the connection is open", () =>
    Effect.gen(function* () {
      const { consent, engine } = yield* open
      const [, before] = yield* engine.check
      assert.include(before?.detail, "syncline connections connect shop")
      const { binding, url } = yield* engine.connect.begin("shop", back)
      assert.include(url, "code_challenge_method=S256")
      const returned = yield* consent(url)
      assert.deepInclude(yield* engine.connect.finish({ ...returned, binding }), {
        account: null,
        choices: []
      })
      const [, after] = yield* engine.check
      assert.deepInclude(after, { ok: true, detail: "somebody's shop" })
      const again = yield* Effect.flip(engine.connect.finish({ ...returned, binding }))
      assert.include(again.message, "begin again")
    }).pipe(Effect.scoped)
  )

  it.live("another browser, a state of nobody's and a code of another flow are refused", () =>
    Effect.gen(function* () {
      const { consent, engine } = yield* open
      const first = yield* engine.connect.begin("shop", back)
      const second = yield* engine.connect.begin("shop", back)
      const returned = yield* consent(first.url)
      for (const { binding, query } of [
        { binding: second.binding, query: returned.query },
        { binding: first.binding, query: withOther(returned.query, "state", "somebody.invented") }
      ]) {
        const error = yield* Effect.flip(engine.connect.finish({ query, binding }))
        assert.strictEqual(error._tag, "Refused")
      }
      const doubted = yield* engine.connect.begin("shop", back)
      const forged = withOther((yield* consent(doubted.url)).query, "forged", "1")
      const doubt = yield* Effect.flip(engine.connect.finish({ query: forged, binding: doubted.binding }))
      assert.include(doubt.message, "it is forged; begin again")
      // The code belongs to the challenge it was given for.
      const own = yield* consent(second.url)
      const third = yield* engine.connect.begin("shop", back)
      const { query } = yield* consent(third.url)
      const code = Redacted.value(own.query).get("code") ?? ""
      const mixed = yield* Effect.flip(
        engine.connect.finish({ query: withOther(query, "code", code), binding: third.binding })
      )
      assert.include(mixed.message, "invalid_grant")
      const [, line] = yield* engine.check
      assert.isFalse(line?.ok)
    }).pipe(Effect.scoped)
  )
})

describe("an invitation", () => {
  const acme = TenantId.make("acme")
  const invitation = { tenant: acme, connection: ConnectionName.make("shop"), untilMs: 2_000_000_000_000 }

  it.live("lets somebody of a tenant consent at a worker", () =>
    Effect.gen(function* () {
      const { consent, project, services } = yield* open
      const work = Effect.gen(function* () {
        yield* (yield* Tenants.Tenants).add(acme)
        const consents = yield* Consents.make(yield* Registries.make(project))
        const query = new URLSearchParams(Invitation.queryOf(key, invitation))
        const { binding, url } = yield* consents.begin("shop", query, back)
        const finished = yield* consents.finish({ ...(yield* consent(url)), binding })
        assert.strictEqual(finished.connection, "shop")
        const held = yield* (yield* Credentials.Credentials).list(acme)
        assert.deepStrictEqual(
          held.map(({ field }) => field),
          [StoredConfig.tokens]
        )
      })
      yield* Effect.provideContext(work, services)
    }).pipe(Effect.scoped)
  )

  it("is good for one connection of one tenant, until its time, and signed by a key of ours", () => {
    const { connection, untilMs } = invitation
    const query = Invitation.queryOf(key, invitation)
    const read = (text: string, nowMs = 0, of = connection, keys = [key]) =>
      Invitation.tenantOf(keys, of, new URLSearchParams(text), nowMs)
    assert.strictEqual(read(query), "acme")
    assert.isNull(read(query, untilMs + 1))
    assert.isNull(read(query, 0, ConnectionName.make("other")))
    assert.isNull(read(query, 0, connection, [Envelope.keyOf(Buffer.alloc(32, 2))]))
    assert.isNull(read(query, 0, connection, []))
    assert.isNull(read(query.replace("acme", "evil")))
    assert.isNull(read(query.replace(String(untilMs), String(untilMs + 1))))
    assert.isNull(read(""))
  })
})
