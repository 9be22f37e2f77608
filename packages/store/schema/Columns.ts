/** What the tables have in common. Ids compare by their bytes, so that "locked in id order" means one order in every database. */
import { bigint, customType, pgSchema, timestamp } from "drizzle-orm/pg-core"

export const syncline = pgSchema("syncline")

export const id = customType<{ data: string }>({ dataType: () => 'text collate "C"' })
export const at = (name: string) => timestamp(name, { withTimezone: true })
export const count = (name: string) => bigint(name, { mode: "number" }).notNull().default(0)
export const tenantId = () => id("tenant_id").notNull()
/** What leads the key of every row about a record: fresh columns for each table. */
export const record = () => ({
  tenantId: tenantId(),
  integration: id("integration").notNull(),
  entity: id("entity").notNull(),
  recordKey: id("record_key").notNull()
})
/** `source` or `target`. */
export const side = () => id("side").notNull()
