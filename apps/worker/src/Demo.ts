/** The demo: a Stripe account into PostgreSQL, first everything, then what changed, and a proof that both sides hold the same. */
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { demo as size, type Size } from "@syncline/connector-stripe/sandbox"
import { defineConfig, Engine, type Project } from "@syncline/engine"
import { Store } from "@syncline/store"
import { Clock, Effect, Redacted } from "effect"
import * as Account from "./demo/Account.ts"
import * as Act from "./demo/Act.ts"
import * as Hands from "./demo/Hands.ts"
import * as Script from "./demo/Script.ts"
import * as Tables from "./demo/Tables.ts"
import { Output } from "./Output.ts"
import { ofEngine } from "./Problem.ts"
import * as Quantity from "./Quantity.ts"
import * as Session from "./Session.ts"
import type { StoreLocation } from "./StoreLocation.ts"

export { closing } from "./demo/Script.ts"
/** About 30,000 records. */
export { size }

export interface Options {
  /** Where the account is kept. */
  readonly folder: string
  readonly size: Size
  readonly location: StoreLocation
}

/** What `--json` prints. */
export interface DemoReport {
  readonly ok: boolean
  readonly seconds: number
  readonly acts: ReadonlyArray<Act.ActReport>
}

const integration = "demo"

/** The configuration that a user would write, but for the address of the sandbox. */
const project = ({ account, url }: Account.Served): Project =>
  defineConfig({
    connections: {
      stripe: {
        connector: stripe,
        config: { apiKey: account.apiKey, baseUrl: url, requestsPerSecond: Account.callsPerSecond }
      },
      database: {
        connector: postgres,
        config: { schema: Tables.schema, tables: Object.fromEntries(Tables.all.map(({ table }) => [table, {}])) }
      }
    },
    integrations: {
      [integration]: {
        source: "stripe",
        target: "database",
        entities: Tables.all.map(({ entity, table }) => ({ source: entity, target: table }))
      }
    }
  })

/** Plays both acts and compares. `after` is run while the database is still up. */
export const play = Effect.fn("Demo.play")(function* <R>(
  options: Options,
  after: (report: DemoReport, psql: string) => Effect.Effect<void, Session.Told, R>
) {
  const startedAtMs = yield* Clock.currentTimeMillis
  const served = yield* Account.open(options.folder, options.size)
  const output = yield* Output
  const counts = yield* Effect.forEach(Tables.all, ({ entity }) => served.account.count(entity))
  yield* output.print(Script.opening(counts.reduce((sum, count) => sum + count, 0)))
  const acts = Effect.gen(function* () {
    const played = yield* playActs(served.account)
    const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
    yield* output.print([
      `${played.ok ? "Both sides are the same." : "The two sides differ."} All of it took ${Quantity.duration(seconds * 1000)}.`,
      ""
    ])
    const { url } = yield* Store.Store
    return yield* after({ ok: played.ok, seconds, acts: played.acts }, `psql "${Redacted.value(url)}"`)
  })
  return yield* Session.told(Effect.provide(acts, Session.open(project(served), options.location)))
}, Effect.scoped)

const playActs = Effect.fn("Demo.playActs")(function* (account: Account.Served["account"]) {
  const engine = yield* Engine
  const output = yield* Output
  const jobs = yield* Effect.mapError(engine.status, ofEngine)
  yield* output.print(["", Script.backfill(jobs, output.style)])
  const backfill = yield* Act.play("backfill", integration, account)
  if (!backfill.isGood) return { ok: false, acts: [backfill.act] }

  yield* Hands.change(account, yield* account.calls.total)
  yield* output.print(["", Script.delta(output.style)])
  const delta = yield* Act.play("delta", integration, account)
  yield* output.print([Script.saved(delta.act), ""])

  const compared = yield* Act.compare(account)
  yield* output.print([...Script.comparison(compared, output.style), ""])
  const isSame = Object.values(compared).every(({ differences }) => differences === 0)
  return { ok: delta.isGood && isSame, acts: [backfill.act, delta.act] }
})
