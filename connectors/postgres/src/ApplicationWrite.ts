/** Writing an application's table: rows are made once per op, and never overwritten by what was decided on an older sight of them. */
import {
  ConnectorError,
  type Create,
  NotFound,
  type Patch,
  type Reason,
  Rejected,
  type Update
} from "@syncline/connector"
import { type Fields, OpKey, RecordId } from "@syncline/core"
import { Effect, Option, Result, Schema } from "effect"
import * as ApplicationStatement from "./ApplicationStatement.ts"
import { type Place, rowsOf } from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import * as Complaint from "./Complaint.ts"
import * as Created from "./Created.ts"
import type { ApplicationLayout, Known, LayoutColumn } from "./Layout.ts"
import { Row, toRecord } from "./Rows.ts"
import * as Write from "./Write.ts"

const max = 500

const Answer = Schema.Struct({
  op: Schema.NullOr(Schema.String),
  id: Schema.NullOr(RecordId),
  row: Schema.NullOr(Row.fields.row)
})
type Answer = typeof Answer.Type

/** Makes a row per op. An op that has made its row before answers with that row as it is now; `NotFound` if it is gone since. */
export const create = (known: Known<ApplicationLayout>, place: Place) => ({
  max,
  run: Effect.fn("ApplicationWrite.create")(function* (ops: ReadonlyArray<Create<Fields>>) {
    const layout = yield* known.get
    yield* Created.prepare(place.schema)
    const { good, refused } = screen(ops, ({ patch }) => createComplaints(layout, patch))
    const outcomes: Array<Write.Outcome> = [...refused]
    for (const group of byNames(layout, good)) outcomes.push(...(yield* insert(layout, place, group)))
    return new Map(outcomes)
  })
})

/** The rows that ops have made, as they are now. `None` is proof that there is none, also where it is gone again. */
export const find = (known: Known<ApplicationLayout>, place: Place) => ({
  max,
  lagMs: 0,
  run: Effect.fn("ApplicationWrite.find")(function* (ops: ReadonlyArray<Create<Fields>>) {
    const layout = yield* known.get
    yield* Created.prepare(place.schema)
    const answers = yield* made(layout, place, ops)
    const records = new Map(answers.flatMap((answer) => recordOf(layout, answer)))
    return new Map(ops.map(({ key }) => [key, Option.fromNullishOr(records.get(key))]))
  })
})

/** Fails each op alone: `NotFound` where the row is gone, `Conflicted` where it moved under the columns that the op would change. */
export const update = (known: Known<ApplicationLayout>) => ({
  max,
  refusesStale: true,
  run: Effect.fn("ApplicationWrite.update")(function* (ops: ReadonlyArray<Update<Fields>>) {
    const layout = yield* known.get
    const there = ops.filter(({ id }) => ColumnType.namesRow(layout.id.type, id))
    const absent = ops.filter(({ id }) => !there.some((op) => op.id === id))
    const { good, refused } = screen(there, ({ patch }) => updateComplaints(layout, patch))
    const outcomes: Array<Write.Outcome> = [...refused, ...absent.map(({ id, key }) => failed(key, gone(id)))]
    const { parameter, sent, unsent } = Write.encode(good, ({ base, id, key, patch }) => {
      const set = Write.byColumn(layout, patch)
      const seen = Write.shown(layout, base, Object.keys(set))
      const { version } = layout
      return {
        op: key,
        id,
        patch: set,
        base: version === null ? seen : { ...seen, [version.name]: base[version.name] ?? null }
      }
    })
    outcomes.push(...unsent)
    const named = new Set(sent.flatMap(({ patch }) => Object.keys(patch)))
    // A patch that names nothing still asks whether the row is there and what it holds.
    const columns = layout.written.filter(({ name }, index) => (named.size === 0 ? index === 0 : named.has(name)))
    if (sent.length === 0 || columns.length === 0) return new Map(outcomes)
    const answers = yield* Complaint.named(
      layout,
      rowsOf(
        Schema.Struct({ ...Answer.fields, isThere: Schema.Boolean }),
        ApplicationStatement.update(layout, columns),
        [parameter]
      )
    )
    const answersByOp = new Map(answers.map((answer) => [answer.op, answer]))
    for (const { id, key } of sent) {
      const answer = answersByOp.get(key)
      const [record] = answer === undefined ? [] : recordOf(layout, answer)
      if (record !== undefined) outcomes.push([key, Result.succeed(record[1])])
      else outcomes.push(failed(key, answer?.isThere === true ? Write.moved(id) : gone(id)))
    }
    return new Map(outcomes)
  })
})

const failed = (key: OpKey, reason: Reason): Write.Outcome => [key, Result.fail(reason)]

const gone = (id: RecordId) => new NotFound({ detail: `there is no row "${id}" any more` })

type Complaints = ReadonlyArray<readonly [field: string, complaint: string]>

