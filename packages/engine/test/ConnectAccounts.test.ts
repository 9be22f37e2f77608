import { connector, HttpClient, Rest } from "@syncline/connector"
import { OAuthServer, Transport, Wire } from "@syncline/connector/sandbox"
import { Envelope, Store } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine } from "../src/index.ts"

const base = "http://127.0.0.1:1"
const back = "http://127.0.0.1:8788/connect/~back"

/** Books of an organisation, of which one consent may reach several. */
const books = connector<{ readonly organisation?: string }>({
  name: "books",
  apiVersion: "1",
  config: Schema.Struct({ organisation: Schema.optionalKey(Schema.String) }),
  remote: () => ({
    _tag: "Http",
    baseUrl: base,
    auth: {
      _tag: "OAuth2",
      authorizeUrl: `${base}/authorize`,
      tokenUrl: `${base}/token`,
      scopes: [],
      clientAuth: "form",
      clientId: "app",
      clientSecret: Redacted.make("app-secret"),
      refresh: { rotates: true, graceMs: 0 }
    },
    budgets: [],
    errors: []
  }),
  entities: () => ({}),
  check: ({ organisation = "nobody" }) => Effect.as(Rest.get("/organisations", Schema.Unknown), organisation),
  accounts: () =>
    Effect.map(Rest.get("/organisations", Schema.Array(Schema.String)), (names) =>
      names.map((name) => ({ name: `${name} Ltd`, config: { organisation: name } }))
    )
})

const open = Effect.fnUntraced(function* (reached: ReadonlyArray<string>) {
  const server = OAuthServer.make({ clientId: "app", clientSecret: "app-secret" })
  const provider: Wire.Handler = (request) =>
    request.path === "/organisations"
      ? Effect.map(server.isValid((request.headers["authorization"] ?? "").slice(7)), (isValid) =>
          Wire.json(isValid ? 200 : 401, JSON.stringify(reached))
        )
      : server.handler(request)
  const url = Redacted.make(yield* Effect.promise(() => freshDatabase()))
  /** One process: what is kept is read when it begins. */
  const engine = (config: { readonly organisation?: string } = {}) =>
    Effect.flatMap(
      Layer.build(
        Engine.layer(defineConfig({ connections: { books: { connector: books, config } }, integrations: {} })).pipe(
          Layer.provide(Store.layer({ url, masterKeys: [Envelope.keyOf(Buffer.alloc(32, 1))] })),
          Layer.provide(HttpClient.layerOf(Transport.client(provider)))
        )
      ),
      (services) => Effect.provideContext(Engine, services)
    )
  const consent = Effect.fnUntraced(function* ({ connect }: Engine["Service"]) {
    const begun = yield* connect.begin("books", back)
    const { pathname, search } = new URL(begun.url)
    const reply = yield* provider({ method: "GET", path: pathname, query: search.slice(1), headers: {}, body: "" })
    const query = Redacted.make(new URL(reply.headers["Location"] ?? "").searchParams)
    return yield* connect.finish({ query, binding: begun.binding })
  })
  return { engine, consent }
})

describe("a consent that may reach several accounts", () => {
  it.live("of one only it keeps which one it is", () =>
    Effect.gen(function* () {
      const { consent, engine } = yield* open(["ridgeway"])
      const finished = yield* consent(yield* engine())
      assert.deepInclude(finished, { account: "ridgeway Ltd", choices: [] })
      const [, line] = yield* (yield* engine()).check
      assert.deepInclude(line, { ok: true, detail: "ridgeway" })
    }).pipe(Effect.scoped)
  )

  it.live("of several a person chooses, and the configuration may have done so", () =>
    Effect.gen(function* () {
      const { consent, engine } = yield* open(["ridgeway", "harbour"])
      const { account, choices } = yield* consent(yield* engine())
      assert.isNull(account)
      assert.deepStrictEqual(choices, ["organisation=ridgeway  # ridgeway Ltd", "organisation=harbour  # harbour Ltd"])
      assert.deepInclude(yield* consent(yield* engine({ organisation: "harbour" })), { account: "harbour Ltd" })
    }).pipe(Effect.scoped)
  )

  it.live("one that does not reach the account that is meant is refused, and nothing of it is kept", () =>
    Effect.gen(function* () {
      const { consent, engine } = yield* open(["harbour"])
      const error = yield* Effect.flip(consent(yield* engine({ organisation: "ridgeway" })))
      assert.include(error.message, "ridgeway")
      assert.include(error.message, "harbour Ltd (organisation=harbour)")
      const [, line] = yield* (yield* engine({ organisation: "ridgeway" })).check
      assert.include(line?.detail, "nobody has connected it yet")
    }).pipe(Effect.scoped)
  )

  it.live("one that reaches none is refused", () =>
    Effect.gen(function* () {
      const { consent, engine } = yield* open([])
      assert.include((yield* Effect.flip(consent(yield* engine()))).message, "reaches no account")
    }).pipe(Effect.scoped)
  )
})
