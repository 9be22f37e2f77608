/** A local HubSpot account: `HubSpotSandbox.open({ size: 100 })`. */
export * from "./Options.ts"
export { open, type HubSpotPortal } from "./HubSpotPortal.ts"
export { type Portal, sandbox } from "./Sandbox.ts"
export { message, signature } from "./Subscription.ts"
