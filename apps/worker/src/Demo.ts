/**
 * The demo: a Stripe account into PostgreSQL, first everything, then what changed; then a CRM's table and a second account, edited on
 * both sides; each time with a proof that both sides hold the same.
 */
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { demo as size, empty, type Size } from "@syncline/connector-stripe/sandbox"
import { defineConfig, Engine, type JobStatus, type Project, type Worker } from "@syncline/engine"
import { Clock, Effect, Redacted, type Scope } from "effect"
import * as Account from "./demo/Account.ts"
import * as Act from "./demo/Act.ts"
import * as Hands from "./demo/Hands.ts"
import * as Place from "./demo/Place.ts"
import * as Script from "./demo/Script.ts"
import * as Tables from "./demo/Tables.ts"
import * as TwoWay from "./demo/TwoWay.ts"
import * as ExitCode from "./ExitCode.ts"
import { Output } from "./Output.ts"
import { ofEngine } from "./Problem.ts"
import * as Serving from "./Serving.ts"
import * as Session from "./Session.ts"
import type { StoreLocation } from "./StoreLocation.ts"

export { closing } from "./demo/Script.ts"
/** About 30,000 records. */
export { size }
/** Enough for every page to be a full one and few enough to look at. */
export const crmCustomers = 200

export interface Options {
  /** Where the account is kept. */
  readonly folder: string
  readonly size: Size
  /** Customers of the second account. */
  readonly crmCustomers: number
  readonly location: StoreLocation
}

/** What `--json` prints. */
export interface DemoReport {
  readonly ok: boolean
  readonly seconds: number
  readonly acts: ReadonlyArray<Act.ActReport | TwoWay.TwoWayReport>
}

const integration = "demo"

/** The configuration that a user would write, but for the address of the sandbox. */
const project = ({ account, url }: Account.Served, shop: Account.Served): Project =>
  defineConfig({
    connections: {
      stripe: {
        connector: stripe,
        config: { apiKey: account.apiKey, baseUrl: url, requestsPerSecond: Account.callsPerSecond }
      },
      database: {
        connector: postgres,
        config: { schema: Tables.schema, tables: Object.fromEntries(Tables.all.map(({ table }) => [table, {}])) }
      },
      ...TwoWay.connections(shop)
    },
    integrations: {
      [integration]: {
        source: "stripe",
        target: "database",
        entities: Tables.all.map(({ entity, table }) => ({ source: entity, target: table }))
      },
      ...TwoWay.integrations
    },
    jobs: TwoWay.jobs
  })

/** Each job each second, so that a person who tries it sees it. */
const withSchedules = (declared: Project): Project => ({
  ...declared,
  jobs: Object.fromEntries(
    Object.entries({
      ...Object.fromEntries(Tables.all.map(({ entity }) => [`${integration}/${entity}`, { integration, entity }])),
      ...declared.jobs
    }).map(([name, job]) => [name, { ...job, schedule: { every: "1 second" } }])
  )
})

/** Plays both acts and compares. `after` is run while the database is still up; `exitCode` says what became of the syncs. */
export const play = Effect.fn("Demo.play")(function* <R>(
  options: Options,
  after: (
    report: DemoReport,
    psql: string,
    exitCode: number,
    live: Effect.Effect<Serving.Serving, Session.Told, Engine | Worker.Needs | Scope.Scope>
  ) => Effect.Effect<void, Session.Told, R>
): Effect.fn.Return<void, Session.Told, Output | Scope.Scope | Exclude<R, Engine | Worker.Needs>> {
  const startedAtMs = yield* Clock.currentTimeMillis
  const output = yield* Output
  const place = yield* Place.open(options.location)
  const served = yield* Account.open(options.folder, "stripe", options.size)
  const shop = yield* Account.open(options.folder, "shop", { ...empty, customers: options.crmCustomers })
  // A new account beside an old database: somebody removed the data folder, which does not hold root's server.
  if ((yield* served.account.calls.total) === 0) yield* place.forget
  const counts = yield* Effect.forEach(Tables.all, ({ entity }) => served.account.count(entity))
  yield* output.print(Script.opening(counts.reduce((sum, count) => sum + count, 0)))
  const acts = Effect.gen(function* () {
    const { acts, exitCode, ok } = yield* playActs(served.account, shop.account)
    const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
    yield* output.print([Script.verdict(ok, seconds), ""])
    // Any free port, so that it is in nobody's way.
    const live = Serving.start(own, { host: "127.0.0.1", port: 0, slots: 8 })
    return yield* after({ ok, seconds, acts }, `psql "${Redacted.value(place.url)}"`, exitCode, live)
  })
  const own = withSchedules(project(served, shop))
  const session = Session.openForWorker(own, { _tag: "Url", url: place.url })
  return yield* Session.told(Effect.provide(acts, session))
}, Effect.scoped)

/** Each act is played where the one before went well; both sides are compared where every job ended. */
const playActs = Effect.fn("Demo.playActs")(function* (
  account: Account.Served["account"],
  shop: Account.Served["account"]
) {
  const copied = yield* playCopy(account)
  if (!copied.ok) return copied
  const { act, exitCode, isGood } = yield* TwoWay.play(shop)
  yield* (yield* Output).print([""])
  return { ok: isGood, acts: [...copied.acts, act], exitCode }
})

/** What an earlier demo has copied is followed in the second act: until then it costs no call. */
const unfinished = (jobs: ReadonlyArray<JobStatus>): ReadonlyArray<string> => {
  const isBegun = jobs.some(({ stage }) => stage === "following")
  const left = jobs.filter(({ stage }) => stage !== "following")
  return isBegun && left.length > 0 ? left.map(({ job }) => job) : [integration]
}

/** The account into tables: everything, then what changed. */
const playCopy = Effect.fn("Demo.playCopy")(function* (account: Account.Served["account"]) {
  const engine = yield* Engine
  const output = yield* Output
  const jobs = yield* Effect.mapError(engine.status, ofEngine)
  const own = jobs.filter((job) => job.integration === integration)
  yield* output.print(["", Script.backfill(own, output.style)])
  const backfill = yield* Act.play("backfill", unfinished(own), account)
  const acts = [backfill]
  if (backfill.isGood) {
    yield* Account.byHand(Hands.change(account, yield* account.calls.total))
    yield* output.print(["", Script.delta(output.style)])
    const delta = yield* Act.play("delta", [integration], account)
    yield* output.print([Script.saved(delta.act)])
    acts.push(delta)
  }
  yield* output.print([""])
  const reports = acts.map(({ act }) => act)
  const exitCode = acts.at(-1)?.exitCode ?? ExitCode.completed
  if (!acts.every(({ isComplete }) => isComplete)) return { ok: false, acts: reports, exitCode }

  const compared = yield* Act.compare(account)
  yield* output.print(Script.comparison(compared, output.style))
  const isSame = Object.values(compared).every(({ differences }) => differences === 0)
  return { ok: acts.every(({ isGood }) => isGood) && isSame, acts: reports, exitCode }
})
