/**
 * A database as it was when its tables had just been made. Tables that were written to are truncated, which also gives their rows new
 * places: in which order rows are found does not depend on the histories before.
 */
import type { BackendPool } from "./BackendPool.ts"
import * as Wire from "./PostgresWire.ts"

export interface DatabaseReset {
  readonly run: () => Promise<void>
}

/** Every table of the store but the list of its migrations. */
const tables = `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'syncline' and c.relkind = 'r' and c.relname <> 'migration' order by c.relname`

export const make = async ({ control }: BackendPool): Promise<DatabaseReset> => {
  const names = await firstColumn(control, tables)
  const find = names.map((name) => `select '${name}' where exists (select from ${name})`).join(" union all ")
  return {
    run: async () => {
      const dirty = await firstColumn(control, find)
      if (dirty.length > 0) await control.ask(Wire.query(`truncate ${dirty.join(", ")} restart identity cascade`))
    }
  }
}

const firstColumn = async (control: BackendPool["control"], sql: string): Promise<ReadonlyArray<string>> =>
  Wire.rows((await control.ask(Wire.query(sql))).messages).flatMap(([value]) => value ?? [])
