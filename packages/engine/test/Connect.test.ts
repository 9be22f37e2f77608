import { connector, Http, HttpClient } from "@syncline/connector"
import { OAuthServer, Transport, Wire } from "@syncline/connector/sandbox"
import { Envelope, Store } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine } from "../src/index.ts"

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
      refresh: { rotates: true, graceMs: 0 }
    },
    budgets: [],
    errors: []
  }),
  entities: () => ({}),
  check: () => Effect.flatMap(Http, ({ send }) => Effect.as(send({ method: "GET", path: "/me" }), "somebody's shop"))
})

const open = Effect.gen(function* () {
  const server = OAuthServer.make({ clientId: "app", clientSecret: "app-secret" })
  const provider: Wire.Handler = (request) =>
    request.path === "/me"
      ? Effect.map(server.isValid((request.headers["authorization"] ?? "").slice(7)), (isValid) =>
          Wire.json(isValid ? 200 : 401, "{}")
        )
      : server.handler(request)
  const url = Redacted.make(yield* Effect.promise(() => freshDatabase()))
  const services = yield* Layer.build(
    Engine.layer(defineConfig({ connections: { shop: { connector: shop } }, integrations: {} })).pipe(
      Layer.provide(Store.layer({ url, masterKeys: [Envelope.keyOf(Buffer.alloc(32, 1))] })),
      Layer.provide(HttpClient.layerOf(Transport.client(provider)))
    )
  )
  /** What a browser does: goes to the provider, where the person consents, and is sent back. */
  const consent = Effect.fnUntraced(function* (address: string) {
    const { pathname, search } = new URL(address)
    const reply = yield* provider({ method: "GET", path: pathname, query: search.slice(1), headers: {}, body: "" })
    const returned = new URL(reply.headers["Location"] ?? "")
    assert.strictEqual(returned.origin + returned.pathname, back)
    return {
      state: returned.searchParams.get("state") ?? "",
      code: Redacted.make(returned.searchParams.get("code") ?? "")
    }
  })
  return { engine: Context.get(services, Engine), consent }
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
      for (const { binding, state } of [
        { binding: second.binding, state: returned.state },
        { binding: first.binding, state: "somebody.invented" }
      ]) {
        const error = yield* Effect.flip(engine.connect.finish({ ...returned, state, binding }))
        assert.strictEqual(error._tag, "Refused")
      }
      // The code belongs to the challenge it was given for.
      const own = yield* consent(second.url)
      const third = yield* engine.connect.begin("shop", back)
      const { state } = yield* consent(third.url)
      const mixed = yield* Effect.flip(engine.connect.finish({ state, code: own.code, binding: third.binding }))
      assert.include(mixed.message, "invalid_grant")
      const [, line] = yield* engine.check
      assert.isFalse(line?.ok)
    }).pipe(Effect.scoped)
  )
})
