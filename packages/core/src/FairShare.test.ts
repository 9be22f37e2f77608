import { assert, describe, it } from "@effect/vitest"
import * as FairShare from "./FairShare.ts"
import { PriorityClass, weights } from "./PriorityClass.ts"

const classes = PriorityClass.literals

/** Serves `turns` calls of these classes, all of which always want more; how many each got. */
const serve = (wanting: ReadonlyArray<PriorityClass>, turns: number, from = FairShare.initial) => {
  let share = from
  const counts: Record<PriorityClass, number> = { webhook: 0, edit: 0, delta: 0, backfill: 0, reconcile: 0 }
  for (let turn = 0; turn < turns; turn++) {
    const [next = "reconcile"] = FairShare.order(share, wanting)
    counts[next]++
    share = FairShare.spend(share, next, 1)
  }
  return { counts, share }
}

describe("FairShare", () => {
  it("gives each class its weight while all want more", () => {
    const { counts } = serve(classes, 1000)
    for (const of of classes) assert.approximately(counts[of], weights[of] * 10, 1, of)
  })

  it("gives everything to the only one that wants it", () => {
    assert.strictEqual(serve(["reconcile"], 50).counts.reconcile, 50)
  })

  it("lets the more urgent go first where all stand alike", () => {
    assert.deepStrictEqual(FairShare.order(FairShare.initial, new Set(["backfill", "webhook", "delta"] as const)), [
      "webhook",
      "delta",
      "backfill"
    ])
  })

  it("a class that comes back has saved nothing up, and waits for nobody's debt", () => {
    const alone = serve(["backfill"], 10_000).share
    const { counts } = serve(["webhook", "backfill"], 100, alone)
    assert.approximately(counts.webhook, 80, 2)
    const back = serve(["backfill", "delta"], 100, serve(["webhook"], 10_000, alone).share)
    assert.approximately(back.counts.delta, 60, 2)
  })
})
