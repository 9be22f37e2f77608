/** How a batch adds to what the first match has enumerated. */
import { Effect } from "effect"
import type { MatchRow, PairKey } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import { given, ofThePair, json, keyOf } from "./Row.ts"

/** A page that is read again takes the place of what it had shown. Of a record that a page shows twice the later sight counts. */
export const write = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  rows: ReadonlyArray<MatchRow>
) {
  if (rows.length === 0) return
  const latest = new Map(rows.map((row) => [`${row.side} ${row.id}`, row]))
  const seen = [...latest.values()].map(({ id, keys, observedAtMs, record, side }) => ({
    s: side,
    i: id,
    r: record,
    o: observedAtMs,
    k: keys
  }))
  yield* transaction.query(
    `insert into syncline.match_row (tenant_id, integration, entity, side, record_id, record, observed_at, keys)
     select $1, $2, $3, s, i, r, to_timestamp(o / 1000), k
     from json_to_recordset($4::text::json) as w (s text, i text, r json, o float8, k json) order by s, i
     on conflict (tenant_id, integration, entity, side, record_id) do update
     set record = excluded.record, observed_at = excluded.observed_at, keys = excluded.keys`,
    [...keyOf(pair), json(seen)]
  )
})

/** Takes out records on which a person has decided. */
export const forget = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  records: ReadonlyArray<Pick<MatchRow, "side" | "id">>
) {
  if (records.length === 0) return
  const named = json(records.map(({ id, side }) => ({ s: side, i: id })))
  for (const table of ["match_row", "match_fate"]) {
    yield* transaction.query(
      `delete from syncline.${table} m using ${given(4, "s text, i text", { key: "i" })}
       where ${ofThePair("m")} and m.side = w.s and m.record_id = w.i`,
      [...keyOf(pair), named]
    )
  }
})
