/**
 * A tenant without rows for each history: what the histories before have left belongs to others, and nothing of theirs is ever found. That
 * spares all sessions the plans of their statements, which emptying tables would take from them. Named after the seed, so a history is
 * the same each time. Now and then, before a seed is played again, and before workers drive whatever is due, all tables are emptied.
 */
import { TenantId } from "@syncline/core"
import type { BackendPool } from "./BackendPool.ts"
import * as Wire from "./PostgresWire.ts"

export interface FreshTenant {
  /** `isAlone`: no other tenant has left any rows. */
  readonly of: (seed: number, isAlone: boolean) => Promise<TenantId>
}

/** Every table of the store but the list of its migrations. */
const tables = `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'syncline' and c.relkind = 'r' and c.relname <> 'migration' order by c.relname`

/** Few enough for their rows to fit into some pages of each table. */
const histories = 100

export const make = async ({ control }: BackendPool): Promise<FreshTenant> => {
  const { messages } = await control.ask(Wire.query(tables))
  const names = Wire.rows(messages).flatMap(([value]) => value ?? [])
  const empty = () => control.ask(Wire.query(`truncate ${names.join(", ")} restart identity cascade`))
  const played = new Set<number>()
  // Another worker may have played here before.
  await empty()
  return {
    of: async (seed, isAlone) => {
      if (isAlone || played.has(seed) || played.size >= histories) {
        await empty()
        played.clear()
      }
      played.add(seed)
      return TenantId.make(`seed-${seed}`)
    }
  }
}
