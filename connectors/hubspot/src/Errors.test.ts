import { assert, describe, it } from "@effect/vitest"
import { ErrorCatalogue } from "@syncline/connector"
import * as Complaint from "./Complaint.ts"
import { errors } from "./Errors.ts"

describe("HubSpot's refusals", () => {
  it("each line of the catalogue takes its own example", () => {
    assert.deepStrictEqual(ErrorCatalogue.misclassified(errors), [])
  })

  it("a pause is as long as the limit that was hit", () => {
    const pauses = errors.flatMap(({ example, reason }) => {
      const headers = "headers" in example ? (example.headers ?? {}) : {}
      const said = reason({ ...example, headers, json: ErrorCatalogue.parse(example.text) })
      return said._tag === "RateLimited" ? [said.retryAfterMs] : []
    })
    assert.deepStrictEqual(pauses, [3_600_000, 10_000, 1000, 2000, 3_600_000])
  })

  it("a complaint names its field: by the JSON within, by the property it quotes, or the record as a whole", () => {
    assert.deepStrictEqual(
      Complaint.fields('Property values were not valid: [{"isValid":false,"message":"Bad","name":"email"}]'),
      { email: "Bad" }
    )
    assert.deepStrictEqual(Object.keys(Complaint.fields('Property "colour" does not exist')), ["colour"])
    assert.deepStrictEqual(Complaint.fields("Something else [{"), { "": "Something else [{" })
  })

  it("an element's category says what becomes of its op", () => {
    const tag = (category: string) => Complaint.reason({ category, message: "No" })._tag
    assert.deepStrictEqual(["CONFLICT", "OBJECT_NOT_FOUND", "VALIDATION_ERROR", "INTERNAL_ERROR"].map(tag), [
      "Conflicted",
      "NotFound",
      "Rejected",
      "Transient"
    ])
  })
})
