import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { connected, idOf } from "../test/Connected.ts"

describe("HubSpot read", () => {
  it.effect("a list shows every contact once, as it is, with its company", () =>
    Effect.gen(function* () {
      const { drain, entity, portal } = yield* connected({ size: 230 })
      const company = yield* portal.user.create("company", { name: "Acme" })
      const [first] = [...(yield* portal.truth("contact")).keys()]
      if (first === undefined) return assert.fail("none")
      yield* portal.user.edit("contact", first, { company_id: company })
      const { items, pages } = yield* drain(entity("contact").source.list)
      const truth = yield* portal.truth("contact")
      assert.strictEqual(pages, 3)
      assert.strictEqual(items.length, 230)
      for (const item of items) {
        if (item._tag !== "Present") return assert.fail(JSON.stringify(item))
        assert.deepStrictEqual(item.record, truth.get(idOf(item.record)))
      }
      assert.strictEqual(truth.get(first)?.["company_id"], company)
    })
  )

  it.effect("changes pass the cap of a search, though all share one time", () =>
    Effect.gen(function* () {
      const { drain, entity, portal } = yield* connected({ size: 650, profile: { searchCap: 300 } })
      yield* TestClock.adjust("1 hour")
      const { changes } = entity("contact").source
      if (changes === undefined) return assert.fail("no changes")
      const position = yield* Effect.map(drain(changes), ({ ending }) => ending)
      if (position._tag !== "CaughtUp") return assert.fail("not caught up")
      yield* TestClock.adjust("1 hour")
      const ids = [...(yield* portal.truth("contact")).keys()]
      yield* Effect.forEach(ids, (id) => portal.user.edit("contact", id, { jobtitle: "Editor" }))
      const { items } = yield* drain(changes, undefined, position.position)
      const seen = items.map((item) => (item._tag === "Present" ? item.record["id"] : item._tag))
      assert.strictEqual(seen.length, 650)
      assert.strictEqual(new Set(seen).size, 650)
    })
  )

  it.effect("changes show what was edited, archived and merged", () =>
    Effect.gen(function* () {
      const { drain, entity, portal } = yield* connected({ size: 30 })
      const { changes } = entity("contact").source
      if (changes === undefined) return assert.fail("no changes")
      yield* TestClock.adjust("1 hour")
      const { ending } = yield* drain(changes)
      if (ending._tag !== "CaughtUp") return assert.fail("not caught up")
      yield* TestClock.adjust("1 hour")
      const [edited, archived, loser, winner] = [...(yield* portal.truth("contact")).keys()]
      if (edited === undefined || archived === undefined || loser === undefined || winner === undefined)
        return assert.fail("too few")
      yield* portal.user.edit("contact", edited, { email: null })
      yield* portal.user.remove("contact", archived)
      yield* portal.merge("contact", loser, winner)
      const { items } = yield* drain(changes, undefined, ending.position)
      const said = items.map((item) => {
        switch (item._tag) {
          case "Present":
            return `${idOf(item.record)} is there`
          case "Merged":
            return `${item.id} into ${item.into}`
          default:
            return `${item._tag} ${item.id}`
        }
      })
      assert.deepStrictEqual(
        said.toSorted(),
        [`${edited} is there`, `${winner} is there`, `${loser} into ${winner}`, `Gone ${archived}`].toSorted()
      )
    })
  )

  it.effect("a change that the index shows late is seen by the next reading", () =>
    Effect.gen(function* () {
      const { drain, entity, portal } = yield* connected({ size: 3, lagMs: 120_000 })
      const { changes } = entity("contact").source
      if (changes === undefined) return assert.fail("no changes")
      yield* TestClock.adjust("1 hour")
      const start = yield* drain(changes)
      const [id] = [...(yield* portal.truth("contact")).keys()]
      if (id === undefined || start.ending._tag !== "CaughtUp") return assert.fail("none")
      // The reading itself lets ten minutes pass, and must not see what came just before.
      yield* portal.user.edit("contact", id, { city: "Bern" })
      const { items } = yield* drain(changes, undefined, start.ending.position)
      assert.deepStrictEqual(
        items.flatMap((item) => (item._tag === "Present" ? [item.record["city"]] : [])),
        []
      )
      const { ending } = yield* drain(changes, undefined, start.ending.position)
      assert.strictEqual(ending._tag, "CaughtUp")
      const again = yield* drain(changes, undefined, start.ending.position)
      assert.deepStrictEqual(
        again.items.flatMap((item) => (item._tag === "Present" ? [item.record["city"]] : [])),
        ["Bern"]
      )
    })
  )

  it.effect("get answers every id: present, gone, merged, unknown", () =>
    Effect.gen(function* () {
      const { entity, portal, run } = yield* connected({ size: 4 })
      const [here, gone, loser, winner] = [...(yield* portal.truth("contact")).keys()]
      if (here === undefined || gone === undefined || loser === undefined || winner === undefined)
        return assert.fail("too few")
      yield* portal.user.remove("contact", gone)
      yield* portal.merge("contact", loser, winner)
      const unknown = idOf({ id: "999999" })
      const found = yield* run(entity("contact").source.get.run([here, gone, loser, unknown]))
      assert.deepStrictEqual(
        found.map((seen) => `${seen._tag} ${seen._tag === "Present" ? idOf(seen.record) : seen.id}`).toSorted(),
        [`Gone ${gone}`, `Gone ${unknown}`, `Merged ${loser}`, `Present ${here}`].toSorted()
      )
    })
  )

  it.effect("a lookup finds by mail in any case", () =>
    Effect.gen(function* () {
      const { entity, portal, run } = yield* connected()
      const id = yield* portal.user.create("contact", { email: "Ada@Example.com" })
      const { lookup } = entity("contact").source
      if (lookup === undefined) return assert.fail("no lookup")
      const found = yield* run(lookup.run("email", ["ADA@example.com", "none@example.com"]))
      assert.deepStrictEqual(
        found.map((seen) => (seen._tag === "Present" ? seen.record["id"] : seen._tag)),
        [id]
      )
    })
  )

  it.effect("an account's own object and more properties come from the configuration", () =>
    Effect.gen(function* () {
      const car = { type: "2-4711", properties: ["name", "plate"], group: "car_information" }
      const { create, drain, entity } = yield* connected(
        {
          customObjects: [
            {
              ...car,
              entity: "car",
              computed: [],
              references: {},
              associations: [],
              modified: "hs_lastmodifieddate"
            }
          ]
        },
        { customObjects: { car }, properties: { company: ["founded_year"] } }
      )
      yield* create("car", { name: "Beetle", plate: "ZH 1" })
      const { items } = yield* drain(entity("car").source.list)
      assert.deepStrictEqual(
        items.map((item) => (item._tag === "Present" ? item.record["plate"] : item._tag)),
        ["ZH 1"]
      )
      assert.include(entity("company").endpoints.create?.fields ?? [], "founded_year")
    })
  )
})
