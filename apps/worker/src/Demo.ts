/**
 * The demo: a Stripe account into PostgreSQL, first everything, then what changed; then a CRM's table and a second account, edited on
 * both sides; then the same by itself, with a worker that is killed; then a shop and its books; each time with a proof that both sides
 * hold the same.
 */
import { demo as size, empty, type Size } from "@syncline/connector-stripe/sandbox"
import { Engine, type JobStatus, type Worker } from "@syncline/engine"
import { Clock, Effect, Redacted, type Scope } from "effect"
import * as Account from "./demo/Account.ts"
import * as Act from "./demo/Act.ts"
import * as DemoProject from "./demo/DemoProject.ts"
import * as Hands from "./demo/Hands.ts"
import * as Live from "./demo/Live.ts"
import * as Place from "./demo/Place.ts"
import * as Script from "./demo/Script.ts"
import * as ShopifyXero from "./demo/ShopifyXero.ts"
import type { Sizes as ShopSizes } from "./demo/ShopifyXeroScript.ts"
import * as Tables from "./demo/Tables.ts"
import * as TwoWay from "./demo/TwoWay.ts"
import * as ExitCode from "./ExitCode.ts"
import { Output } from "./Output.ts"
import { ofEngine } from "./Problem.ts"
import * as Serving from "./Serving.ts"
import * as Session from "./Session.ts"
import type { StoreLocation } from "./StoreLocation.ts"

export { closing } from "./demo/Script.ts"
/** A shop after two years, with about 30,000 records. */
export { size }
/** The same shop with so many records in all, of which each kind has its share. */
export const sizeOf = (records: number): Size => {
  const { customers, invoices, paymentIntents, prices, products, subscriptions } = size
  const share = records / (customers + products + prices + subscriptions + invoices + paymentIntents)
  const of = (count: number) => Math.ceil(count * share)
  return {
    customers: of(customers),
    products: of(products),
    prices: of(prices),
    subscriptions: of(subscriptions),
    invoices: of(invoices),
    paymentIntents: of(paymentIntents)
  }
}
/** Enough for every page to be a full one and few enough to look at. */
export const crmCustomers = 200
/** Backfill, delta, two-way, live, shopify-xero. */
export const acts = 5
/** Few enough for Xero, which is asked for one page of everything. */
export const shopSizes: ShopSizes = { customers: 40, products: 12, orders: 40, known: 10 }

export interface Options {
  /** Where the account is kept. */
  readonly folder: string
  readonly size: Size
  /** Customers of the second account. */
  readonly crmCustomers: number
  /** How many of the acts are played, from the first on. */
  readonly acts: number
  /** The shop of the last act. */
  readonly shop: ShopSizes
  readonly location: StoreLocation
}

/** What `--json` prints. */
export interface DemoReport {
  readonly ok: boolean
  readonly seconds: number
  readonly acts: ReadonlyArray<Act.ActReport | TwoWay.TwoWayReport | Live.LiveReport>
}

const integration = DemoProject.copy

const entranceOf = ({ account, url }: Account.Served): DemoProject.Entrance => ({
  apiKey: account.apiKey,
  baseUrl: url,
  webhookSecrets: []
})

/** Plays the acts and compares. `after` is run while the database is still up; `exitCode` says what became of the syncs. */
export const play = Effect.fn("Demo.play")(function* <R>(
  options: Options,
  after: (
    report: DemoReport,
    psql: string,
    exitCode: number,
    live: Effect.Effect<Serving.Serving, Session.Told, Engine | Worker.Needs | Scope.Scope>
  ) => Effect.Effect<void, Session.Told, R>
): Effect.fn.Return<void, Session.Told, Output | Scope.Scope | Exclude<R, Session.Services>> {
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
    const stage = { stripe: served, shop, databaseUrl: place.url }
    const { acts, address, exitCode, ok } = yield* playActs(stage, options)
    const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
    yield* output.print([Script.verdict(ok, seconds), ""])
    // Where webhooks go since act live; else any free port, so that it is in nobody's way.
    const live = Serving.start(DemoProject.withSchedules(address?.project ?? own), {
      host: "127.0.0.1",
      port: address?.port ?? 0,
      slots: 8
    })
    return yield* after({ ok, seconds, acts }, `psql "${Redacted.value(place.url)}"`, exitCode, live)
  })
  const own = DemoProject.of(entranceOf(served), entranceOf(shop))
  const session = Session.openForWorker(own, { _tag: "Url", url: place.url })
  return yield* Session.told(Effect.provide(acts, session))
}, Effect.scoped)

/** Each act is played where the one before went well; both sides are compared where every job ended. */
const playActs = Effect.fn("Demo.playActs")(function* (stage: Live.Stage, options: Pick<Options, "acts" | "shop">) {
  const wanted = options.acts
  const { print } = yield* Output
  const copied = yield* playCopy(stage.stripe.account)
  if (!copied.ok || wanted < 3) return { ...copied, address: null }
  const twoWay = yield* TwoWay.play(stage.shop.account)
  const acts = [...copied.acts, twoWay.act]
  if (!twoWay.isGood || wanted < 4) return { ok: twoWay.isGood, acts, exitCode: twoWay.exitCode, address: null }
  const live = yield* Live.play(stage)
  yield* print([""])
  const { address } = live
  if (!live.isGood || wanted < 5)
    return { ok: live.isGood, acts: [...acts, live.act], exitCode: live.exitCode, address }
  const books = yield* ShopifyXero.play(options.shop, 5)
  yield* print([""])
  return { ok: books.isGood, acts: [...acts, live.act, books.act], exitCode: books.exitCode, address }
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
