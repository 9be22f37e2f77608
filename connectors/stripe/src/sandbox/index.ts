/** A local Stripe account: `StripeSandbox.open({ size: StripeSandbox.demo })`. */
export * from "./Options.ts"
export { open, type StripeAccount } from "./StripeAccount.ts"
export { openFolder } from "./Folder.ts"
export { sandbox } from "./Sandbox.ts"
export { serve } from "./Serve.ts"
export { tooMany } from "./Api.ts"
export { signature } from "./WebhookEndpoints.ts"
export * as Refusal from "./Refusal.ts"
