/** What HubSpot's refusals mean. https://developers.hubspot.com/docs/api-reference/error-handling */
import {
  Conflicted,
  ErrorCatalogue,
  type ErrorRule,
  Forbidden,
  RateLimited,
  Rejected,
  type Reply,
  Unauthorized
} from "@syncline/connector"
import { Schema } from "effect"
import * as Complaint from "./Complaint.ts"

const Problem = Schema.Struct({
  status: Schema.optionalKey(Schema.String),
  category: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
  policyName: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(Schema.Array(Schema.Unknown))
})
const isProblem = Schema.is(Problem)
const problemOf = ({ json }: Reply): typeof Problem.Type => (isProblem(json) ? json : {})
const detail = (reply: Reply): string => problemOf(reply).message ?? `HTTP ${reply.status}`

const isScoped = Schema.is(
  Schema.Struct({ context: Schema.Struct({ requiredGranularScopes: Schema.Array(Schema.String) }) })
)
const scopes = (reply: Reply): ReadonlyArray<string> =>
  (problemOf(reply).errors ?? []).flatMap((error) => (isScoped(error) ? error.context.requiredGranularScopes : []))

const example = (status: number, more: object) => ({
  status,
  text: JSON.stringify({ status: "error", correlationId: "6828d000-0000", ...more })
})
const limit = (policyName: string, message: string) =>
  example(429, { message, errorType: "RATE_LIMIT", policyName, groupName: "publicapi:1" })

/** When a day ends is the account's time zone's matter, which no answer tells. */
const dayPauseMs = 3_600_000
/** Bulk writes on one record lock it for two seconds. */
const lockMs = 2000

export const errors: ReadonlyArray<ErrorRule> = [
  {
    when: "too many calls in a day",
    matches: (reply) => reply.status === 429 && problemOf(reply).policyName === "DAILY",
    reason: (reply) => new RateLimited({ retryAfterMs: ErrorCatalogue.retryAfterMs(reply) ?? dayPauseMs }),
    example: limit("DAILY", "You have reached your daily limit.")
  },
  {
    when: "too many calls in ten seconds",
    matches: (reply) => reply.status === 429 && (problemOf(reply).policyName ?? "").startsWith("TEN_SECONDLY"),
    reason: (reply) => new RateLimited({ retryAfterMs: ErrorCatalogue.retryAfterMs(reply) ?? 10_000 }),
    example: limit("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit.")
  },
  {
    when: "too many searches in a second",
    matches: ({ status }) => status === 429,
    reason: (reply) => new RateLimited({ retryAfterMs: ErrorCatalogue.retryAfterMs(reply) ?? 1000 }),
    example: limit("SECONDLY", "You have reached your secondly limit.")
  },
  {
    when: "the access token is expired or invalid",
    matches: ({ status }) => status === 401,
    reason: (reply) => new Unauthorized({ detail: detail(reply) }),
    example: example(401, {
      category: "EXPIRED_AUTHENTICATION",
      message: "The OAuth token used to make this call expired 2 hour(s) ago."
    })
  },
  {
    when: "the token lacks a scope",
    matches: (reply) => reply.status === 403 && scopes(reply).length > 0,
    reason: (reply) => new Forbidden({ missing: scopes(reply).join(", ") }),
    example: example(403, {
      category: "MISSING_SCOPES",
      message: "This app hasn't been granted all required scopes to make this call.",
      errors: [
        {
          message: "One or more of the following scopes are required.",
          context: { requiredGranularScopes: ["crm.objects.contacts.read"] }
        }
      ]
    })
  },
  {
    when: "the account's plan, or the user, may not do this",
    matches: ({ status }) => status === 403,
    reason: (reply) => new Forbidden({ missing: detail(reply) }),
    example: example(403, { category: "BANNED", message: "This portal may not use this API." })
  },
  {
    when: "the record, or a unique value, is there already",
    matches: (reply) => reply.status === 409 || (reply.status === 400 && problemOf(reply).category === "CONFLICT"),
    reason: (reply) => new Conflicted({ detail: detail(reply) }),
    example: example(409, { category: "CONFLICT", message: "Contact already exists. Existing ID: 601" })
  },
  {
    when: "the record is locked by another bulk write",
    matches: ({ status }) => status === 423,
    reason: (reply) => new RateLimited({ retryAfterMs: ErrorCatalogue.retryAfterMs(reply) ?? lockMs }),
    example: example(423, { category: "LOCKED", message: "The resource is currently locked." })
  },
  {
    when: "the account is being moved to another data centre, for up to a day",
    matches: ({ status }) => status === 477,
    reason: (reply) => new RateLimited({ retryAfterMs: ErrorCatalogue.retryAfterMs(reply) ?? dayPauseMs }),
    example: { ...example(477, { message: "Migration in progress" }), headers: { "retry-after": "3600" } }
  },
  {
    when: "a record or a request is refused",
    matches: (reply) => reply.status === 400 && problemOf(reply).message !== undefined,
    reason: (reply) => new Rejected({ fields: Complaint.fields(detail(reply)) }),
    example: example(400, {
      category: "VALIDATION_ERROR",
      message:
        'Property values were not valid: [{"isValid":false,"message":"Email address x is invalid","error":"INVALID_EMAIL","name":"email"}]'
    })
  }
]
