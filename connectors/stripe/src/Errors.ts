/**
 * What Stripe's complaints mean. 5xx is left to the usual reading, unless it is a stored one: after a write it is open whether it
 * happened.
 * https://docs.stripe.com/api/errors https://docs.stripe.com/error-low-level
 */
import {
  Conflicted,
  ErrorCatalogue,
  type ErrorRule,
  Forbidden,
  NotFound,
  OutcomeUnknown,
  PositionExpired,
  RateLimited,
  type Reason,
  Rejected,
  type Reply,
  Transient,
  Unauthorized
} from "@syncline/connector"
import { Schema } from "effect"
import * as Form from "./Form.ts"
import * as Marker from "./Marker.ts"

const Complaint = Schema.Struct({
  error: Schema.Struct({
    type: Schema.optionalKey(Schema.String),
    code: Schema.optionalKey(Schema.String),
    param: Schema.optionalKey(Schema.String),
    message: Schema.optionalKey(Schema.String)
  })
})
const isComplaint = Schema.is(Complaint)
const complaint = (reply: Reply) => (isComplaint(reply.json) ? reply.json.error : {})
const message = (reply: Reply) => complaint(reply).message ?? `HTTP ${reply.status}`
const rejected = (reply: Reply) =>
  new Rejected({ fields: { [Form.fieldOf(complaint(reply).param ?? "")]: message(reply) } })
const text = (error: Readonly<Record<string, string>>) => JSON.stringify({ error })

const spent = "Stripe repeats a stored failure"

/** A failure that this key will be answered with until Stripe forgets it, whatever became of the request. */
export const isSpentKey = (reason: Reason): boolean =>
  reason._tag === "OutcomeUnknown" && reason.detail.startsWith(spent)

export const errors: ReadonlyArray<ErrorRule> = [
  {
    when: "a failure was stored under the idempotency key",
    matches: (reply) => reply.status >= 500 && reply.headers["idempotent-replayed"] === "true",
    reason: (reply) => new OutcomeUnknown({ detail: `${spent}: ${message(reply)}` }),
    example: {
      status: 500,
      headers: { "idempotent-replayed": "true" },
      text: text({ type: "api_error", message: "An unknown error occurred." })
    }
  },
  {
    // Not a conflict: deciding again would make a new key, and with it a second record.
    when: "an idempotency key was used before with other parameters",
    matches: (reply) => reply.status === 400 && complaint(reply).type === "idempotency_error",
    reason: (reply) =>
      new Rejected({
        fields: {
          "": `two different requests had one idempotency key, which is a bug of Syncline and not the record's fault. Before you try again, look in Stripe for the record that the first request wrote; a created one has the key in its metadata as ${Marker.name}. ${message(reply)}`
        }
      }),
    example: {
      status: 400,
      text: text({
        type: "idempotency_error",
        message: "Keys for idempotent requests can only be used with the same parameters they were first used with."
      })
    }
  },
  {
    when: "a record with the id that we chose exists",
    matches: (reply) => reply.status === 400 && complaint(reply).code === "resource_already_exists",
    reason: (reply) => new Conflicted({ detail: message(reply) }),
    example: {
      status: 400,
      text: text({
        type: "invalid_request_error",
        code: "resource_already_exists",
        message: "Product already exists.",
        param: "id"
      })
    }
  },
  {
    when: "the record a page starts after is gone",
    matches: (reply) =>
      (reply.status === 400 || reply.status === 404) &&
      complaint(reply).code === "resource_missing" &&
      complaint(reply).param === "starting_after",
    reason: (reply) => new PositionExpired({ detail: message(reply) }),
    example: {
      status: 400,
      text: text({
        type: "invalid_request_error",
        code: "resource_missing",
        message: "No such customer: 'cus_1'",
        param: "starting_after"
      })
    }
  },
  {
    when: "a parameter is missing, unknown or not valid",
    matches: (reply) => reply.status === 400,
    reason: rejected,
    example: {
      status: 400,
      text: text({
        type: "invalid_request_error",
        code: "email_invalid",
        message: "Invalid email address: ada",
        param: "email"
      })
    }
  },
  {
    when: "the API key is wrong, expired or revoked",
    matches: (reply) => reply.status === 401,
    reason: (reply) => new Unauthorized({ detail: message(reply) }),
    example: {
      status: 401,
      text: text({
        type: "invalid_request_error",
        code: "api_key_expired",
        message: "Expired API Key provided: rk_live_*****4242"
      })
    }
  },
  {
    when: "a card was declined",
    matches: (reply) => reply.status === 402,
    reason: rejected,
    example: {
      status: 402,
      text: text({ type: "card_error", code: "card_declined", message: "Your card was declined." })
    }
  },
  {
    when: "a platform's key does not reach the connected account, or does not any more",
    matches: (reply) => reply.status === 403 && complaint(reply).code === "account_invalid",
    reason: (reply) => new Unauthorized({ detail: message(reply) }),
    example: {
      status: 403,
      text: text({
        type: "invalid_request_error",
        code: "account_invalid",
        message:
          "The provided key 'sk_test_*****4242' does not have access to account 'acct_1' (or that account does not exist). Application access may have been revoked."
      })
    }
  },
  {
    when: "the key lacks a permission",
    matches: (reply) => reply.status === 403,
    reason: (reply) => new Forbidden({ missing: message(reply) }),
    example: {
      status: 403,
      text: text({
        type: "invalid_request_error",
        message: "The provided key 'rk_test_*****4242' does not have the required permissions for this endpoint."
      })
    }
  },
  {
    when: "the record is not there, or belongs to the other mode",
    matches: (reply) => reply.status === 404,
    reason: (reply) => new NotFound({ detail: message(reply) }),
    example: {
      status: 404,
      text: text({
        type: "invalid_request_error",
        code: "resource_missing",
        message: "No such customer: 'cus_1'",
        param: "id"
      })
    }
  },
  {
    // The key is only known where the request was sent before, so that one may still do it.
    when: "a request with the same idempotency key is under way",
    matches: (reply) => reply.status === 409 && complaint(reply).code === "idempotency_key_in_use",
    reason: (reply) => new OutcomeUnknown({ detail: message(reply) }),
    example: {
      status: 409,
      text: text({
        type: "idempotency_error",
        code: "idempotency_key_in_use",
        message: "There is currently another in-progress request using this Idempotent Key."
      })
    }
  },
  {
    when: "a request collides with another one",
    matches: (reply) => reply.status === 409,
    reason: (reply) => new Transient({ detail: message(reply) }),
    example: {
      status: 409,
      text: text({ type: "invalid_request_error", message: "This request conflicts with another one." })
    }
  },
  {
    when: "another request holds the record",
    matches: (reply) => reply.status === 429 && complaint(reply).code === "lock_timeout",
    reason: (reply) => new Transient({ detail: message(reply) }),
    example: {
      status: 429,
      text: text({
        type: "invalid_request_error",
        code: "lock_timeout",
        message: "This object cannot be accessed right now."
      })
    }
  },
  {
    when: "too many requests, mostly without a Retry-After",
    matches: (reply) => reply.status === 429,
    reason: (reply) => new RateLimited({ retryAfterMs: ErrorCatalogue.retryAfterMs(reply) ?? 0 }),
    example: {
      status: 429,
      text: text({ type: "invalid_request_error", code: "rate_limit", message: "Request rate limit exceeded." })
    }
  }
]
