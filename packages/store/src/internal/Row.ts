/** What goes into statements and comes out of them. */
import { Effect, Schema } from "effect"
import type { PairKey } from "../Batch.ts"
import type { Row } from "../Postgres.ts"

/** The first three parameters of every statement about a pair. */
export const keyOf = ({ tenant, integration, entity }: PairKey): ReadonlyArray<string> => [tenant, integration, entity]

// JSON.stringify writes U+0000 and lone surrogates as escapes, which jsonb refuses; an escaped backslash may stand before "u0000".
const unstorable = /(\\\\)|\\u(?:0000|d[89a-f][0-9a-f]{2})/g

/** A JSON parameter, for `$n::text::jsonb`. What PostgreSQL cannot hold becomes U+FFFD, so that one record cannot stop a batch. */
export const json = (value: unknown): string => {
  const text = JSON.stringify(value)
  return text.includes("\\u")
    ? text.replace(unstorable, (_, backslash: string | undefined) => backslash ?? "\\ufffd")
    : text
}

/**
 * The pair's links of the keys in the JSON parameter `$4`, in key order: `columns` of each, with `locking` at its end.
 *
 * Written so that it can only be one index look-up per key. As a subquery or an ordinary join, a planner without statistics (of a
 * table that a backfill is just filling) reads every link of the pair for each batch.
 */
export const linksOf = (columns: string, locking = ""): string => `
  select link.* from (select key from json_array_elements_text($4::text::json) as key order by key collate "C") as wanted
  cross join lateral (
    select ${columns} from syncline.link
    where tenant_id = $1 and integration = $2 and entity = $3 and record_key = wanted.key offset 0 ${locking}
  ) as link`

/**
 * The objects in the JSON parameter `$<parameter>` as rows `w`, each beside the pair that `$1` to `$3` name, or `also`. `key` is a
 * column that no object leaves out.
 *
 * For statements that find a row of `w` by its whole key (`ofThePair` and the rest), constants included. The planner does not see
 * that the comparison is always true and takes them for one row; nor does it see that all are of one pair. So it looks each up. If it
 * knew, it would read every row of the pair for each batch, as long as it has no statistics of the table: a hundredth of the speed
 * while the first ten thousand records come in.
 *
 * JSON is declared as `json`, and becomes `jsonb` where it is stored. As `jsonb` it would be made inside the function, which frees
 * nothing before its last row: of a kilobyte each, a thousand take 80 ms instead of 12.
 */
export const given = (parameter: number, columns: string, { also = "", key = "k" } = {}): string =>
  `(select ${thePair}${also}, j.* from json_to_recordset($${parameter}::text::json) as j (${columns})
    where j.${key} = coalesce(j.${key}, '') offset 0) as w`

/** The same of texts, as `k`. */
export const givenKeys = (parameter: number): string =>
  `(select ${thePair}, j.k from json_array_elements_text($${parameter}::text::json) as j (k)
    where j.k = coalesce(j.k, '') offset 0) as w`

const thePair = "$1::text as in_tenant, $2::text as in_integration, $3::text as in_entity"

/** A row is of the pair of `w`. */
export const ofThePair = (alias: string): string =>
  `${alias}.tenant_id = w.in_tenant and ${alias}.integration = w.in_integration and ${alias}.entity = w.in_entity`

/** Text without what PostgreSQL cannot hold. */
export const plain = (text: string): string => text.toWellFormed().replaceAll("\u0000", "\ufffd")

/** Rows as their schema says. Our own statements made them, so one that differs is a bug. */
export const decode = <A, I>(schema: Schema.Codec<A, I>) => {
  const all = Schema.decodeUnknownEffect(Schema.Array(schema))
  return (rows: ReadonlyArray<Row>): Effect.Effect<ReadonlyArray<A>> => Effect.orDie(all(rows))
}

/** A time column as milliseconds, under a name of its own. */
export const msOf = (column: string, name: string): string =>
  `(extract(epoch from ${column}) * 1000)::float8 as "${name}"`

/**
 * Of a link `l`: where its record is gone, one side or both. At one side it may be made again, or is about to be deleted at the other
 * too. Its id there is kept, since it may come back with it, but is no record's id now.
 */
export const goneAt = `(case when l.kind = 'pair' and (l.is_deleted or l.status = 'stale') then
  case when l.source_image is null and l.target_image is null then case when l.is_deleted then 'both' end
    when l.source_image is null then 'source' when l.target_image is null then 'target' end end)`

/**
 * From here to the transaction's end every row is found by its key: a planner without statistics of a table that is just being
 * filled would read the whole of it instead.
 */
export const byKey = `select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true)`
