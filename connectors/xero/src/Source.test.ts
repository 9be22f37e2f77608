import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { connected, idOf } from "../test/Connected.ts"

const size = { contacts: 2345, items: 0, invoices: 0 }

describe("Xero read", () => {
  it.effect("a list shows every contact, with three calls and one for what moved meanwhile", () =>
    Effect.gen(function* () {
      const { drain, entity, organisation } = yield* connected({ size })
      const { items, pages } = yield* drain(entity("contact").source.list)
      const truth = yield* organisation.truth("contact")
      assert.strictEqual(pages, 4)
      assert.strictEqual(items.length, 2345)
      for (const item of items) {
        if (item._tag !== "Present") return assert.fail(JSON.stringify(item))
        assert.deepStrictEqual(item.record, truth.get(idOf(item.record, "ContactID")))
      }
    })
  )

  it.effect("a contact that is edited while pages are read pushes no other out of sight", () =>
    Effect.gen(function* () {
      const { drain, entity, organisation } = yield* connected({ size })
      const ids = [...(yield* organisation.truth("contact")).keys()]
      const { items } = yield* drain(entity("contact").source.list, (page) =>
        Effect.andThen(
          TestClock.adjust(1000),
          Effect.forEach(ids.slice(page * 300, page * 300 + 40), (id) =>
            organisation.user.edit("contact", id, { FirstName: `Edited ${page}` })
          )
        )
      )
      const seen = new Set(items.map((item) => (item._tag === "Present" ? item.record["ContactID"] : "")))
      assert.strictEqual(ids.filter((id) => !seen.has(id)).length, 0)
    })
  )

  it.effect("changes show what was edited, archived and merged; nothing else", () =>
    Effect.gen(function* () {
      const { drain, entity, organisation } = yield* connected({ size: { ...size, contacts: 40 } })
      yield* TestClock.adjust("1 hour")
      const { changes } = entity("contact").source
      if (changes === undefined) return assert.fail("no changes")
      const { ending } = yield* drain(changes)
      if (ending._tag !== "CaughtUp") return assert.fail("not caught up")
      yield* TestClock.adjust("1 hour")
      const [edited, archived, loser, winner] = [...(yield* organisation.truth("contact")).keys()]
      if (edited === undefined || archived === undefined || loser === undefined || winner === undefined)
        return assert.fail("too few")
      yield* organisation.user.edit("contact", edited, { EmailAddress: null })
      yield* organisation.user.remove("contact", archived)
      yield* organisation.merge(loser, winner)
      const { items } = yield* drain(changes, undefined, ending.position)
      assert.deepStrictEqual(
        items
          .map((item) => {
            switch (item._tag) {
              case "Present":
                return `email ${JSON.stringify(item.record["EmailAddress"])}`
              case "Merged":
                return `${item.id} into ${item.into}`
              default:
                return `${item._tag} ${item.id}`
            }
          })
          .toSorted(),
        ["email null", `Gone ${archived}`, `${loser} into ${winner}`].toSorted()
      )
    })
  )

  it.effect("items are read in parts by their ids, once each, while others are deleted", () =>
    Effect.gen(function* () {
      const { drain, entity, organisation } = yield* connected({ size: { contacts: 0, items: 4100, invoices: 0 } })
      const ids = [...(yield* organisation.truth("item")).keys()]
      const doomed = new Set(ids.slice(0, 50))
      const { items, pages } = yield* drain(entity("item").source.list, (page) =>
        page === 2 ? Effect.forEach(doomed, (id) => organisation.user.remove("item", id)) : Effect.void
      )
      const seen = items.map((item) => (item._tag === "Present" ? item.record["ItemID"] : ""))
      assert.strictEqual(new Set(seen).size, seen.length)
      assert.deepStrictEqual(
        ids.filter((id) => !doomed.has(id) && !seen.includes(id)),
        []
      )
      assert.isAbove(pages, 2)
    })
  )

  it.effect("get answers every id: present, gone, unknown", () =>
    Effect.gen(function* () {
      const { entity, organisation, run } = yield* connected({ size: { ...size, contacts: 3 } })
      const [here, gone] = [...(yield* organisation.truth("contact")).keys()]
      const unknown = idOf({ id: "00000000-0000-4000-8000-000000000000" }, "id")
      if (here === undefined || gone === undefined) return assert.fail("too few")
      yield* organisation.user.remove("contact", gone)
      const found = yield* run(entity("contact").source.get.run([here, gone, unknown]))
      assert.deepStrictEqual(
        found
          .map((seen) => `${seen._tag} ${seen._tag === "Present" ? idOf(seen.record, "ContactID") : seen.id}`)
          .toSorted(),
        [`Gone ${gone}`, `Gone ${unknown}`, `Present ${here}`].toSorted()
      )
    })
  )

  it.effect("a malformed record is quarantined alone", () =>
    Effect.gen(function* () {
      const { drain, entity, organisation } = yield* connected({ size: { ...size, contacts: 5 } })
      const [first] = [...(yield* organisation.truth("contact")).keys()]
      if (first === undefined) return assert.fail("none")
      yield* organisation.user.edit("contact", first, { IsCustomer: "perhaps" })
      const { items } = yield* drain(entity("contact").source.list)
      const ids = (tag: string) =>
        new Set(
          items.flatMap((item) =>
            item._tag === tag ? [item._tag === "Present" ? item.record["ContactID"] : item.id] : []
          )
        )
      assert.deepStrictEqual(ids("Unreadable"), new Set([first]))
      assert.strictEqual(ids("Present").size, 4)
    })
  )

  it.effect("a lookup finds by mail, whatever it holds", () =>
    Effect.gen(function* () {
      const { entity, organisation, run } = yield* connected()
      const email = 'o"brien\\@example.com'
      const id = yield* organisation.user.create("contact", { Name: "O", EmailAddress: email })
      const found = yield* run(
        entity("contact").source.lookup?.run("EmailAddress", [email, "none@example.com"]) ?? Effect.die("no lookup")
      )
      assert.deepStrictEqual(
        found.map((seen) => (seen._tag === "Present" ? seen.record["ContactID"] : seen._tag)),
        [id]
      )
    })
  )
})
