/**
 * Two systems that answer at once, kept the same: pairs all records, decides on an edit of each, then drains what was decided. Prints
 * what each took, beside a COPY of the same records into a table.
 */
import { HttpClient } from "@syncline/connector"
import { defineConfig, Engine, type RunReport } from "@syncline/engine"
import { Store } from "@syncline/store"
import { Effect, Layer, Redacted } from "effect"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Claim from "../twoway/Claim.ts"
import * as InstantSystem from "../twoway/InstantSystem.ts"
import * as Memory from "../twoway/Memory.ts"
import * as Driver from "./Driver.ts"

interface Asked {
  readonly databaseUrl: string
  readonly records: number
  readonly claimEntries: number
}
const asked: Asked = JSON.parse(process.argv[2] ?? "null")
const { records } = asked

const sql = Driver.open(asked.databaseUrl)

/** The same records, as fast as the database takes them: the floor of anything that stores something about each. */
const copied = async (system: InstantSystem.InstantSystem): Promise<number> => {
  const texts = InstantSystem.mapped.map((field) => `${field} text not null`)
  await sql.unsafe(`create table bench_floor (id text primary key, ${texts.join(", ")}, version bigint not null)`)
  const startedMs = performance.now()
  for (let from = 0; from < records; from += InstantSystem.pageSize) {
    const page = Array.from({ length: Math.min(InstantSystem.pageSize, records - from) }, (_, index) =>
      system.person(from + index)
    )
    const lines = page.map((person) => `${Object.values(person).join("\t")}\n`)
    await pipeline(Readable.from([lines.join("")]), await sql.unsafe("copy bench_floor from stdin").writable())
  }
  return (performance.now() - startedMs) / 1000
}

const secondsOf = ({ executions }: RunReport): number => {
  const bad = executions.find(({ status }) => status !== "completed")
  if (bad !== undefined) throw new Error(`${bad.job} ${bad.status}: ${bad.reason}`)
  return executions.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000
}

const pids = async () => {
  const rows = await sql`select pid from pg_stat_activity where datname = current_database() order by pid`
  return rows.map(({ pid }) => Number(pid))
}

const source = InstantSystem.make("s", records)
const target = InstantSystem.make("t", records)
const mapping = InstantSystem.mapped.map((field) => ({ source: field, target: field }))
const project = defineConfig({
  connections: {
    source: { connector: InstantSystem.connectorOf(source), config: {} },
    target: { connector: InstantSystem.connectorOf(target), config: {} }
  },
  integrations: {
    people: {
      source: "source",
      target: "target",
      strategy: "source_wins",
      entities: [{ source: "people", target: "people", mapping, match: [{ source: "email", target: "email" }] }]
    }
  },
  jobs: { people: { integration: "people", entity: "people", direction: "bidirectional" } }
})

const program = Effect.gen(function* () {
  const engine = yield* Engine
  const run = (sides?: ReadonlyArray<"source" | "target">) =>
    Effect.map(engine.run("people", sides === undefined ? {} : { sides }), secondsOf)
  const services = yield* Effect.context<never>()
  const watched = yield* Effect.promise(() => Memory.during(pids, () => Effect.runPromiseWith(services)(run())))
  // A quiet run: statistics of what was just filled are the database's own to gather.
  yield* Effect.promise(() => sql.unsafe("analyze"))
  source.rename(records, "Renamed")
  const before = { ...source.calls }
  const decideSeconds = yield* run(["source"])
  const deltaCalls = source.calls.changes - before.changes
  const drainSeconds = yield* run(["target"])
  const writes = source.written() + target.written()
  yield* run()
  yield* run()
  return {
    matchSeconds: watched.result,
    matchClientMiB: watched.peak.clientMiB,
    matchServerMiB: watched.peak.serverMiB,
    decideSeconds,
    drainSeconds,
    deltaCalls,
    mostDeltaCalls: Math.ceil(records / InstantSystem.pageSize) + 1,
    writesPerEdit: writes / records,
    writesAfterQuiet: source.written() + target.written() - writes
  }
})

const engine = Engine.layer(project).pipe(
  Layer.provideMerge(Store.layer({ url: Redacted.make(asked.databaseUrl) })),
  Layer.provide(HttpClient.layer)
)
const measured = await Effect.runPromise(Effect.scoped(Effect.provide(program, engine)))
const floorSeconds = await copied(source)
const claim = asked.claimEntries === 0 ? null : await Claim.measure(sql, asked.claimEntries)
await sql.end()
process.stdout.write(`${JSON.stringify({ records, floorSeconds, ...measured, ...claim })}\n`)
