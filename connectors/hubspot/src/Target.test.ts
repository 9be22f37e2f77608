import { assert, describe, it } from "@effect/vitest"
import { OpKey } from "@syncline/core"
import { Effect, Option } from "effect"
import { connected, idOf, refusal, stored } from "../test/Connected.ts"

const body = (request: { readonly body: string } | undefined): unknown => JSON.parse(request?.body ?? "null")

describe("HubSpot write", () => {
  it.effect("one bad contact of a batch fails alone, named, whatever the order of the answers", () =>
    Effect.gen(function* () {
      const { create, portal } = yield* connected()
      const [ada, bad, bea] = yield* create(
        "contact",
        { email: "Ada@Example.com" },
        { email: "no address" },
        { firstname: "Bea" }
      )
      assert.strictEqual(stored(ada)["email"], "ada@example.com")
      assert.deepInclude(refusal(bad), { _tag: "Rejected", fields: { email: "Email address no address is invalid" } })
      assert.strictEqual(stored(bea)["firstname"], "Bea")
      assert.strictEqual(yield* portal.count("contact"), 2)
    })
  )

  it.effect("the same batch sent again makes no second record", () =>
    Effect.gen(function* () {
      const { create, portal } = yield* connected()
      const first = yield* create("company", { name: "Acme" }, { name: "Acme" })
      const again = yield* create("company", { name: "Acme" }, { name: "Acme" })
      assert.deepStrictEqual(
        again.map((outcome) => stored(outcome)["id"]),
        first.map((outcome) => stored(outcome)["id"])
      )
      assert.strictEqual(yield* portal.count("company"), 2)
    })
  )

  it.effect("a create whose answer was lost is found by its marker, and one that never was is not", () =>
    Effect.gen(function* () {
      const { create, entity, portal, run } = yield* connected({ lagMs: 3_600_000 })
      yield* portal.faults.next(1, ({ path }) => path.endsWith("/upsert"), { _tag: "DropAfter" })
      const error = yield* Effect.flip(create("company", { name: "Acme" }))
      assert.strictEqual(error.reason._tag, "OutcomeUnknown")
      const find = entity("company").target?.create?.find
      if (find === undefined) return assert.fail("no find")
      const sought = ["op-0", "op-9"].map((key) => ({ key: OpKey.make(key), patch: {}, sentAtMs: 0 }))
      const found = yield* run(find.run(sought))
      assert.deepStrictEqual(
        sought.map(({ key }) => Option.map(found.get(key) ?? Option.none(), ({ name }) => name)),
        [Option.some("Acme"), Option.none()]
      )
    })
  )

  it.effect("a mail that is taken is a conflict", () =>
    Effect.gen(function* () {
      const { create } = yield* connected()
      const [, second] = yield* create("contact", { email: "a@example.com" }, { email: "A@example.com" })
      assert.strictEqual(refusal(second)._tag, "Conflicted")
    })
  )

  it.effect("an update sends what differs, clears by null, and without a difference makes no call", () =>
    Effect.gen(function* () {
      const { create, requests, update } = yield* connected()
      const [made] = yield* create("contact", { email: "a@example.com", firstname: "Ada", city: "Bern" })
      const base = stored(made)
      requests.splice(0)
      assert.deepStrictEqual(stored(yield* update("contact", base, { firstname: "Ada", phone: null })), base)
      assert.strictEqual(requests.length, 0)
      const changed = stored(yield* update("contact", base, { firstname: "Ada", city: null, phone: "+41 44" }))
      assert.deepInclude(changed, { city: null, phone: "+41 44", firstname: "Ada" })
      assert.deepStrictEqual(body(requests[0]), {
        inputs: [{ id: base["id"], properties: { city: "", phone: "+41 44" }, objectWriteTraceId: "0" }]
      })
    })
  )

  it.effect("what a deal belongs to is written and read back, and a company that is not there is refused", () =>
    Effect.gen(function* () {
      const { create, portal, update } = yield* connected()
      const [acme, other] = [
        yield* portal.user.create("company", { name: "Acme" }),
        yield* portal.user.create("company", { name: "Other" })
      ]
      const people = [
        yield* portal.user.create("contact", { firstname: "Ada" }),
        yield* portal.user.create("contact", { firstname: "Bea" })
      ]
      const [made, lost] = yield* create(
        "deal",
        { dealname: "D", dealstage: "closedwon", company_id: acme, contact_ids: people },
        { dealname: "E", dealstage: "closedwon", company_id: "999999" }
      )
      const deal = stored(made)
      assert.deepInclude(deal, { company_id: acme, contact_ids: people, hs_is_closed: "true", pipeline: "default" })
      assert.property(refusal(lost), "fields")
      const moved = stored(yield* update("deal", deal, { company_id: other, contact_ids: people.slice(1) }))
      assert.deepInclude(moved, { company_id: other, contact_ids: people.slice(1) })
      assert.deepStrictEqual((yield* portal.truth("deal")).get(idOf(deal)), moved)
      assert.deepInclude(stored(yield* update("deal", moved, { company_id: null })), { company_id: null })
    })
  )

  it.effect("a property that HubSpot computes, or that is not known, is refused before anything is sent", () =>
    Effect.gen(function* () {
      const { create, requests } = yield* connected()
      const [computed, unknown] = yield* create("line_item", { name: "A", amount: "7" }, { colour: "red" })
      assert.match(JSON.stringify(refusal(computed)), /computes/)
      assert.match(JSON.stringify(refusal(unknown)), /properties/)
      assert.strictEqual(requests.length, 0)
    })
  )

  it.effect("a removed ticket is archived, twice the same", () =>
    Effect.gen(function* () {
      const { create, portal, remove } = yield* connected()
      const [made] = yield* create("ticket", { subject: "Help", hs_pipeline_stage: "1" })
      stored(yield* remove("ticket", stored(made)))
      stored(yield* remove("ticket", stored(made)))
      assert.strictEqual(yield* portal.count("ticket"), 0)
    })
  )

  it.effect("the marker's property is made by the first create that needs it", () =>
    Effect.gen(function* () {
      const { create, requests } = yield* connected({ isBare: true })
      const [made] = yield* create("product", { name: "Board" })
      assert.strictEqual(stored(made)["name"], "Board")
      requests.splice(0)
      yield* create("product", { name: "Board" })
      assert.deepStrictEqual(
        requests.map(({ path }) => path.split("/").at(-1)),
        ["upsert", "read"]
      )
    })
  )

  it.effect("limits are waited out: ten seconds by the budget, searches by their pause", () =>
    Effect.gen(function* () {
      const { calls, drain, entity, portal } = yield* connected(
        { size: 3, limits: { per10Seconds: 10, perDay: 5000, searchesPerSecond: 1 } },
        { callsPer10Seconds: 100 }
      )
      for (let round = 0; round < 15; round += 1) yield* drain(entity("company").source.list)
      yield* drain(entity("contact").source.list)
      assert.isAtMost((yield* calls) - (yield* portal.calls.total), 0)
      assert.isAtMost(yield* calls, 20)
    })
  )
})
