/** What Xero's refusals mean. https://developer.xero.com/documentation/api/accounting/responsecodes */
import {
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

const Problem = Schema.Struct({ Title: Schema.String, Detail: Schema.optionalKey(Schema.NullOr(Schema.String)) })
const Invalid = Schema.Struct({
  Type: Schema.String,
  Message: Schema.String,
  Elements: Schema.optionalKey(Schema.Array(Schema.Unknown))
})
const isProblem = Schema.is(Problem)
const isInvalid = Schema.is(Invalid)

const detail = ({ json, status }: Reply): string =>
  isProblem(json) ? (json.Detail ?? json.Title) : isInvalid(json) ? json.Message : `HTTP ${status}`

const problem = (status: number, title: string, detail: string): string =>
  JSON.stringify({ Type: null, Title: title, Status: status, Detail: detail, Instance: "a1b2" })

const isDisconnected = (reply: Reply): boolean =>
  (reply.status === 401 || reply.status === 403) && detail(reply).includes("AuthenticationUnsuccessful")

export const errors: ReadonlyArray<ErrorRule> = [
  {
    when: "the organisation is no longer connected, or the tenant id is not one of this connection's",
    matches: isDisconnected,
    reason: () =>
      new Unauthorized({
        detail:
          "the organisation is not connected to this app any more, or none is chosen; connect it again, or correct its tenantId"
      }),
    example: { status: 403, text: problem(403, "Forbidden", "AuthenticationUnsuccessful") }
  },
  {
    when: "the access token is expired or invalid",
    matches: ({ status }) => status === 401,
    reason: (reply) => new Unauthorized({ detail: detail(reply) }),
    example: {
      status: 401,
      text: problem(401, "Unauthorized", "TokenExpired: token expired at 11/27/2026 09:30:00")
    }
  },
  {
    when: "the token lacks a scope, or the organisation's plan the feature",
    matches: ({ status }) => status === 403,
    reason: (reply) => new Forbidden({ missing: detail(reply) }),
    example: { status: 403, text: problem(403, "Forbidden", "insufficient scope: accounting.contacts is required") }
  },
  {
    when: "too many calls: in flight, in a minute, in a day, or of the app in a minute",
    matches: ({ status }) => status === 429,
    reason: (reply) => new RateLimited({ retryAfterMs: ErrorCatalogue.retryAfterMs(reply) ?? 0 }),
    example: { status: 429, text: "", headers: { "x-rate-limit-problem": "minute", "retry-after": "17" } }
  },
  {
    when: "a record is refused",
    matches: ({ status, json }) => status === 400 && isInvalid(json) && json.Type === "ValidationException",
    reason: ({ json }) => Complaint.reason(isInvalid(json) ? (json.Elements ?? []).flatMap(Complaint.messagesOf) : []),
    example: {
      status: 400,
      text: JSON.stringify({
        ErrorNumber: 10,
        Type: "ValidationException",
        Message: "A validation exception occurred",
        Elements: [{ ValidationErrors: [{ Message: "The Contact Name must be specified." }] }]
      })
    }
  },
  {
    when: "a request is not understood",
    matches: ({ status, json }) => status === 400 && isInvalid(json),
    reason: (reply) => new Rejected({ fields: { "": detail(reply) } }),
    example: {
      status: 400,
      text: JSON.stringify({
        ErrorNumber: 16,
        Type: "QueryParseException",
        Message: "No property or field 'Nmae' exists"
      })
    }
  }
]
