/**
 * The fourth act: a worker of its own is told of a change by a webhook, a deletion that no webhook tells of is found by comparing ids,
 * and what a killed worker had in hand is taken over by a second one.
 */
import type { Account } from "@syncline/connector/sandbox"
import { Counters } from "@syncline/core"
import { Engine, type Project, type SubscriptionReport, type Worker } from "@syncline/engine"
import { Store } from "@syncline/store"
import { Clock, Effect, Logger, Redacted, Schedule, type Scope } from "effect"
import * as ExitCode from "../ExitCode.ts"
import { Output } from "../Output.ts"
import { ofEngine, ofStore, type Problem } from "../Problem.ts"
import * as Serving from "../Serving.ts"
import type { Served } from "./Account.ts"
import type * as Act from "./Act.ts"
import * as Crm from "./Crm.ts"
import * as DemoProject from "./DemoProject.ts"
import * as Hands from "./Hands.ts"
import * as LiveScript from "./LiveScript.ts"
import * as TwoWay from "./TwoWay.ts"
import * as WorkerConfig from "./WorkerConfig.ts"
import * as WorkerProcess from "./WorkerProcess.ts"

/** What the JSON tells of this act beside what it tells of every act. Each null: it did not happen. */
export interface LiveReport extends Act.ActReport {
  /** From a change in Stripe to its arrival in the CRM. */
  readonly webhookMs: number | null
  /** What it took to find a deletion by comparing ids, and to carry it out. */
  readonly reconcileMs: number | null
  /** From the kill of a worker to the end of what it had begun. */
  readonly takeoverMs: number | null
}

/** Where the act plays. */
export interface Stage {
  readonly stripe: Served
  readonly shop: Served
  readonly databaseUrl: Redacted.Redacted
}

/** How a worker goes on where the act ends: at the address that webhooks are sent to, with what they are signed with. */
export interface Address {
  readonly port: number
  readonly project: Project
}

export interface Played {
  readonly act: LiveReport
  readonly isGood: boolean
  readonly exitCode: number
  readonly address: Address
}

/** Longer than anything here takes on a machine that has other things to do. */
const patience = "30 seconds"

const contactsChanged = 60
/** When so many of them have arrived the worker is killed, so that some are under way and others have not begun. */
const arrivedBefore = 10

/** How long until it holds; null: it did not within what anybody would wait. */
const msUntil = Effect.fnUntraced(function* <E, R>(condition: Effect.Effect<boolean, E, R>) {
  const startedAtMs = yield* Clock.currentTimeMillis
  const held = yield* Effect.repeat(condition, {
    until: (holds) => holds,
    schedule: Schedule.spaced("20 millis")
  }).pipe(Effect.timeoutOption(patience))
  return held._tag === "None" ? null : (yield* Clock.currentTimeMillis) - startedAtMs
})

const postgres = Effect.map(Store.Store, ({ postgres }) => postgres)

/** Asks both accounts for webhooks. A sandbox forgets its endpoints with its process, so it always makes new ones. */
const subscribe = Effect.fnUntraced(function* ({ shop, stripe }: Stage) {
  const engine = yield* Engine
  const port = yield* WorkerProcess.freePort
  const subscribed = yield* Effect.mapError(engine.webhooks.sync(`http://127.0.0.1:${port}`), ofEngine)
  const entranceOf = (name: SubscriptionReport["connection"], { account, url }: Served) => {
    const secret = subscribed.find(({ connection }) => connection === name)?.secret ?? null
    return { apiKey: account.apiKey, baseUrl: url, signedWith: secret === null ? "" : Redacted.value(secret) }
  }
  return { port, stripe: entranceOf("stripe", stripe), shop: entranceOf("shop", shop) }
})

type Subscribed = Effect.Success<ReturnType<typeof subscribe>>

const projectOf = ({ shop, stripe }: Subscribed): Project =>
  DemoProject.of(
    { apiKey: stripe.apiKey, baseUrl: stripe.baseUrl, webhookSecrets: [stripe.signedWith] },
    { apiKey: shop.apiKey, baseUrl: shop.baseUrl, webhookSecrets: [shop.signedWith] }
  )

/** A note is changed in Stripe. */
const byWebhook = Effect.fnUntraced(function* (account: Account, { contact, customer }: TwoWay.Shared, salt: number) {
  const note = `live, case ${salt}`
  yield* account.user.edit("customer", customer, { description: note })
  return yield* msUntil(Effect.map(Crm.noteOf(yield* postgres, contact), (found) => found === note))
})

/** A customer is deleted in Stripe, and nobody is told. */
const byComparing = Effect.fnUntraced(function* (
  { account }: Served,
  isLost: Effect.Effect<void>,
  { contact, customer }: TwoWay.Shared
) {
  const engine = yield* Engine
  yield* isLost
  yield* account.user.remove("customer", customer)
  const startedAtMs = yield* Clock.currentTimeMillis
  // The worker may still have the pair in hand.
  const reports = yield* engine.reconcile(DemoProject.twoWay).pipe(
    Effect.retry({
      while: ({ _tag }) => _tag === "AlreadyRunning",
      schedule: Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 100 }))
    }),
    Effect.mapError(ofEngine)
  )
  const isGone = (yield* Effect.mapError(Crm.noteOf(yield* postgres, contact), ofStore)) === undefined
  const ids = reports.reduce(
    (sum, { compared }) => sum + (compared?.source.listed ?? 0) + (compared?.target.listed ?? 0),
    0
  )
  return { ids, ms: isGone ? (yield* Clock.currentTimeMillis) - startedAtMs : null }
})

