/** Stripe: read by lists and events, API version pinned. */
import { BaseUrl, type Budget, connector, type HttpRemote } from "@syncline/connector"
import { Effect, Redacted, Schema } from "effect"
import * as Account from "./Account.ts"
import { apiVersion } from "./ApiVersion.ts"
import { creditNote } from "./CreditNote.ts"
import { customer } from "./Customer.ts"
import { errors } from "./Errors.ts"
import { invoice } from "./Invoice.ts"
import { paymentIntent } from "./PaymentIntent.ts"
import { price } from "./Price.ts"
import { product } from "./Product.ts"
import { refund } from "./Refund.ts"
import { subscription } from "./Subscription.ts"
import { webhooks } from "./Webhooks.ts"

export { apiVersion }

const ApiKey = Schema.String.check(
  Schema.makeFilter((key: string) => /^(sk|rk)_\w+$/.test(key), {
    expected: "a secret or restricted key of Stripe, which begins with sk_ or rk_ (Dashboard → Developers → API keys)"
  })
)

const AccountId = Schema.String.check(
  Schema.isPattern(/^acct_\w+$/, { expected: "the id of a connected account, which begins with acct_" })
)

const WebhookSecret = Schema.String.check(
  Schema.makeFilter((secret: string) => /^whsec_\w{16,}$/.test(secret), {
    expected:
      "a signing secret of Stripe, which begins with whsec_ (Workbench → Webhooks → the endpoint → Signing secret)"
  })
)

export const Config = Schema.Struct({
  apiKey: Schema.RedactedFromValue(ApiKey),
  /** Of a platform's key: the connected account that is meant. https://docs.stripe.com/connect/authentication */
  account: Schema.optionalKey(AccountId),
  /** Another address than Stripe's: a sandbox. */
  baseUrl: BaseUrl.orElse("https://api.stripe.com"),
  /** Ranges of `created` listed side by side, and the most calls in flight. */
  concurrency: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 32 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(8))
  ),
  /** What Stripe signs webhooks with, one per endpoint; two while one is rolled. None: no webhook is let in. */
  webhookSecrets: Schema.optionalKey(Schema.Array(Schema.RedactedFromValue(WebhookSecret))),
  /** Instead of Stripe's own limit. Only for a sandbox on this machine. */
  requestsPerSecond: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })))
}).check(
  Schema.makeFilter(
    ({ baseUrl, requestsPerSecond }) => requestsPerSecond === undefined || BaseUrl.isLoopback(baseUrl),
    {
      expected:
        "requestsPerSecond only together with a baseUrl on this machine: Stripe's own limit is not ours to choose"
    }
  )
)
export type Config = typeof Config.Type

/** Per account: 25 requests a second with test keys, 100 with live ones. https://docs.stripe.com/rate-limits */
const budget = ({ apiKey, requestsPerSecond }: Config): Budget => ({
  units: requestsPerSecond ?? (/^(sk|rk)_live_/.test(Redacted.value(apiKey)) ? 100 : 25),
  windowMs: 1000,
  of: "connection"
})

const remote = (config: Config): HttpRemote => ({
  _tag: "Http",
  baseUrl: config.baseUrl,
  headers: { "stripe-version": apiVersion, ...(config.account !== undefined && { "stripe-account": config.account }) },
  auth: { _tag: "Bearer", token: config.apiKey },
  budgets: [budget(config)],
  concurrent: config.concurrency,
  errors
})

export const stripe = connector<Config>({
  name: "stripe",
  apiVersion,
  config: Config,
  remote,
  entities: ({ concurrency }) => ({
    customer: customer(concurrency),
    product: product(concurrency),
    price: price(concurrency),
    subscription: subscription(concurrency),
    invoice: invoice(concurrency),
    payment_intent: paymentIntent(concurrency),
    refund: refund(concurrency),
    credit_note: creditNote(concurrency)
  }),
  check: () => Effect.map(Account.read, ({ account }) => Account.title(account)),
  webhooks
})
