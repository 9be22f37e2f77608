import { assert, describe, it } from "@effect/vitest"
import * as Wire from "./Wire.ts"

describe("Wire", () => {
  it("times become ISO, days stay days, empty becomes null", () => {
    assert.deepStrictEqual(
      Wire.readFields({
        UpdatedDateUTC: "/Date(1551399321043+0000)/",
        DueDate: "/Date(1835308800000+0000)/",
        FirstName: "",
        Payments: [{ Date: "/Date(1551398400000+0000)/", Amount: 1.5 }]
      }),
      {
        UpdatedDateUTC: "2019-03-01T00:15:21.043Z",
        DueDate: "2028-02-28",
        FirstName: null,
        Payments: [{ Date: "2019-03-01", Amount: 1.5 }]
      }
    )
  })

  it("an address of a kind is found by its kind, and an empty one is none", () => {
    const read = Wire.readFields({
      Addresses: [
        { AddressType: "STREET", City: "", Region: "" },
        { AddressType: "POBOX", City: "Palo Alto", Region: "" }
      ]
    })
    assert.deepStrictEqual(read, { Addresses: { POBOX: { City: "Palo Alto" } } })
    assert.deepStrictEqual(Wire.written({ Addresses: { POBOX: { PostalCode: "94020" } } }, read), {
      Addresses: [{ AddressType: "POBOX", City: "", PostalCode: "94020" }]
    })
  })

  it("null is written as an empty text", () => {
    assert.deepStrictEqual(Wire.written({ EmailAddress: null, Name: "Ada" }, {}), { EmailAddress: "", Name: "Ada" })
  })
})
