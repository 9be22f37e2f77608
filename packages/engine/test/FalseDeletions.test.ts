/** Listings that lie, by seed. `SYNCLINE_RECONCILIATIONS=2000 npm test -- packages/engine/test/FalseDeletions` is the campaign. */
import { connector, entity, type Http, HttpClient, Verb, Walk } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { RecordId } from "@syncline/core"
import { Postgres, Store } from "@syncline/store"
import { assert, it } from "@effect/vitest"
import { Console, Context, Effect, Layer, Random, Redacted, Schema } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine } from "../src/index.ts"

const reconciliations = Number(process.env["SYNCLINE_RECONCILIATIONS"] ?? 15)
const Config = Schema.Struct({})
const pageSize = 10
const none: Lie = { _tag: "None" }
const Thing = Schema.Struct({ id: RecordId, name: Schema.String })

/** A provider whose listing is cut short, empty, or overtaken by what users do, and which yet says that it is complete. */
const provider = () => {
  const things = new Map<RecordId, typeof Thing.Type>()
  let count = 0
  const add = () => {
    const id = RecordId.make(`t${String(++count).padStart(6, "0")}`)
    things.set(id, { id, name: `thing ${count}` })
  }
  const world: { readonly add: () => void; lie: Lie } = { add, lie: none }
  const list = Walk.pages((after) =>
    Effect.sync(() => {
      const { lie } = world
      const all = [...things.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const told = lie._tag === "Cut" ? all.slice(0, lie.at) : lie._tag === "Empty" ? [] : all
      const page = told.filter(({ id }) => after === null || id > after).slice(0, pageSize)
      // What comes while it is listed may be before the place that has been passed.
      if (lie._tag === "Race") add()
      const last = page.at(-1)
      return { items: page.map(Verb.present), next: page.length < pageSize || last === undefined ? null : last.id }
    })
  )
  const source = connector<typeof Config.Type, Http>({
    name: "things",
    apiVersion: "1",
    config: Config,
    remote: () => ({
      _tag: "Http",
      baseUrl: "http://127.0.0.1:1",
      auth: { _tag: "Bearer", token: Redacted.make("t") },
      budgets: [],
      errors: []
    }),
    entities: () => ({
      thing: entity(Thing, {
        id: "id",
        endpoints: {
          list: { method: "GET", path: "/", deltaSyncField: null, pageSize },
          get: { method: "GET", path: "/{id}" }
        },
        source: {
          deltaSyncField: null,
          supportsWebhooks: false,
          list,
          get: {
            max: 100,
            run: (ids) =>
              Effect.sync(() =>
                ids.map((id) => {
                  const thing = things.get(id)
                  return thing === undefined ? Verb.gone(id) : Verb.present(thing)
                })
              )
          }
        }
      })
    }),
    check: () => Effect.succeed("things")
  })
  return { things, source, world }
}

type Lie = { readonly _tag: "None" | "Empty" | "Race" } | { readonly _tag: "Cut"; readonly at: number }

it.live(
  `${reconciliations} reconciliations over listings that lie delete nothing that is there`,
  () =>
    Effect.gen(function* () {
      const { source, things, world } = provider()
      for (let n = 0; n < 60; n++) world.add()
      const url = yield* Effect.promise(() => freshDatabase())
      const project = defineConfig({
        connections: {
          things: { connector: source, config: {} },
          db: { connector: postgres, config: { schema: "mirror", tables: { things: {} } } }
        },
        integrations: { all: { source: "things", target: "db", entities: [{ source: "thing", target: "things" }] } }
      })
      const services = yield* Layer.build(
        Engine.layer(project).pipe(
          Layer.provide(Store.layer({ url: Redacted.make(url) })),
          Layer.provide(HttpClient.layer)
        )
      )
      const engine = Context.get(services, Engine)
      const pool = yield* Postgres.open({ url: Redacted.make(url) })
      yield* engine.run("all")
      const mirrored = Effect.map(
        pool.query("select id from mirror.things where _deleted_at is null order by id"),
        (rows) => new Set(rows.map(({ id }) => String(id)))
      )
      let held = 0
      for (let round = 0; round < reconciliations; round++) {
        const before = yield* mirrored
        const lies: ReadonlyArray<Lie> = [
          { _tag: "None" },
          { _tag: "Empty" },
          { _tag: "Race" },
          { _tag: "Cut", at: yield* Random.nextIntBetween(0, things.size) }
        ]
        world.lie = lies[yield* Random.nextIntBetween(0, lies.length)] ?? { _tag: "None" }
        const ids = [...things.keys()]
        // As many go as come, and never so many at once that a person is asked.
        const gone = ids.slice(0, yield* Random.nextIntBetween(0, things.size > 65 ? 8 : 3))
        for (const id of gone) things.delete(id)
        while (things.size < 55) world.add()
        const [report] = yield* engine.reconcile("all")
        held += report?.found?.source.held ?? 0
        const after = yield* mirrored
        for (const id of before)
          if (things.has(RecordId.make(id))) assert.isTrue(after.has(id), `round ${round}, ${world.lie._tag}: ${id}`)
        world.lie = { _tag: "None" }
        if (round % 50 === 49)
          yield* Console.log(`${round + 1} of ${reconciliations}, ${Math.round(process.cpuUsage().user / 1000)} ms`)
        // What a lie hid is found when the truth is told.
        if (round % 10 === 9) {
          yield* engine.reconcile("all")
          if (held === 0) assert.deepStrictEqual([...(yield* mirrored)], [...things.keys()].toSorted())
        }
      }
    }).pipe(Random.withSeed("false deletions"), Effect.scoped),
  600_000 + reconciliations * 1_000
)
