import { assert, describe, it } from "@effect/vitest"
import type { GraphQl } from "@syncline/connector"
import * as Complaint from "./Complaint.ts"

type Complained = GraphQl.UserErrors[number]

const complained = (message: string, code?: string): Complained => ({
  field: ["input", "email"],
  message,
  ...(code !== undefined && { code })
})

const examples: ReadonlyArray<readonly [Complained, string]> = [
  [complained("Too many attempts. Please try again later."), "RateLimited"],
  [complained("another request with this key", "IDEMPOTENCY_CONCURRENT_REQUEST"), "OutcomeUnknown"],
  [complained("the first attempt failed", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"), "OutcomeUnknown"],
  [complained("used for something else", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"), "Conflicted"],
  [complained("The quantity no longer matches", "CHANGE_FROM_QUANTITY_STALE"), "Conflicted"],
  [complained("The compare digest is stale"), "Conflicted"],
  [complained("Email has already been taken"), "Conflicted"],
  [complained("Handle 'board' already in use. Please provide a new handle."), "Conflicted"],
  [complained("External id must be unique", "TAKEN"), "Conflicted"],
  [complained("Customer does not exist"), "NotFound"],
  [complained("Product doesn't exist", "PRODUCT_DOES_NOT_EXIST"), "NotFound"],
  [complained("Location can't be found"), "NotFound"],
  [complained("Email is invalid"), "Rejected"],
  [complained("something that Shopify says from tomorrow on", "A_CODE_OF_TOMORROW"), "Rejected"]
]

describe("What Shopify complains of under 200", () => {
  for (const [error, tag] of examples)
    it(`${error.code ?? error.message} is ${tag}`, () => {
      assert.strictEqual(Complaint.reason([error], () => "email")._tag, tag)
    })

  it("names each field that is refused", () => {
    const errors = [complained("Email is invalid"), { field: null, message: "A name must be present" }]
    const reason = Complaint.reason(errors, (argument) => argument.at(-1) ?? "")
    assert.deepInclude(reason, {
      _tag: "Rejected",
      fields: { email: "Email is invalid", "": "A name must be present" }
    })
  })
})
