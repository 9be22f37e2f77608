/** The whole store as one layer: connects, migrates, and offers its services. */
import type { Redacted } from "effect"
import { Context } from "effect"

/** Where the store is. */
export class Store extends Context.Service<Store, {
  /** The store's own database: what a target without a url of its own writes to. */
  readonly url: Redacted.Redacted
}>()("@syncline/store/Store") {}
