/** A local Xero organisation: `XeroSandbox.open({ size: { contacts: 100, items: 10, invoices: 0 } })`. */
export * from "./Options.ts"
export { open, type XeroOrganisation } from "./XeroOrganisation.ts"
export { type Organisation, sandbox } from "./Sandbox.ts"
export { intentToReceive, message, signature } from "./Subscription.ts"
