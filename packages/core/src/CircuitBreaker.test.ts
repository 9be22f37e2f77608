import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as CircuitBreaker from "./CircuitBreaker.ts"

const created = (records: number): CircuitBreaker.Observation => ({ _tag: "Succeeded", operation: "create", records })
const updated = (records: number): CircuitBreaker.Observation => ({ _tag: "Succeeded", operation: "update", records })
const skipped = (records: number): CircuitBreaker.Observation => ({ _tag: "Settled", records })
const down = (records: number): CircuitBreaker.Observation => ({ _tag: "FailedOutside", cause: "unavailable", records })
const auth = (records: number): CircuitBreaker.Observation => ({ _tag: "FailedOutside", cause: "auth", records })
const refused = (records: number, cause = "email is required"): CircuitBreaker.Observation => ({
  _tag: "FailedValidation",
  operation: "create",
  cause,
  records
})

const verdictAfter = (observations: ReadonlyArray<CircuitBreaker.Observation>) =>
  CircuitBreaker.verdict(observations.reduce(CircuitBreaker.observe, CircuitBreaker.initial))

describe("an execution goes on", () => {
  it.each<[string, ReadonlyArray<CircuitBreaker.Observation>]>([
    ["with nothing processed", []],
    ["when 9 of 9 failed outside: too few to tell", [down(9)]],
    ["when exactly half failed outside", [down(5), created(5)]],
    ["when half failed outside, and the rest had not changed", [auth(50), skipped(50)]],
    [
      "when all were refused, each for its own reason",
      Array.from({ length: 20 }, (_, index) => refused(1, `reason ${index}`))
    ],
    ["when 99 of 100 creates were refused for one reason, but one succeeded", [refused(99), created(1)]],
    ["when one succeeded before they were refused", [created(1), refused(99)]],
    [
      "when half were refused for one reason, half for others",
      [refused(10), ...Array.from({ length: 10 }, (_, index) => refused(1, `reason ${index}`))]
    ]
  ])("%s", (_, observations) => assert.deepStrictEqual(verdictAfter(observations), { _tag: "Closed" }))
})

describe("an execution halts", () => {
  it.each<[string, ReadonlyArray<CircuitBreaker.Observation>, string]>([
    [
      "when 10 of 10 failed outside",
      [down(10)],
      "10 of 10 records failed for a cause outside the record: 10 unavailable"
    ],
    [
      "when 6 of 10 failed outside",
      [created(4), down(6)],
      "6 of 10 records failed for a cause outside the record: 6 unavailable"
    ],
    [
      "when two causes together are more than half",
      [created(9), down(5), auth(5)],
      "10 of 19 records failed for a cause outside the record: 5 auth, 5 unavailable"
    ],
    [
      "when every create is refused for one reason",
      [refused(10)],
      "10 of 10 records failed for a cause outside the record: 10 create: email is required"
    ],
    [
      "when creates are refused for one reason and only updates succeed",
      [updated(4), refused(6)],
      "6 of 10 records failed for a cause outside the record: 6 create: email is required"
    ]
  ])("%s", (_, observations, reason) => assert.deepStrictEqual(verdictAfter(observations), { _tag: "Open", reason }))
})

const Records = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))

it.prop(
  "a record's own failures never halt, however many they are",
  { own: Schema.Array(Records), successes: Records },
  ({ own, successes }) =>
    assert.strictEqual(
      verdictAfter([created(successes + 1), ...own.map((records, index) => refused(records, `reason ${index % 3}`))])
        ._tag,
      "Closed"
    )
)

it.prop(
  "how observations are batched makes no difference",
  { failed: Records, succeeded: Records },
  ({ failed, succeeded }) => {
    const singly = [
      ...Array.from({ length: failed }, () => down(1)),
      ...Array.from({ length: succeeded }, () => created(1))
    ]
    assert.deepStrictEqual(verdictAfter(singly), verdictAfter([down(failed), created(succeeded)]))
  }
)
