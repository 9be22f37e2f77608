/** What the conformance checks drive: an empty account, and the configuration that reaches it. */
import type { Sandbox } from "@syncline/connector/sandbox"
import { Redacted } from "effect"
import { defaultApiKey } from "./Options.ts"
import { open, type StripeAccount } from "./StripeAccount.ts"

export const sandbox: Sandbox<{ readonly apiKey: Redacted.Redacted }, StripeAccount> = {
  config: { apiKey: Redacted.make(defaultApiKey) },
  open: open()
}
