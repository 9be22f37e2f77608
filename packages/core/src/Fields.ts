/** A record as Syncline holds it: JSON, as the provider sent it. */
import type { Schema } from "effect"

/**
 * A record's fields by name. Values are JSON and unchanged from the wire: a schema checks a record, it does not transform it,
 * so unknown fields survive and two readings of the same record compare equal.
 */
export type Fields = { readonly [name: string]: Schema.Json }
