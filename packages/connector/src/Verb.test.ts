import { OpKey, RecordId } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import {
  Conflicted,
  ConnectorError,
  NotFound,
  OutcomeUnknown,
  RateLimited,
  type Reason,
  Rejected,
  Transient,
  Unauthorized
} from "./ConnectorError.ts"
import * as Verb from "./Verb.ts"

const op = (key: string) => ({ key: OpKey.make(key) })
const batch = OpKey.make("batch")
const failing = (reason: Reason) => Effect.fail(new ConnectorError({ operation: "POST /people", reason }))
const tagOf = <A>(outcome: Result.Result<A, Reason> | undefined) =>
  outcome === undefined ? "in doubt" : Result.isSuccess(outcome) ? "stored" : outcome.failure._tag

describe("Verb", () => {
  const ofTheRecord: ReadonlyArray<Reason> = [
    new Conflicted({ detail: "" }),
    new Rejected({ fields: {} }),
    new NotFound({ detail: "" }),
    new OutcomeUnknown({ detail: "" })
  ]
  for (const reason of ofTheRecord) {
    it.effect(`each: ${reason._tag} concerns the op alone`, () =>
      Effect.gen(function* () {
        const verb = Verb.each(({ key }: { readonly key: OpKey }) =>
          key === "bad" ? failing(reason) : Effect.succeed(key)
        )
        const outcomes = yield* verb.run([op("good"), op("bad")], batch)
        assert.deepStrictEqual(
          [...outcomes].map(([key, outcome]) => [key, tagOf(outcome)]),
          [
            ["good", "stored"],
            ["bad", reason._tag]
          ]
        )
      })
    )
  }

  for (const reason of [
    new Transient({ detail: "" }),
    new RateLimited({ retryAfterMs: 1 }),
    new Unauthorized({ detail: "" })
  ]) {
    it.effect(`each: ${reason._tag} fails the call`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Verb.each(() => failing(reason)).run([op("a")], batch))
        assert.strictEqual(error.reason._tag, reason._tag)
      })
    )
  }

  it("inOrder: a short answer leaves the rest in doubt", () => {
    const outcomes = Verb.inOrder([op("a"), op("b")], [Result.succeed(1)])
    assert.deepStrictEqual([...outcomes.values()].map(tagOf), ["stored", "OutcomeUnknown"])
  })

  it("spoiled: the innocent ops of an atomic batch did not happen", () => {
    const outcomes = Verb.spoiled([op("a"), op("b")], new Map([[1, new Rejected({ fields: { name: "too long" } })]]))
    assert.deepStrictEqual([...outcomes.values()].map(tagOf), ["Transient", "Rejected"])
  })

  it.effect("getEach: 404 is the provider's word that the record is gone", () =>
    Effect.gen(function* () {
      const get = Verb.getEach(
        (id) => (id === "1" ? Effect.succeed(Verb.present({ id })) : failing(new NotFound({ detail: "" }))),
        2
      )
      const seen = yield* get.run([RecordId.make("1"), RecordId.make("2")])
      assert.deepStrictEqual(seen, [
        { _tag: "Present", record: { id: RecordId.make("1") } },
        { _tag: "Gone", id: RecordId.make("2") }
      ])
    })
  )

  it.effect("getEach: a failure is not an absence", () =>
    Effect.gen(function* () {
      const get = Verb.getEach(() => failing(new Transient({ detail: "" })))
      assert.strictEqual((yield* Effect.flip(get.run([RecordId.make("1")]))).reason._tag, "Transient")
    })
  )

  it.effect("removed: removing what is gone is success, and nothing else is", () =>
    Effect.gen(function* () {
      yield* Verb.removed(failing(new NotFound({ detail: "" })))
      assert.strictEqual(
        (yield* Effect.flip(Verb.removed(failing(new Conflicted({ detail: "" }))))).reason._tag,
        "Conflicted"
      )
    })
  )
})
