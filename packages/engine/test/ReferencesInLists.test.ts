import { connector, ProblemDetails, Resource } from "@syncline/connector"
import { RestSandbox } from "@syncline/connector/sandbox"
import { RecordId, Reference } from "@syncline/core"
import { Store } from "@syncline/store"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine } from "../src/index.ts"
import * as ByHost from "./ByHost.ts"

const page = { items: "data", next: "next", after: "after", limit: "limit", size: 100 } as const
const since = {
  field: "updated_at",
  from: "from",
  until: "until",
  lagMs: 0,
  precisionMs: 1,
  deletedAt: "deleted_at"
} as const
const keyed = { _tag: "Keyed", header: "idempotency-key", keptMs: 86_400_000 } as const
const common = { id: RecordId, updated_at: Schema.String, deleted_at: Schema.NullOr(Schema.String) }

/** Things, and documents whose lines refer to them by `field`. */
const systemOf = (host: string, field: "product" | "item") => {
  const thing = Resource.resource({
    schema: Schema.Struct({ ...common, name: Schema.NullOr(Schema.String) }),
    id: "id",
    path: "/things",
    page,
    since,
    supportsWebhooks: false,
    writes: { fields: ["name"], update: "PATCH", removes: true, repeat: keyed }
  })
  const document = Resource.resource({
    schema: Schema.Struct({
      ...common,
      name: Schema.NullOr(Schema.String),
      lines: Schema.Array(Schema.Struct({ [field]: Schema.NullOr(Reference("thing")), count: Schema.Number }))
    }),
    id: "id",
    path: "/documents",
    page,
    since,
    supportsWebhooks: false,
    writes: { fields: ["name", "lines"], update: "PATCH", removes: true, repeat: keyed }
  })
  const sandbox = RestSandbox.make({
    config: (token) => ({ token }),
    callsPerSecond: 1000,
    entities: {
      thing: { resource: thing, text: "name", record: (index) => ({ name: `Thing ${index}` }) },
      document: { resource: document, text: "name", record: (index) => ({ name: `Document ${index}`, lines: [] }) }
    }
  })
  const Config = Schema.Struct({ token: Schema.RedactedFromValue(Schema.String) })
  return {
    sandbox,
    connector: connector<typeof Config.Type>({
      name: host,
      apiVersion: "1",
      config: Config,
      remote: ({ token }) => ({
        _tag: "Http",
        baseUrl: `https://${host}.example`,
        auth: { _tag: "Bearer", token },
        budgets: [{ units: 1000, windowMs: 1000, of: "connection" }],
        errors: ProblemDetails.errors
      }),
      entities: () => ({ thing: Resource.entity(thing), document: Resource.entity(document) }),
      check: () => Resource.check([thing])
    })
  }
}

const open = Effect.gen(function* () {
  const [shop, books] = [systemOf("shop", "product"), systemOf("books", "item")]
  const [source, target] = [yield* shop.sandbox.open({}), yield* books.sandbox.open({})]
  const url = yield* Effect.promise(() => storeDatabase())
  const project = defineConfig({
    connections: {
      shop: { connector: shop.connector, config: source.config },
      books: { connector: books.connector, config: target.config }
    },
    integrations: {
      sales: {
        source: "shop",
        target: "books",
        strategy: "source_wins",
        entities: [
          {
            source: "document",
            target: "document",
            match: [],
            mapping: [
              { source: "name", target: "name" },
              {
                source: "lines",
                target: "lines",
                items: [
                  { source: "product", target: "item" },
                  { source: "count", target: "count" }
                ]
              }
            ]
          },
          { source: "thing", target: "thing", match: [], mapping: [{ source: "name", target: "name" }] }
        ]
      }
    },
    jobs: Object.fromEntries(
      ["thing", "document"].map((entity) => [
        `sales/${entity}`,
        { integration: "sales", entity, direction: "bidirectional" }
      ])
    )
  })
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provide(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(ByHost.layer(source.handler, target.handler))
    )
  )
  const engine = yield* Effect.provideContext(Engine, services)
  const sync = Effect.map(engine.run("sales"), ({ executions }) => {
    for (const { job, reason, status } of executions) assert.strictEqual(status, "completed", `${job}: ${reason}`)
  })
  return { source, target, sync }
})

it.live("lines refer to each side's own records, whichever side they were written at", () =>
  Effect.gen(function* () {
    const { source, sync, target } = yield* open
    // So that ids differ.
    yield* target.user.create("thing", { name: "Only in the books" })
    const wax = yield* source.user.create("thing", { name: "Wax" })
    const board = yield* source.user.create("thing", { name: "Board" })
    const order = yield* source.user.create("document", {
      name: "1001",
      lines: [
        { product: board, count: 1 },
        { product: null, count: 2 }
      ]
    })
    yield* sync
    const named = (name: string) =>
      Effect.map(
        target.truth("thing"),
        (all) => [...all].find(([, record]) => record["name"] === name)?.[0] ?? assert.fail()
      )
    const [invoice = assert.fail(), bill] = [...(yield* target.truth("document"))][0] ?? []
    const item = yield* named("Board")
    assert.notStrictEqual(item, board)
    assert.deepStrictEqual(bill?.["lines"], [
      { item, count: 1 },
      { item: null, count: 2 }
    ])

    yield* target.user.edit("document", invoice, { lines: [{ item: yield* named("Wax"), count: 7 }] })
    yield* sync
    yield* sync
    assert.deepStrictEqual((yield* source.truth("document")).get(order)?.["lines"], [{ product: wax, count: 7 }])
  }).pipe(Effect.scoped)
)
