/** The last act: a Shopify shop and its books in Xero, two providers that know nothing of each other. */
import { shopify } from "@syncline/connector-shopify"
import * as ShopifySandbox from "@syncline/connector-shopify/sandbox"
import { xero } from "@syncline/connector-xero"
import * as XeroSandbox from "@syncline/connector-xero/sandbox"
import { Counters, TenantId } from "@syncline/core"
import { defineConfig, Engine, type Project, type RunReport } from "@syncline/engine"
import { Clock, Effect, type Scope } from "effect"
import * as Explain from "../commands/Explain.ts"
import * as Diff from "../Diff.ts"
import * as ExitCode from "../ExitCode.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import * as Session from "../Session.ts"
import * as Act from "./Act.ts"
import * as Shop from "./Shop.ts"
import * as ShopifyXeroScript from "./ShopifyXeroScript.ts"
import type { TwoWayReport } from "./TwoWay.ts"

const integration = "sales"

/** Xero allows 60 calls a minute, which a demo has no time for. */
const callsPerMinute = 6000
/** A shop on Shopify's largest plan. */
const pointsPerSecond = 2000

/** The configuration that a user would write, but for the addresses of the stand-ins. */
const project = ({ books, booksUrl, shop, shopUrl }: Shop.Served): Project =>
  defineConfig({
    connections: {
      shop: {
        connector: shopify,
        config: {
          shop: shop.domain,
          accessToken: ShopifySandbox.defaultAccessToken,
          pointsPerSecond,
          baseUrl: shopUrl
        }
      },
      books: {
        connector: xero,
        config: {
          tenantId: books.tenantId,
          accessToken: XeroSandbox.defaultAccessToken,
          callsPerMinute,
          baseUrl: booksUrl
        }
      }
    },
    integrations: {
      [integration]: {
        source: "shop",
        target: "books",
        strategy: "source_wins",
        entities: [
          { source: "customer", target: "contact", match: [{ source: "email", target: "EmailAddress" }] },
          {
            source: "variant",
            target: "item",
            match: [{ source: "sku", target: "Code" }],
            mapping: [
              {
                source: "price",
                target: "SalesDetails.UnitPrice",
                transform: [{ _tag: "Decimal", scale: 2 }, { _tag: "Number" }]
              }
            ]
          },
          {
            source: "order",
            target: "invoice",
            match: [{ source: "name", target: "InvoiceNumber" }],
            strategy: "target_wins"
          },
          { source: "refund", target: "credit_note", match: [], strategy: "target_wins" }
        ]
      }
    },
    jobs: Object.fromEntries(
      ["customer", "variant"].map((entity) => [
        `${integration}/${entity}`,
        { integration, entity, direction: "bidirectional" }
      ])
    )
  })

/** Why the contested field is as it is, as `syncline explain` tells it. */
const explain = Effect.fn("ShopifyXero.explain")(function* () {
  const engine = yield* Engine
  const output = yield* Output
  const settled = yield* Effect.mapError(
    engine.conflicts.list({ name: integration, limit: 100, resolved: true }),
    ofEngine
  )
  const [conflict] = settled.filter(({ entity }) => entity === "customer")
  if (conflict === undefined) return settled.length
  const field = conflict.fields[0] ?? ""
  const page = yield* Diff.page
  const records = yield* Effect.mapError(
    engine.explain({ entity: `${integration}/customer`, id: conflict.key, field }),
    ofEngine
  )
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print([
    "",
    ShopifyXeroScript.decision(settled.length),
    ...records.flatMap((record) => Explain.describe(record, page, nowMs))
  ])
  return settled.length
})

/** Plays the act as a tenant of its own, since its stand-ins begin anew with each demo. */
export const play = Effect.fn("ShopifyXero.play")(function* (
  sizes: ShopifyXeroScript.Sizes,
  place: number
): Effect.fn.Return<Played, Session.Told, Output | Scope.Scope | Session.Services> {
  const startedAtMs = yield* Clock.currentTimeMillis
  const served = yield* Shop.open(sizes)
  const engine = Engine.layer(project(served), TenantId.make(`demo-${startedAtMs}`))
  return yield* Session.told(Effect.provide(acted(served, sizes, place), engine))
}, Effect.scoped)

interface Played {
  readonly act: TwoWayReport
  readonly isComplete: boolean
  readonly isGood: boolean
  readonly exitCode: number
}

const acted = Effect.fnUntraced(function* (served: Shop.Served, sizes: ShopifyXeroScript.Sizes, place: number) {
  const output = yield* Output
  const engine = yield* Engine
  const startedAtMs = yield* Clock.currentTimeMillis
  const runs: Array<RunReport> = []
  const sync = Effect.map(Act.sync(integration), (report) => void runs.push(report))
  yield* output.print(["", ShopifyXeroScript.opening(place, output.style)])
  yield* sync
  yield* Shop.edit(served, sizes)
  yield* output.print(["", ShopifyXeroScript.edits])
  yield* sync
  const conflicts = yield* explain()

  const told = yield* Shop.told(served)
  const { changes } = yield* Effect.mapError(engine.plan(integration), ofEngine)
  yield* output.print(["", ...ShopifyXeroScript.verdict(told, !changes, output.style)])
  const converged = !changes && Object.values(told).every(ShopifyXeroScript.isSame)
  const executions = runs.flatMap(({ executions }) => executions)
  const entities = Object.entries(told).map(([entity, { source, target }]) => {
    const own = executions.filter((execution) => execution.entity === entity)
    const {
      processed: _,
      queued: __,
      ...counters
    } = own.reduce((sum, { counters }) => Counters.add(sum, counters), Counters.zero)
    const apiCalls = own.reduce((sum, { apiCalls }) => sum + apiCalls, 0)
    return [entity, { source: source.length, target: target.length, ...counters, apiCalls }] as const
  })
  const act: TwoWayReport = {
    name: "shopify-xero",
    seconds: ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000,
    entities: Object.fromEntries(entities),
    conflicts,
    converged
  }
  const isComplete = runs.every(Act.isComplete)
  const exitCode = runs.map((report) => ExitCode.ofRun(report)).find((code) => code !== ExitCode.completed)
  return { act, isComplete, isGood: isComplete && converged, exitCode: exitCode ?? ExitCode.completed }
})
