/** How a batch opens, replaces and ends conflicts. */
import { Effect } from "effect"
import type { ConflictWrite, PairKey } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import * as Id from "./Id.ts"
import { given, ofThePair, json, keyOf } from "./Row.ts"

const rows = given(4, "k text, i text, c json, h json, sr json, tr json, st text, re json, by text")

const open = `
  insert into syncline.conflict as o (tenant_id, integration, entity, record_key, conflict_id, contested, withheld, source_record,
    target_record, strategy, created_at)
  select $1, $2, $3, k, i, c, h, sr, tr, st, to_timestamp($5::float8 / 1000) from ${rows} order by k
  on conflict (tenant_id, integration, entity, record_key) where resolved_at is null do update
  set contested = excluded.contested, withheld = excluded.withheld, source_record = excluded.source_record,
    target_record = excluded.target_record, strategy = excluded.strategy`

const settled = `
  insert into syncline.conflict (tenant_id, integration, entity, record_key, conflict_id, contested, withheld, source_record,
    target_record, strategy, resolution, resolved_by, created_at, resolved_at)
  select $1, $2, $3, k, i, c, h, sr, tr, st, re, 'system', to_timestamp($5::float8 / 1000), to_timestamp($5::float8 / 1000)
  from ${rows} order by k`

const resolved = `
  update syncline.conflict o set resolution = w.re, resolved_by = w.by, resolved_at = to_timestamp($5::float8 / 1000)
  from ${rows}
  where ${ofThePair("o")} and o.record_key = w.k and o.resolved_at is null`

const statements = { Open: open, Settled: settled, Resolve: resolved }

export const write = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  conflicts: ReadonlyArray<ConflictWrite>
) {
  if (conflicts.length === 0) return
  const ids = yield* Id.make(transaction.nowMs, conflicts.length)
  // The open one ends before another of the same record begins.
  for (const tag of ["Resolve", "Settled", "Open"] as const) {
    const some = conflicts.flatMap((each, index) => (each._tag === tag ? [rowOf(each, ids[index] ?? "")] : []))
    if (some.length > 0) yield* transaction.query(statements[tag], [...keyOf(pair), json(some), transaction.nowMs])
  }
})

const rowOf = (write: ConflictWrite, id: string) =>
  write._tag === "Resolve"
    ? { k: write.key, re: write.resolution, by: write.by }
    : {
        k: write.key,
        i: id,
        c: write.conflict.contested,
        h: write.conflict.withheld,
        sr: write.records.source,
        tr: write.records.target,
        st: write.strategy,
        re: write._tag === "Settled" ? write.resolution : null
      }
