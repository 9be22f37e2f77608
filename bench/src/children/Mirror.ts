/** The table that Syncline makes for customers, empty, as the baselines fill it. */
import type { Sql } from "postgres"

export interface Column {
  readonly name: string
  readonly type: string
}

export const table = "stripe.customers"

/** The columns of a record, and the one that says when it was written. The others are left to null, as Syncline does. */
export const columns = async (sql: Sql): Promise<ReadonlyArray<Column>> => {
  const rows = await sql<Array<{ name: string; type: string }>>`
    select attname as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attname not in ('_unknown', '_deleted_at')
    order by attnum`
  return rows.map(({ name, type }) => ({ name, type }))
}

export const syncedAt = "_synced_at"

export const quoted = (columns: ReadonlyArray<Column>): string => columns.map(({ name }) => `"${name}"`).join(", ")
