import { assert, describe, it } from "@effect/vitest"
import { ErrorCatalogue } from "@syncline/connector"
import { errors } from "./Errors.ts"

describe("Shopify's refusals", () => {
  it("each line of the catalogue takes its own example", () => {
    assert.deepStrictEqual(ErrorCatalogue.misclassified(errors), [])
  })

  it("a throttled query waits as long as the bucket needs", () => {
    const [throttled] = errors
    if (throttled === undefined) return assert.fail("none")
    const reply = { ...throttled.example, headers: {}, json: ErrorCatalogue.parse(throttled.example.text) }
    assert.deepInclude(throttled.reason(reply), { _tag: "RateLimited", retryAfterMs: 3820 })
  })
})
