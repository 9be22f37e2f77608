/**
 * What changed in an application's table, by a column that says when: where no trigger may be installed.
 *
 * It cannot see deletions, rows whose writer forgets the column, or rows that become visible later than `lagMs` after their time.
 */
import { type Change, type Changes, type Sql, Verb, Walk } from "@syncline/connector"
import type { Fields } from "@syncline/core"
import { Clock, Effect, Option, Schema } from "effect"
import { rowsOf } from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import { quote } from "./Identifier.ts"
import type { ApplicationLayout, Known } from "./Layout.ts"
import * as Rows from "./Rows.ts"

const pageSize = 1000

/** The longest transaction whose rows are found, and the most by which its clock may be behind ours. */
const lagMs = 120_000

const After = Schema.fromJsonString(Schema.Struct({ at: Schema.String, id: Schema.String }))
const encodeAfter = Schema.encodeSync(After)
const decodeAfter = Schema.decodeUnknownOption(After)

const Touched = Schema.Struct({ ...Rows.Row.fields, at: Schema.String, isLive: Schema.Boolean })

const pageSql = (layout: ApplicationLayout, updatedAt: string, isFirst: boolean): string => {
  const at = `t.${quote(updatedAt)}`
  const type = layout.columns.find(({ name }) => name === updatedAt)?.type ?? "timestamp with time zone"
  // A time without a zone is taken for UTC. The parameter is changed, not the column, so that an index on it serves.
  const zone = type.includes("without time zone") ? " at time zone 'UTC'" : ""
  const bound = (parameter: number) => `to_timestamp($${parameter}::text::float8 / 1000)${zone}`
  const id = Rows.columnSql(layout.id)
  return `select ${Rows.rowSql(layout)}, ${at}::text as at, ${Rows.isLiveSql(layout)} as "isLive" from ${layout.table} as t
    where ${at} >= ${bound(1)} and ${at} <= ${bound(2)}
      ${isFirst ? "" : `and (${at}, ${id}) > ($3::text::${type}, $4::text::${ColumnType.comparedAs(layout.id.type)})`}
    order by ${at}, ${id} limit ${pageSize}`
}

/** Deletions that are marks in the row appear, real ones do not: so none are promised. */
export const changes = (known: Known<ApplicationLayout>, updatedAt: string): Changes<Fields, Sql> =>
  Walk.windows({
    nowMs: Clock.currentTimeMillis,
    lagMs,
    precisionMs: 1,
    deletes: false,
    phases: [
      ({ sinceMs, untilMs }, stored) =>
        Effect.gen(function* () {
          const layout = yield* known.get
          const after = Option.getOrNull(decodeAfter(stored))
          const rows = yield* rowsOf(Touched, pageSql(layout, updatedAt, after === null), [
            String(sinceMs),
            String(untilMs),
            ...(after === null ? [] : [after.at, after.id])
          ])
          const read = Rows.toRecord(layout)
          const last = rows.at(-1)
          return {
            items: rows.map(({ isLive, ...row }): Change<Fields> =>
              isLive ? Verb.present(read(row)) : Verb.gone(row.id)
            ),
            next: last === undefined || rows.length < pageSize ? null : encodeAfter({ at: last.at, id: last.id })
          }
        })
    ]
  })
