/** A local Shopify shop: `ShopifySandbox.open({ size: { customers: 100, products: 20, orders: 50 } })`. */
export * from "./Options.ts"
export { open, type ShopifyShop } from "./ShopifyShop.ts"
export { type Account, sandbox } from "./Sandbox.ts"
export { sdl } from "./Schema.ts"
export { signature } from "./Topics.ts"
