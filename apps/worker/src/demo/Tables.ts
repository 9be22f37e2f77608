/** The demo's tables: which record is in which, and how they are read back past every connector. */
import { Predicate } from "effect"
import type { Row } from "./Comparison.ts"

export const schema = "stripe"

export const all: ReadonlyArray<{ readonly entity: string; readonly table: string }> = [
  { entity: "customer", table: "customers" },
  { entity: "product", table: "products" },
  { entity: "price", table: "prices" },
  { entity: "subscription", table: "subscriptions" },
  { entity: "invoice", table: "invoices" },
  { entity: "payment_intent", table: "payment_intents" }
]

const live = (table: string): string => `"${schema}"."${table}" t where t."_deleted_at" is null`

export const counting = (table: string): string => `select count(*)::int as rows from ${live(table)}`

export const reading = (table: string): string => `select to_jsonb(t) as record from ${live(table)} order by t."id"`

/** A row as the record it was made from: its columns and what had none, without Syncline's own. */
export const record = ({ record }: Row): readonly [id: string, record: Row] => {
  if (!Predicate.isObject(record)) return ["?", {}]
  const columns = Object.entries(record).filter(([name]) => !name.startsWith("_"))
  const unknown =
    Predicate.hasProperty(record, "_unknown") && Predicate.isObject(record._unknown) ? record._unknown : {}
  return [String("id" in record ? record.id : "?"), { ...unknown, ...Object.fromEntries(columns) }]
}
