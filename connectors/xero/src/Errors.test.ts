import { assert, describe, it } from "@effect/vitest"
import { ErrorCatalogue } from "@syncline/connector"
import * as Complaint from "./Complaint.ts"
import { errors } from "./Errors.ts"

describe("Xero's refusals", () => {
  it("each line of the catalogue takes its own example", () => {
    assert.deepStrictEqual(ErrorCatalogue.misclassified(errors), [])
  })

  it("each line of the complaints takes its own example", () => {
    for (const line of Complaint.lines)
      assert.strictEqual(
        Complaint.lines.find(({ matches }) => matches.test(line.example)),
        line,
        line.example
      )
  })

  it("a complaint that is known names its field, an unknown one the record, none says so", () => {
    const fieldsOf = (...messages: ReadonlyArray<string>) => {
      const reason = Complaint.reason(messages)
      return reason._tag === "Rejected" ? Object.keys(reason.fields) : reason._tag
    }
    assert.deepStrictEqual(fieldsOf("The Contact Name must be specified.", "Email address must be valid."), [
      "Name",
      "EmailAddress"
    ])
    assert.deepStrictEqual(fieldsOf("Something else"), [""])
    assert.deepStrictEqual(fieldsOf(), [""])
  })
})