/** The worker is killed while it writes; a second one, here, has been idle until then. */
const byAnother = Effect.fnUntraced(function* (
  account: Account,
  worker: WorkerProcess.WorkerProcess,
  project: Project,
  shared: ReadonlyArray<TwoWay.Shared>,
  salt: number
) {
  const engine = yield* Engine
  const phones = new Map(
    shared.map(({ contact, customer }, index) => [
      customer,
      { id: contact, phone: `+4989${String(salt % 100_000).padStart(5, "0")}${index}` }
    ])
  )
  yield* Effect.mapError(Crm.edit(yield* postgres, [...phones.values()]), ofStore)
  yield* Effect.mapError(engine.jobs.request(DemoProject.twoWay), ofEngine)
  const arrived = Effect.map(
    account.truth("customer"),
    (customers) => [...phones].filter(([id, { phone }]) => customers.get(id)?.["phone"] === phone).length
  )
  yield* msUntil(Effect.map(arrived, (count) => count >= arrivedBefore))
  yield* Effect.provide(
    Serving.start(project, { host: "127.0.0.1", port: 0, slots: 4 }),
    // The act tells what it does.
    Logger.layer([])
  )
  yield* worker.kill
  const done = yield* arrived
  const ms = yield* msUntil(Effect.map(arrived, (count) => count === phones.size))
  return { all: phones.size, done, ms }
}, Effect.scoped)

const executionsSince = Effect.fnUntraced(function* (sinceMs: number) {
  const engine = yield* Engine
  const job = `${DemoProject.twoWay}/${Crm.table}`
  const executions = yield* Effect.mapError(engine.executions({ job, limit: 100 }), ofEngine)
  return executions.filter(({ startedAtMs }) => startedAtMs >= sinceMs)
})

/** The worker looks at everything once, so that it has nothing else to do when a webhook comes. */
const warm = Effect.fnUntraced(function* (sinceMs: number) {
  const engine = yield* Engine
  yield* Effect.mapError(engine.jobs.request(DemoProject.twoWay), ofEngine)
  yield* msUntil(
    Effect.map(
      executionsSince(sinceMs),
      (executions) => executions.length > 0 && executions.every(({ status }) => status !== "running")
    )
  )
})

/** Plays the act on the pair of the one before. */
export const play = Effect.fn("Live.play")(function* (
  stage: Stage
): Effect.fn.Return<Played, Problem, Engine | Worker.Needs | Output | Scope.Scope> {
  const { print, style } = yield* Output
  const { account } = stage.shop
  const startedAtMs = yield* Clock.currentTimeMillis
  const callsBefore = yield* account.calls.total
  const subscribed = yield* subscribe(stage)
  const project = projectOf(subscribed)
  const worker = yield* WorkerProcess.start(subscribed.port, {
    DATABASE_URL: Redacted.value(stage.databaseUrl),
    ...WorkerConfig.environmentOf("stripe", subscribed.stripe),
    ...WorkerConfig.environmentOf("shop", subscribed.shop)
  })
  yield* print(["", LiveScript.opening(worker.pid, style)])
  yield* warm(startedAtMs)

  const salt = callsBefore
  const shared = yield* Effect.mapError(Crm.shared(yield* postgres, yield* account.truth("customer")), ofStore)
  const [edited, deleted, ...changed] = Hands.pick(shared, contactsChanged + 2, salt)
  const webhookMs = edited === undefined ? null : yield* Effect.mapError(byWebhook(account, edited, salt), ofStore)
  yield* print([LiveScript.told(webhookMs, style)])
  const isLost = stage.shop.account.webhooks.next(1, { _tag: "Drop" })
  const compared = deleted === undefined ? { ids: 0, ms: null } : yield* byComparing(stage.shop, isLost, deleted)
  yield* print([LiveScript.reconciled(compared.ids, compared.ms, style)])
  const taken = yield* byAnother(account, worker, project, changed, salt)
  yield* print([LiveScript.takenOver(taken, style)])

  const { isQuiet, isSame, source, target } = yield* TwoWay.compare(account)
  const {
    processed: _,
    queued: __,
    ...counters
  } = (yield* executionsSince(startedAtMs)).reduce((sum, { counters }) => Counters.add(sum, counters), Counters.zero)
  const act: LiveReport = {
    name: "live",
    seconds: ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000,
    entities: {
      [Crm.table]: { source, target, ...counters, apiCalls: (yield* account.calls.total) - callsBefore }
    },
    webhookMs,
    reconcileMs: compared.ms,
    takeoverMs: taken.ms
  }
  const isGood = [webhookMs, compared.ms, taken.ms].every((ms) => ms !== null) && isSame && isQuiet
  const address: Address = { port: subscribed.port, project }
  return { act, isGood, exitCode: isGood ? ExitCode.completed : ExitCode.failed, address }
}, Effect.scoped)
