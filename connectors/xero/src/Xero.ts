/** Xero's Accounting API: read by numbered pages and `If-Modified-Since`, written in batches. */
import { AppOrToken, BaseUrl, type Budget, connector, type HttpRemote } from "@syncline/connector"
import { Effect, Schema } from "effect"
import * as Auth from "./Auth.ts"
import { contact } from "./Contact.ts"
import { creditNote } from "./CreditNote.ts"
import { errors } from "./Errors.ts"
import { invoice } from "./Invoice.ts"
import { item } from "./Item.ts"
import * as Organisation from "./Organisation.ts"
import { payment } from "./Payment.ts"
import { apiVersion } from "./Root.ts"
import { webhooks } from "./Webhooks.ts"

const Uuid = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, {
    expected: "an organisation's tenant id, a UUID as GET https://api.xero.com/connections lists it"
  })
)

export const Config = Schema.Struct({
  /** The organisation. A consent that reaches one only says which. */
  tenantId: Schema.optionalKey(Uuid),
  ...AppOrToken.fields(Auth.scopes),
  /** The webhook's signing key, as developer.xero.com shows it; two while it is changed. */
  webhookKeys: Schema.optionalKey(Schema.Array(Schema.RedactedFromValue(Schema.NonEmptyString))),
  /** Another address than Xero's: a sandbox. */
  baseUrl: BaseUrl.orElse("https://api.xero.com"),
  /** Calls of a day that the organisation's plan allows. https://developer.xero.com/documentation/guides/oauth2/limits */
  callsPerDay: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000_000 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(5000))
  ),
  /** Instead of Xero's own limit. Only for a sandbox on this machine. */
  callsPerMinute: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000_000 })))
}).check(
  AppOrToken.isEither,
  Schema.makeFilter(({ baseUrl, callsPerMinute }) => callsPerMinute === undefined || BaseUrl.isLoopback(baseUrl), {
    expected: "callsPerMinute only together with a baseUrl on this machine: Xero's own limit is not ours to choose"
  })
)
export type Config = typeof Config.Type

const minuteMs = 60_000

/**
 * A tenth of a minute's calls less a fifth: the minutes of Xero begin and end as they like, so what is saved up and what comes back
 * within one must fit together.
 *
 * Per app and organisation: 60 calls a minute, 5,000 a day, 5 at once; per app 10,000 a minute.
 * https://developer.xero.com/documentation/guides/oauth2/limits
 */
const budgets = ({ callsPerMinute = 60, callsPerDay }: Config): ReadonlyArray<Budget> => [
  { units: Math.max(1, Math.floor((callsPerMinute * 0.82) / 6)), windowMs: minuteMs / 6, of: "connection" },
  { units: Math.max(callsPerDay, callsPerMinute), windowMs: 1440 * minuteMs, of: "connection" },
  { units: Math.max(10_000, callsPerMinute), windowMs: minuteMs, of: "app" }
]

const remote = (config: Config): HttpRemote => ({
  _tag: "Http",
  baseUrl: config.baseUrl,
  // XML is what Xero answers unless it is told otherwise.
  headers: {
    accept: "application/json",
    ...(config.tenantId !== undefined && { "xero-tenant-id": config.tenantId })
  },
  auth: AppOrToken.auth(config, Auth.app(config.baseUrl)),
  budgets: budgets(config),
  concurrent: 5,
  errors
})

export const xero = connector<Config>({
  name: "xero",
  apiVersion,
  config: Config,
  remote,
  entities: () => ({ contact, item, invoice, payment, credit_note: creditNote }),
  check: ({ tenantId }) => (tenantId === undefined ? Organisation.notChosen : Organisation.title),
  accounts: () => Auth.organisations,
  webhooks
})
