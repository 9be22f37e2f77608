/** The third act: a CRM's contacts and a Stripe account's customers, edited on both sides, one of them by two people at once. */
import type { Account } from "@syncline/connector/sandbox"
import { Counters, type RecordId } from "@syncline/core"
import { Capture, Config } from "@syncline/connector-postgres"
import { Engine, type RunReport } from "@syncline/engine"
import { Store } from "@syncline/store"
import { Clock, Effect, Schema } from "effect"
import * as Conflicts from "../commands/Conflicts.ts"
import * as Explain from "../commands/Explain.ts"
import * as Diff from "../Diff.ts"
import * as ExitCode from "../ExitCode.ts"
import { Output } from "../Output.ts"
import { ofEngine, ofStore } from "../Problem.ts"
import * as Act from "./Act.ts"
import * as Crm from "./Crm.ts"
import * as DemoProject from "./DemoProject.ts"
import * as TwoWayScript from "./TwoWayScript.ts"

export type { Shared } from "./TwoWayScript.ts"

const integration = DemoProject.twoWay
const entity = Crm.table

/** What the JSON tells of this act beside what it tells of every act. */
export interface TwoWayReport extends Act.ActReport {
  /** Records that a person had to decide. */
  readonly conflicts: number
  /** Both sides hold the same, and another run would write nothing. */
  readonly converged: boolean
}

const store = Effect.map(Store.Store, ({ postgres }) => postgres)

/** What the people of both systems do between two syncs; `salt` makes it other records than last time. */
const makeEdits = Effect.fn("TwoWay.makeEdits")(function* (account: Account, salt: number) {
  const postgres = yield* store
  const customers = yield* account.truth("customer")
  const shared = yield* Effect.mapError(Crm.shared(postgres, customers), ofStore)
  const { atCrm, atStripe, atBoth, contested, deleted } = TwoWayScript.roles(shared, salt)
  const nameOf = (id: RecordId): string => {
    const name = customers.get(id)?.["name"]
    return typeof name === "string" ? name : "Nobody"
  }
  const phones = [...atCrm, ...atBoth].map(({ contact }, index) => ({
    id: contact,
    phone: `+4930${String(salt % 100_000).padStart(5, "0")}${index}`
  }))
  const names = contested.map(({ contact, customer }) => ({ id: contact, full_name: `${nameOf(customer)}, PhD` }))
  yield* Effect.mapError(Crm.edit(postgres, [...phones, ...names]), ofStore)
  yield* Effect.mapError(Crm.create(postgres, `New lead ${salt}`, `new.lead.${salt}@example.net`), ofStore)
  for (const { customer } of [...atStripe, ...atBoth]) {
    yield* account.user.edit("customer", customer, { description: `called on the phone, case ${salt}` })
  }
  for (const { customer } of contested) {
    yield* account.user.edit("customer", customer, { name: `Dr. ${nameOf(customer)}` })
  }
  for (const { customer } of deleted) yield* account.user.remove("customer", customer)
  yield* account.user.create("customer", { name: `Walk-in ${salt}`, email: `walk.in.${salt}@example.com` })
})

/** A person decides every open conflict for the CRM; the first is shown as `syncline conflicts show` shows it. */
const decide = Effect.fn("TwoWay.decide")(function* () {
  const engine = yield* Engine
  const output = yield* Output
  const page = yield* Diff.page
  const open = yield* Effect.mapError(engine.conflicts.list({ name: integration, limit: 1000 }), ofEngine)
  for (const [index, { id }] of open.entries()) {
    const conflict = yield* Effect.mapError(engine.conflicts.get(id), ofEngine)
    if (index === 0) {
      const lines = Conflicts.describe(conflict, page, yield* Clock.currentTimeMillis)
      yield* output.print(["", ...lines, "", TwoWayScript.decision])
    }
    const choices = Object.fromEntries(conflict.contested.map(({ field }) => [field, "source" as const]))
    const resolution = { version: conflict.version, choices, by: "demo" }
    yield* Effect.mapError(engine.conflicts.resolve(id, resolution), ofEngine)
  }
  return open
})

/** Why the contested field is as it is, as `syncline explain` tells it. */
const explain = Effect.fn("TwoWay.explain")(function* (id: string, field: string) {
  const engine = yield* Engine
  const output = yield* Output
  const page = yield* Diff.page
  const records = yield* Effect.mapError(engine.explain({ entity: `${integration}/${entity}`, id, field }), ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print([
    "",
    TwoWayScript.explaining(id, field),
    ...records.flatMap((record) => Explain.describe(record, page, nowMs))
  ])
})

/** Both sides as they are in truth, past every connector and every image. */
export const compare = Effect.fn("TwoWay.compare")(function* (account: Account) {
  const engine = yield* Engine
  const contacts = yield* Effect.mapError(Crm.contacts(yield* store), ofStore)
  const customers = [...(yield* account.truth("customer")).values()].map(Crm.ofCustomer)
  const [source, target] = [contacts.toSorted(), customers.toSorted()]
  const isSame = source.length === target.length && source.every((record, index) => record === target[index])
  const { changes } = yield* Effect.mapError(engine.plan(integration), ofEngine)
  return { source: source.length, target: target.length, isSame, isQuiet: !changes }
})

const isConfig = Schema.is(Config)

/** The table, and the log of its changes: what `syncline capture install crm.contacts` does. */
const prepare = Effect.fn("TwoWay.prepare")(function* (account: Account) {
  const engine = yield* Engine
  yield* Effect.mapError(Crm.prepare(yield* store, yield* account.truth("customer")), ofStore)
  const captured = engine.at("crm", ({ config }) =>
    isConfig(config) ? Capture.install(config, Crm.table) : Effect.die("the CRM is a PostgreSQL database")
  )
  yield* Effect.mapError(captured, ofEngine)
})

/** Syncs, lets people edit, syncs, decides what is left to a person, and syncs until both sides hold the same. */
export const play = Effect.fn("TwoWay.play")(function* (account: Account) {
  const output = yield* Output
  const startedAtMs = yield* Clock.currentTimeMillis
  const runs: Array<RunReport> = []
  const sync = Effect.map(Act.sync(integration), (report) => void runs.push(report))

  yield* prepare(account)
  yield* output.print(["", TwoWayScript.opening(output.style)])
  yield* sync
  yield* makeEdits(account, yield* account.calls.total)
  yield* output.print(["", TwoWayScript.edits])
  yield* sync
  const decided = yield* decide()
  yield* sync
  const [first] = decided
  if (first !== undefined) yield* explain(first.key, first.fields[0] ?? "")

  const compared = yield* compare(account)
  const converged = compared.isSame && compared.isQuiet
  yield* output.print(["", TwoWayScript.verdict(compared, output.style)])
  const executions = runs.flatMap(({ executions }) => executions)
  const {
    processed: _,
    queued: __,
    ...counters
  } = executions.reduce((sum, { counters }) => Counters.add(sum, counters), Counters.zero)
  const act: TwoWayReport = {
    name: "two-way",
    seconds: ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000,
    entities: {
      [entity]: {
        source: compared.source,
        target: compared.target,
        ...counters,
        apiCalls: executions.reduce((sum, { apiCalls }) => sum + apiCalls, 0)
      }
    },
    conflicts: decided.length,
    converged
  }
  const isComplete = runs.every(Act.isComplete)
  const exitCode = runs.map((report) => ExitCode.ofRun(report)).find((code) => code !== ExitCode.completed)
  return { act, isComplete, isGood: isComplete && converged, exitCode: exitCode ?? ExitCode.completed }
})
