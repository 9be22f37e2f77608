/**
 * An entity in the built-in vocabulary. Two entities of one canonical type are joined field by field through it, so that a connector
 * needs to know the vocabulary only, and no other connector.
 */
import { Contact } from "./Canonical/Contact.ts"
import { CreditNote } from "./Canonical/CreditNote.ts"
import { Fulfillment } from "./Canonical/Fulfillment.ts"
import { InventoryLevel } from "./Canonical/InventoryLevel.ts"
import { Invoice } from "./Canonical/Invoice.ts"
import { Order } from "./Canonical/Order.ts"
import { Product } from "./Canonical/Product.ts"
import { Refund } from "./Canonical/Refund.ts"
import type { Rule } from "./MappingRule.ts"

/** The built-in types. Others are extensions: any name that two connectors agree on. */
export const types = {
  contact: Contact,
  product: Product,
  inventory_level: InventoryLevel,
  order: Order,
  invoice: Invoice,
  fulfillment: Fulfillment,
  refund: Refund,
  credit_note: CreditNote
}
export type BuiltIn = keyof typeof types

/**
 * A rule's source is a field of the entity, its target one of the canonical type. A field that is only read has direction
 * "source_to_target". A name in parts is mapped as a whole too, `[first, last]` → `full_name` by `Join`, for those who know no parts.
 */
export interface CanonicalMapping {
  /** `contact`, `product`, `invoice` … */
  readonly type: string
  readonly rules: ReadonlyArray<Rule>
}

type FieldOf<A> = { [K in keyof A & string]: K | `${K}.${string}` }[keyof A & string]

/** A rule whose fields exist: the entity's where its record's type is known, and the canonical type's. */
export interface CanonicalRule<A, T extends BuiltIn> extends Omit<Rule, "source" | "target" | "targetTransform"> {
  readonly source: FieldOf<A> | readonly [FieldOf<A>, ...ReadonlyArray<FieldOf<A>>]
  readonly target: FieldOf<(typeof types)[T]["Type"]>
}

/** `CanonicalMapping.of<Customer>()("contact", [{ source: "name", target: "full_name" }])` */
export const of =
  <A>() =>
  <T extends BuiltIn>(type: T, rules: ReadonlyArray<CanonicalRule<A, T>>): CanonicalMapping => ({ type, rules })