const createComplaints = (layout: ApplicationLayout, patch: Patch<Fields>): Complaints => {
  const { id, keyFilledBy } = layout
  const key = patch[id.name] ?? null
  const complaints = columnComplaints(layout, patch)
  if (key === null && keyFilledBy === null) {
    return [
      ...complaints,
      [id.name, "nothing gives a new row its key: map a field to it, or give the column a default"]
    ]
  }
  const isPossible =
    key === null ||
    (typeof key === "string" && ColumnType.namesRow(id.type, key)) ||
    (typeof key === "number" && ColumnType.namesRow(id.type, String(key)))
  return isPossible
    ? complaints
    : [...complaints, [id.name, `${JSON.stringify(key)} cannot be a key of type ${id.type}`]]
}

const updateComplaints = (layout: ApplicationLayout, patch: Patch<Fields>): Complaints => [
  ...columnComplaints(layout, patch),
  ...(patch[layout.id.name] === undefined
    ? []
    : [[layout.id.name, "the key of a row does not change: leave it out of the mapping"] as const])
]

const columnComplaints = (layout: ApplicationLayout, patch: Patch<Fields>): Complaints => {
  const places = new Set([layout.id.name, ...layout.written.map(({ name }) => name)])
  return Object.keys(patch)
    .filter((name) => !places.has(name))
    .map((name) => [
      name,
      `${layout.table} has no column for it that may be written: map another field, or add the column`
    ])
}

const screen = <Op extends { readonly key: OpKey }>(
  ops: ReadonlyArray<Op>,
  complaintsOf: (op: Op) => Complaints
): { readonly good: ReadonlyArray<Op>; readonly refused: ReadonlyArray<Write.Outcome> } => {
  const good: Array<Op> = []
  const refused: Array<Write.Outcome> = []
  for (const op of ops) {
    const complaints = complaintsOf(op)
    if (complaints.length === 0) good.push(op)
    else refused.push(failed(op.key, new Rejected({ fields: Object.fromEntries(complaints) })))
  }
  return { good, refused }
}

interface Group {
  readonly bringsKey: boolean
  readonly columns: ReadonlyArray<LayoutColumn>
  readonly ops: ReadonlyArray<Create<Fields>>
}

/** A column that a record does not name gets its default: so each set of names is a statement. */
const byNames = (layout: ApplicationLayout, ops: ReadonlyArray<Create<Fields>>): ReadonlyArray<Group> => {
  const namedBy = ({ patch }: Create<Fields>) => ({
    bringsKey: (patch[layout.id.name] ?? null) !== null,
    columns: layout.written.filter(({ name }) => patch[name] !== undefined)
  })
  const groups = Map.groupBy(ops, (op) => {
    const { bringsKey, columns } = namedBy(op)
    return JSON.stringify([bringsKey, ...columns.map(({ name }) => name)])
  })
  return [...groups.values()].flatMap((some) => {
    const [first] = some
    return first === undefined ? [] : [{ ...namedBy(first), ops: some }]
  })
}

const insert = Effect.fnUntraced(function* (layout: ApplicationLayout, place: Place, group: Group) {
  const { bringsKey, columns, ops } = group
  const names = [...(bringsKey ? [layout.id.name] : []), ...columns.map(({ name }) => name)]
  const { parameter, sent, unsent } = Write.encode(ops, ({ key, patch }) => [key, ...names.map((name) => patch[name])])
  if (sent.length === 0) return unsent
  const statement = ApplicationStatement.create(layout, place, columns, bringsKey)
  const rows = yield* Complaint.named(layout, rowsOf(Answer, statement, [parameter]))
  if (rows.some(({ op }) => op === null)) return yield* rekeyed(layout)
  const inserted = new Map(rows.map((row) => [row.op, row]))
  const others = sent.filter(({ key }) => !inserted.has(key))
  const earlier = others.length === 0 ? [] : yield* made(layout, place, others)
  return [
    ...unsent,
    ...[...rows, ...earlier].flatMap((answer): ReadonlyArray<Write.Outcome> => {
      const [record] = recordOf(layout, answer)
      if (record !== undefined) return [[record[0], Result.succeed(record[1])]]
      return answer.op === null ? [] : [failed(OpKey.make(answer.op), vanished)]
    })
  ]
})

const made = (layout: ApplicationLayout, place: Place, ops: ReadonlyArray<Create<Fields>>) =>
  rowsOf(Answer, ApplicationStatement.made(layout, place), [JSON.stringify(ops.map(({ key }) => key))])

/** The op with its row, if both are there. */
const recordOf = (layout: ApplicationLayout, { id, op, row }: Answer): ReadonlyArray<readonly [OpKey, Fields]> =>
  op === null || id === null || row === null ? [] : [[OpKey.make(op), toRecord(layout)({ id, row })]]

const vanished = new NotFound({
  detail: "the row that this made is gone: it was deleted since, or a trigger of the table took it away"
})

const rekeyed = ({ id, table }: ApplicationLayout) =>
  new ConnectorError({
    operation: `insert into ${table}`,
    reason: new Rejected({
      fields: {
        [id.name]:
          "a trigger gives new rows another key than the column's default, so a repeated create could not be told: give the column that default instead"
      }
    })
  })
