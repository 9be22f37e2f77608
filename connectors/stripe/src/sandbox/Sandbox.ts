/** What the conformance checks drive: an empty account, and the configuration that reaches it. */
import type { Sandbox } from "@syncline/connector/sandbox"
import { Redacted } from "effect"
import type { Config } from "../Stripe.ts"
import { defaultApiKey } from "./Options.ts"
import { open, type StripeAccount } from "./StripeAccount.ts"

/** The address serves no one: requests of a client within the process reach the account whatever host they name. */
export const sandbox: Sandbox<Config, StripeAccount> = {
  config: {
    apiKey: Redacted.make(defaultApiKey),
    baseUrl: "http://127.0.0.1",
    concurrency: 4,
    requestsPerSecond: 1_000_000
  },
  open: open()
}
