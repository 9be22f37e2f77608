/** What HubSpot says is wrong with a record: prose, with JSON inside it. https://developers.hubspot.com/docs/api-reference/error-handling */
import { Conflicted, ErrorCatalogue, NotFound, type Reason, Rejected, Transient } from "@syncline/connector"
import { Schema } from "effect"
import type { Problem } from "./Wire.ts"

const isList = Schema.is(
  Schema.Array(Schema.Struct({ name: Schema.optionalKey(Schema.String), message: Schema.optionalKey(Schema.String) }))
)

/** `Property values were not valid: [{"isValid":false,"message":"…","error":"INVALID_EMAIL","name":"email"}]` by field. */
export const fields = (message: string): Readonly<Record<string, string>> => {
  const start = message.indexOf("[{")
  const complaints = start < 0 ? undefined : ErrorCatalogue.parse(message.slice(start, message.lastIndexOf("]") + 1))
  if (isList(complaints) && complaints.length > 0)
    return Object.fromEntries(complaints.map((each) => [each.name ?? "", each.message ?? message]))
  const named = /[Pp]ropert(?:y|ies) "?([a-z0-9_]+)"? /.exec(message)?.[1]
  return { [named ?? ""]: message }
}

/** Why one element of a batch was not done. */
export const reason = ({ category = "", message = "HubSpot does not say why" }: Problem): Reason => {
  switch (category) {
    case "CONFLICT":
      return new Conflicted({ detail: message })
    case "OBJECT_NOT_FOUND":
      return new NotFound({ detail: message })
    case "RATE_LIMITS":
    case "INTERNAL_ERROR":
      return new Transient({ detail: message })
    default:
      return new Rejected({ fields: fields(message) })
  }
}
