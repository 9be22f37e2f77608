/** Writing: each verb one statement over one JSON parameter, whatever the number of rows. */
import {
  Conflicted,
  type Create,
  type Outcomes,
  type Patch,
  Rejected,
  type Remove,
  type Update
} from "@syncline/connector"
import { type Fields, type OpKey, RecordId } from "@syncline/core"
import { Effect, Result, Schema } from "effect"
import { rowsOf } from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import type { Known, Layout, LayoutColumn } from "./Layout.ts"
import { columnSql, Row, rowSql, toRecord } from "./Rows.ts"
import * as Statement from "./Statement.ts"
import * as Unstorable from "./Unstorable.ts"

/** Beyond some hundred rows a larger batch is not faster, and the parameter stays near a megabyte. */
const max = 1000

export type Outcome = readonly [OpKey, Outcomes<Fields> extends ReadonlyMap<OpKey, infer R> ? R : never]

/** Inserts, or overwrites the row that has the id already: a create sent twice makes one row, and a marked one lives again. */
export const create = (known: Known) => ({
  max,
  run: Effect.fn("Write.create")(function* (ops: ReadonlyArray<Create<Fields>>) {
    const layout = yield* known.get
    const { good, refused } = screen(layout, ops, ({ patch }) => patch[layout.id.name])
    const outcomes: Array<Outcome> = [...refused]
    // A column that a record does not name keeps its value, or gets its default: so each set of names is a statement.
    const groups = layout.unknown === null ? byColumns(layout, good) : [{ columns: layout.written, some: good }]
    for (const { columns, some } of groups) outcomes.push(...(yield* insert(layout, columns, some)))
    return new Map(outcomes)
  })
})

/** Fails each op alone whose row no longer holds what its `base` shows in the columns that it would change. */
export const update = (known: Known) => ({
  max,
  refusesStale: true,
  run: Effect.fn("Write.update")(function* (ops: ReadonlyArray<Update<Fields>>) {
    const layout = yield* known.get
    const { good, refused } = screen(layout, ops, ({ id }) => id)
    const { parameter, sent, unsent } = encode(good, ({ base, id, patch }) => {
      const set = byColumn(layout, patch)
      return { id, patch: set, base: shown(layout, base, Object.keys(set)) }
    })
    const rows = sent.length === 0 ? [] : yield* rowsOf(Row, Statement.update(layout), [parameter])
    return new Map([...refused, ...unsent, ...readBack(layout, sent, ({ id }) => id, rows, moved)])
  })
})

/** Marks or deletes rows that still hold what `base` shows. A row that is gone already is a success. */
export const remove = (known: Pick<Known, "get">, as: "deleted" | "archived") => ({
  max,
  as,
  run: Effect.fn("Write.remove")(function* (ops: ReadonlyArray<Remove<Fields>>) {
    const layout = yield* known.get
    const possible = ops.filter(({ id }) => ColumnType.namesRow(layout.id.type, id))
    const parameter = JSON.stringify(
      possible.map(({ base, id }) => ({
        id,
        base: shown(layout, base, [
          ...Object.keys(byColumn(layout, base)),
          ...(layout.unknown === null ? [] : [layout.unknown])
        ])
      }))
    )
    const rows =
      possible.length === 0
        ? []
        : yield* rowsOf(Schema.Struct({ id: RecordId }), Statement.remove(layout, as), [parameter])
    const left = new Set(rows.map(({ id }) => id))
    return new Map(ops.map(({ id, key }) => [key, left.has(id) ? Result.fail(moved(id)) : Result.void]))
  })
})

export const moved = (id: RecordId) =>
  new Conflicted({ detail: `row "${id}" no longer holds what was read of it: read it again, then decide again` })

const kept = (id: RecordId) =>
  new Conflicted({ detail: `row "${id}" was not written: a trigger, a rule or a policy of the table prevented it` })

/** Parts the ops that no statement can name or place from the rest, so that they fail alone. */
const screen = <Op extends { readonly key: OpKey; readonly patch: Patch<Fields> }>(
  layout: Layout,
  ops: ReadonlyArray<Op>,
  idOf: (op: Op) => Schema.Json | undefined
): { readonly good: ReadonlyArray<Op>; readonly refused: ReadonlyArray<Outcome> } => {
  const places = layout.unknown === null ? new Set([layout.id.name, ...layout.written.map(({ name }) => name)]) : null
  const good: Array<Op> = []
  const refused: Array<Outcome> = []
  for (const op of ops) {
    const id = idOf(op)
    const complaints =
      places === null
        ? []
        : Object.keys(op.patch)
            .filter((name) => !places.has(name))
            .map((name) => [name, `${layout.table} has no column for it that may be written`])
    if (typeof id !== "string" || !ColumnType.holdsId(layout.id.type, id)) {
      complaints.push([
        layout.id.name,
        `the id ${JSON.stringify(id ?? null)} cannot be in a column of type ${layout.id.type}`
      ])
    }
    if (complaints.length === 0) good.push(op)
    else refused.push([op.key, Result.fail(new Rejected({ fields: Object.fromEntries(complaints) }))])
  }
  return { good, refused }
}

