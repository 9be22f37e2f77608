/** An example as it is, played on stand-ins: only its connections' configurations are others. */
import { HttpClient, Sql } from "@syncline/connector"
import { LeapingClock, Transport, type Wire } from "@syncline/connector/sandbox"
import { Capture, postgres } from "@syncline/connector-postgres"
import { Engine, type Project, SqlRemote } from "@syncline/engine"
import { Postgres, Store } from "@syncline/store"
import { assert } from "@effect/vitest"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { storeDatabase } from "../../tooling/PostgresForTests.ts"

/** Plays a story whose days are short. */
export const leaping = LeapingClock.provide

/** Longer than any provider here takes to show a change. */
const aWhile = LeapingClock.leap(600_000)

export interface StandIn {
  readonly handler: Wire.Handler
  /** Any address on this machine, such as `http://127.0.0.1:4012`: nobody listens there. */
  readonly url: string
  /** The connection's configuration, without its address. */
  readonly config: Readonly<Record<string, Schema.Json>>
}

export interface Application {
  readonly connection: string
  /** Statements that make its tables. */
  readonly tables: string
  /** Tables whose changes are captured. */
  readonly captured: ReadonlyArray<string>
}

/** Requests go to the stand-in whose address they name. */
const transportOf = (standIns: ReadonlyArray<StandIn>) =>
  Effect.map(
    Effect.forEach(standIns, ({ handler, url }) =>
      Effect.map(
        Layer.build(HttpClient.layerOf(Transport.client(handler))),
        (context) => [url, Context.get(context, HttpClient.Transport)] as const
      )
    ),
    (known) => {
      const transports = new Map(known)
      const of = (url: string) => {
        const found = transports.get(new URL(url).origin)
        assert.isDefined(found, url)
        return found
      }
      return Layer.succeed(HttpClient.Transport, {
        send: (request) => of(request.url).send(request),
        open: (request) => of(request.url).open(request)
      })
    }
  )

export const open = Effect.fn("Stage.open")(function* (
  example: Project,
  standIns: Readonly<Record<string, StandIn>>,
  application: Application | null = null
) {
  const url = yield* Effect.promise(() => storeDatabase())
  const pool = yield* Postgres.open({ url: Redacted.make(url) })
  const project: Project = {
    ...example,
    connections: Object.fromEntries(
      Object.entries(example.connections).map(([name, connection]) => {
        const standIn = standIns[name]
        return [
          name,
          standIn === undefined ? connection : { ...connection, config: { ...standIn.config, baseUrl: standIn.url } }
        ]
      })
    )
  }
  if (application !== null) {
    yield* pool.query(application.tables)
    const config = yield* Schema.decodeUnknownEffect(postgres.config)(
      project.connections[application.connection]?.config
    )
    for (const table of application.captured)
      yield* Effect.provideService(Capture.install(config, table), Sql, SqlRemote.onDatabase(pool))
  }
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provide(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(yield* transportOf(Object.values(standIns)))
    )
  )
  const engine = yield* Effect.provideContext(Engine, services)
  const [integration = ""] = Object.keys(example.integrations)
  /** Runs it twice, so that what the first run's writes lead to is done; each job ends completed. */
  const sync = Effect.gen(function* () {
    for (let run = 0; run < 2; run += 1) {
      yield* aWhile
      const { executions, notStarted } = yield* engine.run(integration)
      assert.deepStrictEqual(notStarted, [])
      const failures = yield* pool.query("select record_key, message from syncline.retry_ledger order by record_key")
      for (const { job, reason, status } of executions)
        assert.strictEqual(status, "completed", `${job}: ${reason} ${JSON.stringify(failures)}`)
    }
  })
  /** Another run would write nothing. */
  const isQuiet = Effect.map(engine.plan(integration), (plan) => assert.isFalse(plan.changes, JSON.stringify(plan)))
  return { engine, integration, isQuiet, query: pool.query, sync }
})

/** What both sides must agree in, in an order of its own. */
export const told = (rows: Iterable<ReadonlyArray<unknown>>): ReadonlyArray<string> =>
  [...rows].map((values) => JSON.stringify(values.map((value) => value ?? null))).toSorted()

/** What lies within objects; undefined where there is nothing. */
export const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (each, name) => (typeof each === "object" && each !== null ? new Map(Object.entries(each)).get(name) : undefined),
    value
  )

/** An id or another text; "" where there is none. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "")
