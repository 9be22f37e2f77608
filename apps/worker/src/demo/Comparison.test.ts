import { assert, describe, it } from "@effect/vitest"
import { type Fields, RecordId } from "@syncline/core"
import * as Comparison from "./Comparison.ts"

const of = (truth: Readonly<Record<string, Fields>>, table: Readonly<Record<string, Fields>>): Comparison.Comparison =>
  Comparison.of(
    new Map(Object.entries(truth).map(([id, fields]) => [RecordId.make(id), fields])),
    new Map(Object.entries(table))
  )

const ada: Fields = { id: "cus_1", name: "Ada 顧客", address: { city: "Łódź", line2: null }, balance: 0, phone: null }

describe("a table holds the truth", () => {
  it("when every field is the same, in whatever order, and null or absent", () => {
    const row: Fields = {
      balance: 0,
      address: { line2: null, city: "Łódź" },
      name: "Ada 顧客",
      id: "cus_1",
      email: null
    }
    assert.deepStrictEqual(of({ cus_1: ada }, { cus_1: row }), { source: 1, target: 1, differences: 0, examples: [] })
  })

  it("when the provider computed a minus zero, which no wire carries", () => {
    assert.strictEqual(of({ cus_1: { ...ada, balance: -0 } }, { cus_1: ada }).differences, 0)
  })

  it.each<readonly [string, Readonly<Record<string, Fields>>, string]>([
    ["not when a record is missing", {}, "cus_1 is missing in the table"],
    ["not when a record is too much", { cus_1: ada, cus_2: { id: "cus_2" } }, "cus_2 is in the table only"],
    [
      "not when a value differs",
      { cus_1: { ...ada, balance: 1 } },
      "cus_1: balance is 0 at the provider and 1 in the table"
    ],
    ["not when a nested value differs", { cus_1: { ...ada, address: { city: "Łódź" } } }, "cus_1: address is"],
    [
      "not when zero became empty",
      { cus_1: { ...ada, balance: null } },
      "cus_1: balance is 0 at the provider and null in the table"
    ],
    [
      "not when an unknown field was lost",
      { cus_1: { id: "cus_1", address: { city: "Łódź", line2: null }, balance: 0 } },
      "cus_1: name is"
    ],
    [
      "not when a number became text",
      { cus_1: { ...ada, balance: "0" } },
      'cus_1: balance is 0 at the provider and "0" in the table'
    ]
  ])("%s", (_what, table, example) => {
    const compared = of({ cus_1: ada }, table)
    assert.strictEqual(compared.differences, 1)
    assert.include(compared.examples[0], example)
  })

  it("and only a few differences are told, though all are counted", () => {
    const truth = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`cus_${index}`, { id: `cus_${index}` }])
    )
    const compared = of(truth, {})
    assert.strictEqual(compared.differences, 100)
    assert.strictEqual(compared.examples.length, 5)
  })
})
