/** What a claim costs among very many entries, one record's queue being very long: its time and the buffers it looks at. */
import type { Sql } from "postgres"
import { ready } from "../../../packages/store/src/internal/Sending.ts"
import { byKey } from "../../../packages/store/src/internal/Row.ts"

export interface Claim {
  readonly entries: number
  readonly claimMs: number
  readonly claimBuffers: number
}

const key = ["default", "claims", "person", "target"]
const claimed = 100
const deep = 50_000
const looks = 15

/** Entries of as many records, decided a thousand at a time, and a queue of 50,000 of one more, which is the first to be claimed. */
const fill = (entries: number) => `
  insert into syncline.lane (tenant_id, integration, entity, record_key, side, version, next_ord, pending, available_at, updated_at)
  select 'default', 'claims', 'person', '~sp-' || lpad(n::text, 9, '0'), 'target', 1, case n when 0 then ${deep} else 1 end,
    case n when 0 then ${deep} else 1 end, to_timestamp(1 + n / 1000 * sign(n)), to_timestamp(1)
  from generate_series(0, ${Math.max(claimed, entries - deep)}) n;
  insert into syncline.outbox (tenant_id, integration, entity, record_key, side, ord, entry_id, operation, changes, is_estimated, state,
    revision, attempts, execution_id, is_appended, created_at, updated_at)
  select l.tenant_id, l.integration, l.entity, l.record_key, l.side, o, l.record_key || '/' || o, 'update',
    '{"name":{"value":"Ada","was":"Grace","atMs":1,"isEstimated":false}}', false, 'pending', 1, 0, 'x', o > 0, to_timestamp(1), to_timestamp(1)
  from syncline.lane l cross join lateral generate_series(0, l.next_ord - 1) o where l.integration = 'claims'`

const forget =
  "delete from syncline.outbox where integration = 'claims'; delete from syncline.lane where integration = 'claims'"

/** Fills a store's outbox, looks, and leaves it as it was. */
export const measure = async (sql: Sql, entries: number): Promise<Claim> => {
  await sql.unsafe(fill(entries))
  await sql.unsafe("vacuum analyze syncline.lane")
  await sql.unsafe("vacuum analyze syncline.outbox")
  const seen: Array<{ readonly ms: number; readonly buffers: number }> = []
  for (let look = 0; look < looks; look++) seen.push(await explain(sql))
  const [counted] = await sql`select count(*)::int as n from syncline.outbox where integration = 'claims'`
  await sql.unsafe(forget)
  const middle = seen.toSorted((one, other) => one.ms - other.ms)[Math.floor(looks / 2)]
  return {
    entries: Number(counted?.["n"]),
    claimMs: middle?.ms ?? Number.NaN,
    claimBuffers: Math.max(...seen.slice(1).map(({ buffers }) => buffers))
  }
}

/** As a transaction of the store runs it: as its role, for one tenant, by keys. */
const explain = async (sql: Sql) =>
  sql.begin(async (transaction) => {
    await transaction.unsafe(
      "select set_config('app.tenant', 'default', true), set_config('role', 'syncline_engine', true)"
    )
    await transaction.unsafe(byKey)
    const rows = await transaction.unsafe(`explain (analyze, buffers, timing off, format text) ${ready}`, [
      ...key,
      claimed,
      4_000_000_000_000
    ])
    const plan = rows.map((row) => String(row["QUERY PLAN"])).join("\n")
    const buffers = /Buffers: shared (?:hit=(\d+))? ?(?:read=(\d+))?/.exec(plan)
    return {
      ms: Number(/Execution Time: ([\d.]+) ms/.exec(plan)?.[1] ?? Number.NaN),
      buffers: Number(buffers?.[1] ?? 0) + Number(buffers?.[2] ?? 0)
    }
  })
