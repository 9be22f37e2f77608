/** How HubSpot says no. https://developers.hubspot.com/docs/api-reference/error-handling */
import { Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"

/** What is wrong with one record. */
export interface Refused {
  readonly status: number
  readonly category: string
  readonly message: string
  readonly context?: Fields
}

const correlationId = "a43683b0-5717-4ceb-80b4-104d02915d8c"

export const fields = ({ category, context, message }: Refused): Fields => ({
  status: "error",
  message,
  correlationId,
  category,
  ...(context !== undefined && { context })
})

export const reply = (refused: Refused): Wire.Reply => Wire.json(refused.status, JSON.stringify(fields(refused)))

const refused = (status: number, category: string, message: string): Refused => ({ status, category, message })

export const noToken = reply(
  refused(401, "INVALID_AUTHENTICATION", "Authentication credentials not found. This API supports OAuth 2.0.")
)
export const tokenExpired = reply(
  refused(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired 1 hour(s) ago.")
)

/** Of a refresh token or a code. */
export const noGrant = (error: string): Wire.Reply =>
  Wire.json(
    400,
    JSON.stringify({
      ...fields(refused(400, "VALIDATION_ERROR", "missing or invalid refresh token")),
      status: "BAD_REFRESH_TOKEN",
      error
    })
  )

export const missingScope = (scope: string): Wire.Reply =>
  Wire.json(
    403,
    JSON.stringify({
      ...fields(refused(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.")),
      errors: [
        {
          message: "One or more of the following scopes are required.",
          context: { requiredGranularScopes: [scope] }
        }
      ]
    })
  )

export const notFound = reply(refused(404, "OBJECT_NOT_FOUND", "resource not found"))
export const noRoute: Wire.Reply = {
  status: 404,
  headers: { "Content-Type": "text/html" },
  body: "<html><body><h1>404 Not Found</h1></body></html>"
}
export const badRequest = (message: string): Wire.Reply => reply(refused(400, "VALIDATION_ERROR", message))

/** One complaint about a property: JSON within the text. */
export const invalid = (name: string, error: string, message: string): Refused =>
  refused(
    400,
    "VALIDATION_ERROR",
    `Property values were not valid: ${JSON.stringify([{ isValid: false, message, error, name, localizedErrorMessage: message }])}`
  )

export const missing = (type: string, ids: ReadonlyArray<string>): Refused => ({
  ...refused(
    404,
    "OBJECT_NOT_FOUND",
    `Could not get some ${type.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`
  ),
  context: { ids }
})

export const taken = (what: string, id: string): Refused =>
  refused(409, "CONFLICT", `${what} already exists. Existing ID: ${id}`)

export const twins: Wire.Reply = reply(
  refused(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input. IDs must be unique.")
)

/** The official client retries by exactly these words. */
export const tooMany = (policyName: "TEN_SECONDLY_ROLLING" | "SECONDLY" | "DAILY"): Wire.Reply =>
  Wire.json(
    429,
    JSON.stringify({
      status: "error",
      message: `You have reached your ${policyName.toLowerCase()} limit.`,
      errorType: "RATE_LIMIT",
      correlationId,
      policyName,
      groupName: "publicapi:private-apps-api-calls:sandbox"
    })
  )
