import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Size } from "@syncline/connector-stripe/sandbox"
import { Postgres } from "@syncline/store"
import { Effect, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Demo from "./Demo.ts"
import * as Output from "./Output.ts"

const size: Size = { customers: 450, products: 20, prices: 40, subscriptions: 120, invoices: 240, paymentIntents: 30 }

const shop = { customers: 12, products: 4, orders: 8, known: 4 }

describe("the demo", () => {
  const folder = mkdtempSync(join(tmpdir(), "syncline-demo-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let url = Redacted.make("")
  beforeAll(async () => {
    url = Redacted.make(await storeDatabase())
  })

  const play = (acts: number) =>
    Effect.gen(function* () {
      const reports: Array<Demo.DemoReport> = []
      const text: Array<string> = []
      const sink = { write: (written: string) => text.push(written) > 0 }
      yield* Demo.play({ folder, size, crmCustomers: 100, shop, acts, location: { _tag: "Url", url } }, (report) =>
        Effect.sync(() => void reports.push(report))
      ).pipe(Effect.provide(Output.layerOf(false, sink, sink)))
      const [report] = reports
      assert.isDefined(report)
      return { report, text: text.join("") }
    })

  it.live("copies the account, then what changed, and proves that both sides are the same", () =>
    Effect.gen(function* () {
      const { report, text } = yield* play(Demo.acts)
      assert.isTrue(report.ok, text)
      assert.deepStrictEqual(
        report.acts.map(({ name }) => name),
        ["backfill", "delta", "two-way", "live", "shopify-xero"]
      )
      const [backfill, delta, twoWay, live] = report.acts
      assert.deepInclude(backfill?.entities["customer"], {
        source: 448,
        target: 448,
        created: 448,
        deleted: 0,
        failed: 0
      })
      assert.deepInclude(backfill?.entities["invoice"], { source: 240, target: 240, created: 240 })
      assert.deepInclude(delta?.entities["customer"], { source: 448, target: 448, created: 3, deleted: 3, failed: 0 })
      assert.deepInclude(delta?.entities["product"], { source: 22, target: 22, created: 2, updated: 6 })
      assert.deepInclude(twoWay, { conflicts: 1, converged: true })
      assert.deepInclude(twoWay?.entities["contacts"], { deleted: 1, failed: 0, conflicted: 1 })
      assert.strictEqual(twoWay?.entities["contacts"]?.source, twoWay?.entities["contacts"]?.target)
      assert.deepInclude(live?.entities["contacts"], { deleted: 1, failed: 0, conflicted: 0 })
      assert.include(text, "a webhook told of it")
      assert.include(text, "a second worker took over")
      const last = report.acts.at(-1)
      assert.deepInclude(last, { conflicts: 1, converged: true })
      assert.deepInclude(last?.entities["customer"], { source: 13, target: 13, failed: 0, conflicted: 0 })
      assert.deepInclude(last?.entities["order"], { source: 10, target: 10, created: 10, failed: 0 })
      assert.deepInclude(last?.entities["refund"], { source: 2, target: 2, created: 2, failed: 0 })
      assert.include(text, "demo settled it (manual)")
      assert.include(text, 'system settled it (source_wins): "source"')
      assert.include(text, "40 edits, 5 creations and 3 deletions")
      assert.notInclude(text, "✗")
    })
  )

  it.live("goes on from the last one", () =>
    Effect.gen(function* () {
      const { report, text } = yield* play(3)
      assert.isTrue(report.ok, text)
      const [backfill, delta] = report.acts
      assert.deepInclude(backfill?.entities["customer"], { source: 448, target: 448, created: 0 })
      assert.deepInclude(delta?.entities["customer"], { created: 3, deleted: 3 })
      assert.deepInclude(report.acts[2], { conflicts: 1, converged: true })
      assert.include(text, "done by an earlier demo")
    })
  )

  it.live("tells when one field of one record differs", () =>
    Effect.gen(function* () {
      const postgres = yield* Postgres.open({ url })
      yield* postgres.query(
        "update stripe.invoices set description = 'not at Stripe' where id = (select max(id) from stripe.invoices)"
      )
      const { report, text } = yield* play(3)
      assert.isFalse(report.ok)
      assert.include(text, "✗ 1 record not the same")
      assert.include(text, `description is null at the provider and "not at Stripe" in the table`)
    })
  )
})
