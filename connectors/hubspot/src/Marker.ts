/** The property that bears the marker of the op which made a record: unique, hidden in forms, made when it is missing. */
import { ConnectorError, type Http, Rejected, Rest } from "@syncline/connector"
import { Fingerprint, type OpKey } from "@syncline/core"
import { Effect, Schema } from "effect"
import type { Kind } from "./Kind.ts"

/** An op's key as a property can hold it, and a batch can name a record by it. */
export const of = (key: OpKey): string => (/^[A-Za-z0-9._-]{1,128}$/.test(key) ? key : Fingerprint.of(key))

const Property = Schema.Struct({ name: Schema.String, hasUniqueValue: Schema.optionalKey(Schema.Boolean) })

/** Only a property that was unique from its first day can be. https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide#create-unique-identifier-properties */
export const prepare = (kind: Kind): Effect.Effect<void, ConnectorError, Http> => {
  const path = `/crm/properties/${kind.apiVersion}/${kind.type}`
  const operation = `GET ${path}/${kind.marker}`
  return Rest.get(`${path}/${kind.marker}`, Property).pipe(
    Effect.catchReason("ConnectorError", "NotFound", () =>
      Rest.call(
        {
          method: "POST",
          path,
          json: {
            name: kind.marker,
            label: "Syncline op",
            description: "Names the write that made this record, so that it is made once. Written by Syncline.",
            groupName: kind.group,
            type: "string",
            fieldType: "text",
            hasUniqueValue: true,
            formField: false
          }
        },
        Property
      )
    ),
    Effect.flatMap(({ hasUniqueValue }) =>
      hasUniqueValue === true
        ? Effect.void
        : Effect.fail(
            new ConnectorError({
              operation,
              reason: new Rejected({
                fields: {
                  [kind.marker]: `the property "${kind.marker}" of ${kind.type} is not unique, and cannot become so; name another as \`markerProperty\``
                }
              })
            })
          )
    )
  )
}
