/** What Shopify's refusals mean. It throttles, and refuses scopes, under status 200. https://shopify.dev/docs/api/admin-graphql#status_and_error_codes */
import {
  type ErrorRule,
  Forbidden,
  OutcomeUnknown,
  RateLimited,
  Rejected,
  type Reply,
  Transient,
  Unauthorized
} from "@syncline/connector"
import { Schema } from "effect"

const Problem = Schema.Struct({
  message: Schema.String,
  extensions: Schema.optionalKey(
    Schema.Struct({
      code: Schema.optionalKey(Schema.String),
      requiredAccess: Schema.optionalKey(Schema.NullOr(Schema.String))
    })
  )
})
const Failed = Schema.Struct({ errors: Schema.Union([Schema.String, Schema.NonEmptyArray(Problem)]) })
const Cost = Schema.Struct({
  extensions: Schema.Struct({
    cost: Schema.Struct({
      requestedQueryCost: Schema.Finite,
      throttleStatus: Schema.Struct({ currentlyAvailable: Schema.Finite, restoreRate: Schema.Finite })
    })
  })
})
const isFailed = Schema.is(Failed)
const isCosted = Schema.is(Cost)

const problems = ({ json }: Reply): ReadonlyArray<typeof Problem.Type> =>
  isFailed(json) ? (typeof json.errors === "string" ? [{ message: json.errors }] : json.errors) : []

const has = (reply: Reply, code: string): boolean => problems(reply).some(({ extensions }) => extensions?.code === code)
const text = (reply: Reply): string =>
  problems(reply)
    .map(({ message }) => message)
    .join("; ") || `HTTP ${reply.status}`

/** What the bucket holds, which overrides our own count. */
export const remaining = ({ json }: Reply): { readonly units: number; readonly restorePerSecond: number } | undefined =>
  isCosted(json)
    ? {
        units: json.extensions.cost.throttleStatus.currentlyAvailable,
        restorePerSecond: json.extensions.cost.throttleStatus.restoreRate
      }
    : undefined

/** How long until the bucket holds what the query asks for; Shopify sends no Retry-After. */
const pauseMs = ({ json }: Reply): number => {
  if (!isCosted(json)) return 1000
  const { requestedQueryCost, throttleStatus } = json.extensions.cost
  const missing = requestedQueryCost - throttleStatus.currentlyAvailable
  return Math.max(0, Math.ceil((missing * 1000) / Math.max(1, throttleStatus.restoreRate)))
}

const failure = (message: string, extensions: object, more: object = {}) =>
  JSON.stringify({ errors: [{ message, extensions }], ...more })

export const errors: ReadonlyArray<ErrorRule> = [
  {
    when: "the query costs more than the bucket holds",
    matches: (reply) => has(reply, "THROTTLED"),
    reason: (reply) => new RateLimited({ retryAfterMs: pauseMs(reply) }),
    example: {
      status: 200,
      text: failure(
        "Throttled",
        { code: "THROTTLED" },
        {
          extensions: {
            cost: {
              requestedQueryCost: 502,
              actualQueryCost: null,
              throttleStatus: { maximumAvailable: 2000, currentlyAvailable: 120, restoreRate: 100 }
            }
          }
        }
      )
    }
  },
  {
    when: "the token lacks a scope",
    matches: (reply) => has(reply, "ACCESS_DENIED"),
    reason: (reply) =>
      new Forbidden({
        missing: problems(reply)
          .map(({ extensions, message }) => extensions?.requiredAccess ?? message)
          .join("; ")
      }),
    example: {
      status: 200,
      text: failure("Access denied for customers field.", {
        code: "ACCESS_DENIED",
        requiredAccess: "`read_customers` access scope."
      })
    }
  },
  {
    when: "a query costs more than any may",
    matches: (reply) => has(reply, "MAX_COST_EXCEEDED"),
    reason: (reply) => new Rejected({ fields: { "": text(reply) } }),
    example: { status: 200, text: failure("Query cost is 2000", { code: "MAX_COST_EXCEEDED" }) }
  },
  {
    when: "Shopify failed inside, and says so under 200; a mutation may have had its effect",
    matches: (reply) => has(reply, "INTERNAL_SERVER_ERROR") || has(reply, "TIMEOUT"),
    reason: (reply) =>
      isMutation(reply) ? new OutcomeUnknown({ detail: text(reply) }) : new Transient({ detail: text(reply) }),
    example: {
      status: 200,
      text: failure("Internal error. Looks like something went wrong on our end. Request ID: a1", {
        code: "INTERNAL_SERVER_ERROR"
      })
    }
  },
  {
    when: "the access token is unknown, expired or revoked",
    matches: ({ status }) => status === 401,
    reason: (reply) => new Unauthorized({ detail: text(reply) }),
    example: {
      status: 401,
      text: '{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}'
    }
  },
  {
    when: "the shop is frozen, locked or gone",
    matches: ({ status }) => status === 402 || status === 423,
    reason: ({ status }) =>
      new Forbidden({
        missing: status === 402 ? "an open shop: this one is frozen" : "an open shop: this one is locked"
      }),
    example: { status: 402, text: '{"errors":"Unavailable Shop"}' }
  },
  {
    when: "there is no such shop",
    matches: ({ json, status }) => status === 404 && isFailed(json),
    reason: () => new Forbidden({ missing: "a shop at this address: correct its name" }),
    example: { status: 404, text: '{"errors":"Not Found"}' }
  },
  {
    when: "requests look malicious at the edge",
    matches: ({ status }) => status === 430,
    reason: () => new RateLimited({ retryAfterMs: 60_000 }),
    example: { status: 430, text: "" }
  },
  {
    when: "a document is not understood",
    matches: (reply) => isFailed(reply.json),
    reason: (reply) => new Rejected({ fields: { "": text(reply) } }),
    example: {
      status: 200,
      text: failure("Field 'emial' doesn't exist on type 'Customer'", { code: "undefinedField" })
    }
  }
]

/** Only a mutation's answer names the field that failed in its path; without one the engine's own word stands. */
const isMutation = ({ json }: Reply): boolean => Schema.is(Schema.Struct({ data: Schema.Unknown }))(json)
