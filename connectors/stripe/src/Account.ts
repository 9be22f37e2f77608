/** Whose key it is. https://docs.stripe.com/api/accounts */
import { type Call, type ConnectorError, Http, Rest } from "@syncline/connector"
import { Effect, Schema } from "effect"

const Named = Schema.optionalKey(
  Schema.NullOr(Schema.Struct({ name: Schema.optionalKey(Schema.NullOr(Schema.String)) }))
)
const Displayed = Schema.Struct({ display_name: Schema.optionalKey(Schema.NullOr(Schema.String)) })
export const Account = Schema.Struct({
  id: Schema.String,
  /** Seconds since 1970. */
  created: Schema.optionalKey(Schema.Int),
  email: Schema.optionalKey(Schema.NullOr(Schema.String)),
  business_profile: Named,
  settings: Schema.optionalKey(Schema.NullOr(Schema.Struct({ dashboard: Schema.optionalKey(Displayed) })))
})
export type Account = typeof Account.Type

const call: Call = { method: "GET", path: "/v1/account" }

/** The account, and the time there. */
export const read: Effect.Effect<{ readonly account: Account; readonly nowMs: number }, ConnectorError, Http> =
  Effect.gen(function* () {
    const { json, headers } = yield* Http.use((http) => http.send(call))
    const account = yield* Rest.decode(Rest.operation(call), json, Account)
    return { account, nowMs: yield* Rest.dateMs(Rest.operation(call), headers) }
  })

/** `acct_1 (Acme Ltd)`. */
export const title = ({ id, business_profile, settings, email }: Account): string => {
  const name = business_profile?.name ?? settings?.dashboard?.display_name ?? email
  return name === undefined || name === null || name === "" ? id : `${id} (${name})`
}
