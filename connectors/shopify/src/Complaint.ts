/** What Shopify's `userErrors` mean: by their code where the mutation has one, else by their words. */
import {
  Conflicted,
  type GraphQl,
  NotFound,
  OutcomeUnknown,
  RateLimited,
  type Reason,
  Rejected
} from "@syncline/connector"

interface Line {
  readonly codes: ReadonlyArray<string>
  readonly words: RegExp
  readonly reason: (text: string) => Reason
}

const conflicted = (text: string): Reason => new Conflicted({ detail: text })

/** First match wins; without one the values are refused. */
const lines: ReadonlyArray<Line> = [
  {
    // Shops on trial and for development take five new orders a minute; how it is said is believed.
    // https://shopify.dev/docs/api/admin-graphql/latest/mutations/orderCreate
    codes: ["THROTTLED"],
    words: /too many attempts|exceeded .* rate limit/i,
    reason: () => new RateLimited({ retryAfterMs: 60_000 })
  },
  {
    codes: ["IDEMPOTENCY_CONCURRENT_REQUEST", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"],
    words: /^$/,
    reason: (text) => new OutcomeUnknown({ detail: text })
  },
  {
    codes: [
      "CHANGE_FROM_QUANTITY_STALE",
      "STALE_OBJECT",
      "INVALID_COMPARE_DIGEST",
      "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    ],
    words: /is stale|no longer matches/i,
    reason: conflicted
  },
  {
    codes: ["TAKEN", "HANDLE_NOT_UNIQUE"],
    words: /has already been taken|already in use|must be unique/i,
    reason: conflicted
  },
  {
    codes: [
      "NOT_FOUND",
      "PRODUCT_DOES_NOT_EXIST",
      "PRODUCT_NOT_FOUND",
      "RESOURCE_NOT_FOUND",
      "CUSTOMER_DOES_NOT_EXIST"
    ],
    words: /does ?n[o']t exist|not found|can't be found/i,
    reason: (text) => new NotFound({ detail: text })
  }
]

/** `fieldOf` names the record's field that an argument was made from. */
export const reason = (errors: GraphQl.UserErrors, fieldOf: (argument: ReadonlyArray<string>) => string): Reason => {
  const text = errors.map(({ message }) => message).join("; ")
  const line = lines.find(({ codes, words }) =>
    errors.some(({ code, message }) => (typeof code === "string" && codes.includes(code)) || words.test(message))
  )
  return line === undefined
    ? new Rejected({ fields: Object.fromEntries(errors.map(({ field, message }) => [fieldOf(field ?? []), message])) })
    : line.reason(text)
}
