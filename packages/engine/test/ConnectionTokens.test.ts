/** `SYNCLINE_TOKEN_EXPIRIES=200 SYNCLINE_TOKEN_OWNERS=8 npm test -- packages/engine/test/ConnectionTokens` runs the campaign. */
import { HttpClient, HttpLayer, type HttpRemote } from "@syncline/connector"
import { OAuthServer, Transport, Wire } from "@syncline/connector/sandbox"
import { ConnectionName, defaultTenant } from "@syncline/core"
import { Credentials, Envelope, Store, StoreClock } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as ConnectionTokens from "../src/ConnectionTokens.ts"
import * as StoredConfig from "../src/StoredConfig.ts"

const shop = ConnectionName.make("shop")
const base = "http://127.0.0.1:1"
const size = (name: string, usual: number) => Number(process.env[name] ?? usual)

const remoteOf = (refresh: { readonly rotates: boolean; readonly graceMs: number }): HttpRemote => ({
  _tag: "Http",
  baseUrl: base,
  auth: {
    _tag: "OAuth2",
    authorizeUrl: `${base}/authorize`,
    tokenUrl: `${base}/token`,
    scopes: ["orders"],
    clientAuth: "basic",
    clientId: "app",
    clientSecret: Redacted.make("app-secret"),
    refresh
  },
  budgets: [],
  errors: []
})

/** A provider that lets good tokens in, and owners of its one connection that share nothing but the store. */
const open = Effect.fnUntraced(function* (refresh: {
  readonly rotates: boolean
  readonly graceMs: number
  readonly lifetimeMs?: number
}) {
  const url = yield* Effect.promise(() => freshDatabase())
  const server = OAuthServer.make({ clientId: "app", clientSecret: "app-secret", ...refresh })
  const provider: Wire.Handler = (request) => {
    if (!request.path.startsWith("/orders")) return server.handler(request)
    const token = (request.headers["authorization"] ?? "").replace("Bearer ", "")
    return Effect.map(server.isValid(token), (isValid) => Wire.json(isValid ? 200 : 401, "{}"))
  }
  const transport = HttpClient.layerOf(Transport.client(provider))
  const remote = remoteOf(refresh)
  const masterKeys = [Envelope.keyOf(Buffer.alloc(32, 1))]
  const owner = Effect.gen(function* () {
    const { auth } = remote
    if (auth._tag !== "OAuth2") return yield* Effect.die("the remote is entered by OAuth2")
    const services = yield* Layer.build(Layer.merge(Store.layer({ url: Redacted.make(url), masterKeys }), transport))
    const tokens = yield* Effect.provideContext(ConnectionTokens.source(defaultTenant, shop, auth), services)
    const { http } = yield* Effect.provideContext(HttpLayer.make(remote, { tokens }), services)
    const call = http.send({ method: "GET", path: "/orders" })
    return { call, credentials: Context.get(services, Credentials.Credentials) }
  })
  const first = yield* owner
  const granted = yield* server.grant
  yield* first.credentials.put(defaultTenant, shop, {
    [StoredConfig.tokens]: ConnectionTokens.sealedForm({
      access: Redacted.make(granted.access),
      refresh: Redacted.make(granted.refresh),
      renewAtMs: null
    })
  })
  return { first, owner, server }
})

