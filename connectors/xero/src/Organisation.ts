/** Whose books these are. https://developer.xero.com/documentation/api/accounting/organisation */
import { ConnectorError, Forbidden, type Http, Rest, Transient } from "@syncline/connector"
import { Effect, Schema } from "effect"
import { organisations } from "./Auth.ts"
import { root } from "./Root.ts"

const Organisations = Schema.Struct({
  Organisations: Schema.Array(
    Schema.Struct({
      OrganisationID: Schema.String,
      Name: Schema.String,
      BaseCurrency: Schema.optionalKey(Schema.String)
    })
  )
})

const path = `${root}/Organisation`

/** `Ridgeway Ltd (NZD)`. */
export const title: Effect.Effect<string, ConnectorError, Http> = Effect.flatMap(
  Rest.get(path, Organisations),
  ({ Organisations: [organisation] }) =>
    organisation === undefined
      ? Effect.fail(
          new ConnectorError({
            operation: `GET ${path}`,
            reason: new Transient({ detail: "the answer names no organisation" })
          })
        )
      : Effect.succeed(
          organisation.BaseCurrency === undefined
            ? organisation.Name
            : `${organisation.Name} (${organisation.BaseCurrency})`
        )
)

/** Fails with those that there are to choose from. */
export const notChosen: Effect.Effect<never, ConnectorError, Http> = Effect.flatMap(organisations, (reached) =>
  Effect.fail(
    new ConnectorError({
      operation: "GET /connections",
      reason: new Forbidden({
        missing: `an organisation, chosen by its tenantId: ${reached.map(({ config, name }) => `${config["tenantId"]} (${name})`).join(", ")}`
      })
    })
  )
)