/** The ops as one JSON parameter. Those that hold what PostgreSQL cannot store are left out, and fail alone. */
export const encode = <Op extends { readonly key: OpKey; readonly patch: Patch<Fields> }>(
  ops: ReadonlyArray<Op>,
  toJson: (op: Op) => unknown
) => {
  const parameter = JSON.stringify(ops.map(toJson))
  if (!Unstorable.isSuspicious(parameter)) return { parameter, sent: ops, unsent: [] }
  const sent: Array<Op> = []
  const unsent: Array<Outcome> = []
  for (const op of ops) {
    const fields = Unstorable.complaints(op.patch)
    if (Object.keys(fields).length === 0) sent.push(op)
    else unsent.push([op.key, Result.fail(new Rejected({ fields }))])
  }
  return { parameter: JSON.stringify(sent.map(toJson)), sent, unsent }
}

const byColumns = (layout: Layout, ops: ReadonlyArray<Create<Fields>>) => {
  const groups = new Map<
    string,
    { readonly columns: ReadonlyArray<LayoutColumn>; readonly some: Array<Create<Fields>> }
  >()
  for (const op of ops) {
    const columns = layout.written.filter(({ name }) => op.patch[name] !== undefined)
    const key = JSON.stringify(columns.map(({ name }) => name))
    const group = groups.get(key) ?? { columns, some: [] }
    group.some.push(op)
    groups.set(key, group)
  }
  return groups.values()
}

const insert = Effect.fnUntraced(function* (
  layout: Layout,
  columns: ReadonlyArray<LayoutColumn>,
  ops: ReadonlyArray<Create<Fields>>
) {
  const names = [layout.id.name, ...columns.map(({ name }) => name)]
  const placed = new Set(names)
  const { parameter, sent, unsent } = encode(ops, ({ patch }) => {
    const row = names.map((name) => patch[name])
    if (layout.unknown !== null) row.push(unplaced(placed, patch))
    return row
  })
  if (sent.length === 0) return unsent
  const statement = Statement.insert(layout, columns)
  const idOf = ({ patch }: Create<Fields>) => {
    const id = patch[layout.id.name]
    return typeof id === "string" ? id : ""
  }
  if (layout.unknown === null) {
    const rows = yield* rowsOf(Row, `${statement} returning ${rowSql(layout)}`, [parameter])
    return [...unsent, ...readBack(layout, sent, idOf, rows, kept)]
  }
  // A mirror's columns hold a value unchanged or refuse it, so what was sent is what is stored: reading it back would cost a third.
  // Only where not every row went in are the ids told of those that did.
  const [told] = yield* rowsOf(
    Schema.Struct({ some: Schema.NullOr(Schema.Array(Schema.String)) }),
    `with done as (${statement} returning ${columnSql(layout.id)}::text as id)
     select case when count(*) < $2::int then coalesce(json_agg(id), '[]') end as some from done`,
    [parameter, sent.length]
  )
  const stored = told?.some === null ? null : new Set(told?.some)
  return [
    ...unsent,
    ...sent.map((op): Outcome => {
      const isStored = stored === null || stored.has(idOf(op))
      return [op.key, isStored ? Result.succeed(withoutAbsent(op.patch)) : Result.fail(kept(RecordId.make(idOf(op))))]
    })
  ]
})

const isWithoutAbsent = (patch: Patch<Fields>): patch is Fields => !Object.values(patch).includes(undefined)

const withoutAbsent = (patch: Patch<Fields>): Fields =>
  isWithoutAbsent(patch)
    ? patch
    : Object.fromEntries(Object.entries(patch).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

/** The fields that have no column, or null. */
const unplaced = (placed: ReadonlySet<string>, fields: Patch<Fields>): Fields | null => {
  const names = Object.keys(fields).filter((name) => !placed.has(name) && fields[name] !== undefined)
  return names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, fields[name] ?? null]))
}

/** The fields by column, without the id; those that have no column are one object in theirs. */
export const byColumn = (layout: Layout, fields: Patch<Fields>): Fields => {
  const columns = layout.written
    .filter(({ name }) => fields[name] !== undefined)
    .map(({ name }) => [name, fields[name] ?? null])
  const unknown =
    layout.unknown === null
      ? null
      : unplaced(new Set([layout.id.name, ...layout.columns.map(({ name }) => name)]), fields)
  return Object.fromEntries([...columns, ...(unknown === null ? [] : [[layout.unknown, unknown]])])
}

/** What `base` shows in the named columns: null where it shows nothing. */
export const shown = (layout: Layout, base: Fields, names: ReadonlyArray<string>): Fields => {
  const all = byColumn(layout, base)
  return Object.fromEntries(names.map((name) => [name, all[name] ?? null]))
}

const readBack = <Op extends { readonly key: OpKey }>(
  layout: Layout,
  ops: ReadonlyArray<Op>,
  idOf: (op: Op) => string,
  rows: ReadonlyArray<Row>,
  otherwise: (id: RecordId) => Conflicted
): ReadonlyArray<Outcome> => {
  const read = toRecord(layout)
  const recordsById = new Map<string, Fields>(rows.map((row) => [row.id, read(row)]))
  return ops.map((op) => {
    const id = idOf(op)
    return [op.key, Result.fromNullishOr(recordsById.get(id), () => otherwise(RecordId.make(id)))]
  })
}