describe("the tokens of a connection", () => {
  it.live(
    "are refreshed once, however many owners need them at the same instant",
    () =>
      Effect.gen(function* () {
        const { first, owner, server } = yield* open({ rotates: true, graceMs: 0 })
        const others = yield* Effect.forEach(Array.from({ length: size("SYNCLINE_TOKEN_OWNERS", 4) - 1 }), () => owner)
        const owners = [first, ...others]
        const expiries = size("SYNCLINE_TOKEN_EXPIRIES", 5)
        for (let expiry = 0; expiry < expiries; expiry++) {
          yield* server.expireAll
          const replies = yield* Effect.forEach(owners, ({ call }) => call, { concurrency: "unbounded" })
          assert.isTrue(replies.every(({ status }) => status === 200))
        }
        const spends = [...(yield* server.spends).values()]
        assert.strictEqual(spends.length, expiries)
        assert.isTrue(spends.every((times) => times === 1))
      }).pipe(Effect.scoped),
    600_000
  )

  it.live("that live for less than a minute are refreshed once for many calls", () =>
    Effect.gen(function* () {
      const { first, server } = yield* open({ rotates: true, graceMs: 0, lifetimeMs: 30_000 })
      yield* server.expireAll
      for (let time = 0; time < 3; time++) assert.strictEqual((yield* first.call).status, 200)
      assert.deepStrictEqual([...(yield* server.spends).values()], [1])
    }).pipe(Effect.scoped)
  )

  it.live("that have ended when they come are not refreshed again and again", () =>
    Effect.gen(function* () {
      const { first, server } = yield* open({ rotates: true, graceMs: 0, lifetimeMs: 0 })
      yield* server.expireAll
      assert.strictEqual((yield* Effect.flip(first.call)).reason._tag, "Unauthorized")
      assert.deepStrictEqual([...(yield* server.spends).values()], [1])
    }).pipe(Effect.scoped)
  )

  it.live("a lost answer is asked for again where the provider allows it", () =>
    Effect.gen(function* () {
      const { first, server } = yield* open({ rotates: true, graceMs: 60_000 })
      yield* server.expireAll
      yield* server.loseNext
      assert.strictEqual((yield* first.call).status, 200)
      assert.deepStrictEqual([...(yield* server.spends).values()], [2])
    }).pipe(Effect.scoped)
  )

  it.live("where it does not, the connection stops with what to do, and nothing is sent again", () =>
    Effect.gen(function* () {
      const { first, owner, server } = yield* open({ rotates: true, graceMs: 0 })
      yield* server.expireAll
      yield* server.loseNext
      for (let time = 0; time < 2; time++) {
        const { reason } = yield* Effect.flip(first.call)
        assert.strictEqual(reason._tag, "Unauthorized")
        assert.include(JSON.stringify(reason), "syncline connections connect shop")
      }
      assert.deepStrictEqual([...(yield* server.spends).values()], [1])
      // Connected anew, everybody goes on.
      const again = yield* owner
      const granted = yield* server.grant
      yield* again.credentials.put(defaultTenant, shop, {
        [StoredConfig.tokens]: ConnectionTokens.sealedForm({
          access: Redacted.make(granted.access),
          refresh: Redacted.make(granted.refresh),
          renewAtMs: null
        })
      })
      assert.strictEqual((yield* first.call).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("how long ago one was sent is told by the store, whose clock may differ from ours", () =>
    Effect.gen(function* () {
      const { first, server } = yield* open({ rotates: true, graceMs: 120_000 })
      yield* server.expireAll
      let storeMs = (yield* Clock.currentTimeMillis) - 3_600_000
      const inStoreTime = Effect.provideService(StoreClock, { nowMs: () => Effect.sync(() => storeMs) })
      const claim = { version: 1, by: "a process that died", staleMs: 45_000 }
      yield* inStoreTime(first.credentials.claim(defaultTenant, shop, StoredConfig.tokens, claim))
      storeMs += 50_000
      assert.strictEqual((yield* inStoreTime(first.call)).status, 200)
      assert.deepStrictEqual([...(yield* server.spends).values()], [1])
    }).pipe(Effect.scoped)
  )

  it.live("one that was sent and taken over, and left again, is as old as when it was first sent", () =>
    Effect.gen(function* () {
      const { first, server } = yield* open({ rotates: true, graceMs: 90_000 })
      yield* server.expireAll
      let storeMs = yield* Clock.currentTimeMillis
      const inStoreTime = Effect.provideService(StoreClock, { nowMs: () => Effect.sync(() => storeMs) })
      for (const by of ["a process that died", "another that died"]) {
        const claim = { version: 1, by, staleMs: 45_000 }
        yield* inStoreTime(first.credentials.claim(defaultTenant, shop, StoredConfig.tokens, claim))
        storeMs += 50_000
      }
      const { reason } = yield* inStoreTime(Effect.flip(first.call))
      assert.strictEqual(reason._tag, "Unauthorized")
      assert.deepStrictEqual([...(yield* server.spends).values()], [])
    }).pipe(Effect.scoped)
  )

  it.live("none is sent again whose time would be over while it is under way", () =>
    Effect.gen(function* () {
      const { first, server } = yield* open({ rotates: true, graceMs: 90_000 })
      yield* server.expireAll
      let storeMs = yield* Clock.currentTimeMillis
      const inStoreTime = Effect.provideService(StoreClock, { nowMs: () => Effect.sync(() => storeMs) })
      const claim = { version: 1, by: "a process that died", staleMs: 45_000 }
      yield* inStoreTime(first.credentials.claim(defaultTenant, shop, StoredConfig.tokens, claim))
      storeMs += 80_000
      const { reason } = yield* inStoreTime(Effect.flip(first.call))
      assert.strictEqual(reason._tag, "Unauthorized")
      assert.deepStrictEqual([...(yield* server.spends).values()], [])
    }).pipe(Effect.scoped)
  )

  it.live("withdrawn consent stops the connection, and no token is told", () =>
    Effect.gen(function* () {
      const { first, server } = yield* open({ rotates: true, graceMs: 0 })
      yield* server.revokeAll
      const error = yield* Effect.flip(first.call)
      assert.include(JSON.stringify(error), "withdrawn its consent")
      assert.notMatch(JSON.stringify(error) + String(error), /rt_|at_|app-secret/)
    }).pipe(Effect.scoped)
  )
})
