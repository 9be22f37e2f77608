/** How Xero says no. https://developer.xero.com/documentation/api/accounting/responsecodes */
import { Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"

const problem = (status: number, title: string, detail: string): Wire.Reply =>
  Wire.json(status, JSON.stringify({ Type: null, Title: title, Status: status, Detail: detail, Instance: "sandbox" }))

export const noToken = problem(401, "Unauthorized", "AuthenticationUnsuccessful: no access token was sent")
export const tokenExpired = (at: string): Wire.Reply =>
  problem(401, "Unauthorized", `TokenExpired: token expired at ${at}`)
export const wrongTenant = problem(403, "Forbidden", "AuthenticationUnsuccessful")
export const missingScope = (scope: string): Wire.Reply =>
  problem(403, "Forbidden", `insufficient scope: ${scope} is required`)

/** An answer of plain text, as for a record that is not there. */
export const notFound: Wire.Reply = {
  status: 404,
  headers: { "Content-Type": "text/html; charset=utf-8" },
  body: "The resource you're looking for cannot be found"
}

export const tooMany = (problem: "concurrent" | "minute" | "day", retryAfterSeconds: number): Wire.Reply => ({
  status: 429,
  headers: { "X-Rate-Limit-Problem": problem, "Retry-After": String(retryAfterSeconds) },
  body: ""
})

const exception = (number: number, type: string, message: string, more: Fields = {}): Wire.Reply =>
  Wire.json(400, JSON.stringify({ ErrorNumber: number, Type: type, Message: message, ...more }))

export const query = (message: string): Wire.Reply => exception(16, "QueryParseException", message)
export const body = (message: string): Wire.Reply => exception(14, "PostDataInvalidException", message)
export const validation = (elements: ReadonlyArray<Fields>): Wire.Reply =>
  exception(10, "ValidationException", "A validation exception occurred", { Elements: elements })
