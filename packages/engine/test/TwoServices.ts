/** Two plain REST services whose people work at companies, and an engine that keeps them the same: what a request may come to. */
import { type Connector, connector, type Entity, ProblemDetails, Resource } from "@syncline/connector"
import { Faults, RestSandbox, type Wire } from "@syncline/connector/sandbox"
import { RecordId, Reference } from "@syncline/core"
import { Postgres, Store } from "@syncline/store"
import { Effect, Layer, Redacted, Schema } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine, type Policies } from "../src/index.ts"
import * as ByHost from "./ByHost.ts"

export interface Habits {
  /** What the books promise of a create that is sent again. */
  readonly repeat?: "Keyed" | "Unique" | "Found"
  /** How late the services may show a change in their lists, as they say: pages are believed to be so old. None is late in truth. */
  readonly lagMs?: number
  /** The shop shows everything at once. */
  readonly isShopPrompt?: boolean
  readonly isCompanyRequired?: boolean
  /** People are matched by their names. */
  readonly areMatched?: boolean
  /** What happens while a request is on its way to the books. */
  readonly onTheWay?: (request: Wire.Request) => Effect.Effect<void>
}

const text = Schema.NullOr(Schema.String)
const page = { items: "data", next: "next", after: "after", limit: "limit", size: 100 } as const

const serviceOf = (host: string, { isCompanyRequired = false, lagMs = 0, repeat = "Keyed" }: Habits) => {
  const common = {
    id: "id",
    page,
    since: {
      field: "updated_at",
      from: "from",
      until: "until",
      lagMs,
      precisionMs: 1,
      deletedAt: "deleted_at"
    },
    supportsWebhooks: false,
    filters: ["name"]
  } as const
  const writes = {
    update: "PATCH",
    removes: true,
    repeat:
      repeat === "Keyed"
        ? ({ _tag: "Keyed", header: "idempotency-key", keptMs: 86_400_000 } as const)
        : ({ _tag: "Found", by: "name" } as const)
  } as const
  const told = { id: RecordId, updated_at: Schema.String, deleted_at: text }
  const company = Resource.resource({
    ...common,
    schema: Schema.Struct({ ...told, name: text }),
    path: "/companies",
    writes: { ...writes, fields: ["name"] }
  })
  const person = Resource.resource({
    ...common,
    schema: Schema.Struct({
      ...told,
      name: text,
      email: text,
      company: isCompanyRequired ? Reference("company") : Schema.NullOr(Reference("company"))
    }),
    path: "/people",
    writes: { ...writes, fields: ["name", "email", "company"] }
  })
  const Config = Schema.Struct({ token: Schema.RedactedFromValue(Schema.String) })
  const made: Connector<typeof Config.Type> = connector({
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
    entities: () => ({
      company: withRepeat(Resource.entity(company), repeat),
      person: withRepeat(Resource.entity(person), repeat)
    }),
    check: () => Resource.check([company])
  })
  const sandbox = RestSandbox.make({
    config: (token) => ({ token }),
    callsPerSecond: 1000,
    entities: {
      company: { resource: company, text: "name", record: (index) => ({ name: `Company ${index}` }) },
      person: { resource: person, text: "name", record: (index) => ({ name: `Person ${index}` }) }
    }
  })
  return { sandbox, connector: made }
}

/** No two have the same name, says the service: a create that is sent again cannot make a second. */
const withRepeat = (entity: Entity, repeat: Habits["repeat"]): Entity => {
  const create = entity.target?.create
  return create === undefined || repeat !== "Unique"
    ? entity
    : { ...entity, target: { ...entity.target, create: { ...create, repeat: { _tag: "Unique", field: "name" } } } }
}

/** Opens fresh, empty services: `shop` is the source, `books` the target. */
export const open = Effect.fn("TwoServices.open")(function* (habits: Habits = {}, policies: Policies = {}) {
  const { isShopPrompt = false, lagMs = 0, onTheWay = () => Effect.void } = habits
  const services = {
    shop: serviceOf("shop", { ...habits, lagMs: isShopPrompt ? 0 : lagMs, repeat: "Keyed" }),
    books: serviceOf("books", habits)
  }
  const shop = yield* services.shop.sandbox.open({})
  const books = yield* services.books.sandbox.open({})
  const url = yield* Effect.promise(() => storeDatabase())
  const pool = yield* Postgres.open({ url: Redacted.make(url) })
  const entities = (["company", "person"] as const).map((name) => ({
    source: name,
    target: name,
    match: habits.areMatched === true ? [{ source: "name", target: "name" }] : [],
    mapping: (name === "company" ? ["name"] : ["name", "email", "company"]).map((field) => ({
      source: field,
      target: field
    }))
  }))
  const project = defineConfig({
    connections: {
      shop: { connector: services.shop.connector, config: shop.config },
      books: { connector: services.books.connector, config: books.config }
    },
    integrations: { people: { source: "shop", target: "books", strategy: "source_wins", entities, ...policies } },
    jobs: Object.fromEntries(
      entities.map(({ source }) => [source, { integration: "people", entity: source, direction: "bidirectional" }])
    )
  })
  const engine = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provide(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(ByHost.layer(shop.handler, (request) => Effect.andThen(onTheWay(request), books.handler(request))))
    )
  ).pipe(Effect.flatMap((services) => Effect.provideContext(Engine, services)))
  const sync = Effect.map(engine.run("people"), ({ executions }) => executions)
  /** As if an hour had passed since something was sent and since others wait: what was made by then is shown. */
  const letTimePass = Effect.andThen(
    pool.query("update syncline.outbox set sent_at = sent_at - interval '1 hour'"),
    pool.query("update syncline.waiting set since = since - interval '1 hour'")
  )
  /** The next creates of an entity at the books are done, and their answers are lost. */
  const loseAnswers = (path: "/companies" | "/people") =>
    books.faults.next(1, Faults.to("POST", path), { _tag: "DropAfter" })
  const states = Effect.map(pool.query("select state from syncline.outbox order by 1"), (rows) =>
    rows.map(({ state }) => state)
  )
  const waiting = pool.query("select record_key, reason, on_key from syncline.waiting order by 1")
  return { shop, books, engine, sync, letTimePass, loseAnswers, query: pool.query, states, waiting }
})

export type World = Effect.Success<ReturnType<typeof open>>

/** The records of an entity at a service. */
export const live = (service: World["shop"], entity: "company" | "person") =>
  Effect.map(service.truth(entity), (truth) => [...truth.values()])
