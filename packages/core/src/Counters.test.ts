import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Counters from "./Counters.ts"

const Counts = Schema.Record(Counters.Outcome, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

it.prop(
  "processed is the sum of the outcomes, however counters are made and added",
  { left: Counts, right: Counts },
  ({ left, right }) => {
    const sum = Counters.add(Counters.of(left), Counters.of(right))
    assert.isTrue(Counters.addUp(sum))
    assert.strictEqual(
      sum.processed,
      Object.values(left)
        .concat(Object.values(right))
        .reduce((total, count) => total + count, 0)
    )
    for (const outcome of Counters.Outcome.literals) assert.strictEqual(sum[outcome], left[outcome] + right[outcome])
  }
)

it.prop(
  "adding is associative, commutative, and zero changes nothing",
  { a: Counts, b: Counts, c: Counts },
  (counts) => {
    const [a, b, c] = [Counters.of(counts.a), Counters.of(counts.b), Counters.of(counts.c)]
    assert.deepStrictEqual(Counters.add(a, Counters.add(b, c)), Counters.add(Counters.add(a, b), c))
    assert.deepStrictEqual(Counters.add(a, b), Counters.add(b, a))
    assert.deepStrictEqual(Counters.add(a, Counters.zero), a)
  }
)

it("counters that do not add up do not decode", () => {
  const counters = Counters.of({ created: 2, skipped: 1 })
  assert.isTrue(Schema.is(Counters.Counters)(counters))
  assert.isFalse(Schema.is(Counters.Counters)({ ...counters, processed: 4 }))
  assert.isFalse(Schema.is(Counters.Counters)({ ...counters, created: 3 }))
  assert.isFalse(Schema.is(Counters.Counters)({ ...counters, created: -1, processed: 0 }))
})
