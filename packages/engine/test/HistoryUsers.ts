/** What the users of both applications do, many records in one statement, and what they then see. */
import type { Side } from "@syncline/core"
import { Effect, Schema } from "effect"
import type * as HistoryModel from "./HistoryModel.ts"
import { type Field, fields, type HistoryWorld, places, referred } from "./HistoryWorld.ts"

export interface Person {
  readonly id: string
  readonly birth: string
  readonly values: Readonly<Record<Field, HistoryModel.Value>>
}

/** A user's edit: new values; `add` puts a tag to those that are there, `drop` takes the first away. */
export interface Edit {
  readonly birth: string
  readonly set: Readonly<Record<string, Schema.Json>>
}

const types: Readonly<Partial<Record<Field, string>>> = { amount: "::numeric" }

const referenceSql = (side: Side.Side, field: keyof typeof referred, birth: string): string =>
  `(select r.id from ${places[side][referred[field]]} r where r.birth = ${birth} order by r.id limit 1)`

const isReference = (field: Field): field is keyof typeof referred => field in referred

const valueSql = (side: Side.Side, field: Field): string => {
  if (isReference(field)) return referenceSql(side, field, `u.set->>'${field}'`)
  return field === "tags" ? "nullif(u.set->'tags', 'null'::jsonb)" : `(u.set->>'${field}')${types[field] ?? ""}`
}

const editedSql = (side: Side.Side, field: Field): string => {
  const column = `p.${places[side].columns[field]}`
  const kept =
    field === "tags"
      ? `when u.set ? 'add' then coalesce(${column}, '[]') || jsonb_build_array(u.set->'add') when u.set ? 'drop' then ${column} - 0`
      : ""
  const value = valueSql(side, field)
  return `${places[side].columns[field]} = case when u.set ? '${field}' then ${field === "home" ? `coalesce(${value}, ${column})` : value} ${kept} else ${column} end`
}

const shownSql = (side: Side.Side, field: Field): string => {
  const column = `p.${places[side].columns[field]}`
  const shown = isReference(field)
    ? `coalesce((select r.birth from ${places[side][referred[field]]} r where r.id = ${column} order by r.id limit 1), case when ${column} is not null then 'nobody' end)`
    : column
  return `'${field}', ${shown}`
}

const personSql = (side: Side.Side): string =>
  `jsonb_build_object('id', p.id::text, 'birth', p.birth, 'values', jsonb_build_object(${fields.map((field) => shownSql(side, field)).join(", ")})) as person`

const Shown = Schema.Struct({
  id: Schema.String,
  birth: Schema.String,
  values: Schema.Record(Schema.Literals(fields), Schema.Json)
})
const decode = Schema.decodeUnknownSync(Shown)

const asked = Effect.fnUntraced(function* (world: HistoryWorld, sql: string, params: ReadonlyArray<unknown>) {
  const rows = yield* world.query(sql, params)
  return rows.map(({ person }): Person => decode(person))
})

export const people = (world: HistoryWorld, side: Side.Side) =>
  asked(world, `select ${personSql(side)} from ${places[side].people} p order by p.birth, p.id`, [])

/** The side at which each record that is at both changed last, at the precision of the engine's clock; the source's where both did. */
export const changedLater = (world: HistoryWorld) =>
  Effect.map(
    world.query(
      `select s.birth, case when floor(extract(epoch from t.updated_at) * 1000) > floor(extract(epoch from s.updated_at) * 1000)
         then 'target' else 'source' end as side
       from ${places.source.people} s join ${places.target.people} t using (birth) order by s.birth`
    ),
    (rows) =>
      new Map(
        rows.map(({ birth, side }): [string, Side.Side] => [String(birth), side === "target" ? "target" : "source"])
      )
  )

export const edit = (world: HistoryWorld, side: Side.Side, edits: ReadonlyArray<Edit>) =>
  asked(
    world,
    `update ${places[side].people} p set ${fields.map((field) => editedSql(side, field)).join(", ")}
     from jsonb_to_recordset($1::text::jsonb) as u(birth text, set jsonb) where p.birth = u.birth returning ${personSql(side)}`,
    [JSON.stringify(edits)]
  )

export const create = (world: HistoryWorld, side: Side.Side, created: ReadonlyArray<Edit>) =>
  asked(
    world,
    `insert into ${places[side].people} as p (birth, ${fields.map((field) => places[side].columns[field]).join(", ")})
     select u.birth, ${fields.map((field) => valueSql(side, field)).join(", ")}
     from jsonb_to_recordset($1::text::jsonb) as u(birth text, set jsonb) returning ${personSql(side)}`,
    [JSON.stringify(created)]
  )

export const remove = Effect.fnUntraced(function* (world: HistoryWorld, table: string, births: ReadonlyArray<string>) {
  const gone = yield* world.query(
    `delete from ${table} where birth in (select jsonb_array_elements_text($1::text::jsonb)) returning birth`,
    [JSON.stringify(births)]
  )
  return gone.map(({ birth }) => String(birth))
})

export const found = (world: HistoryWorld, side: Side.Side, births: ReadonlyArray<string>) =>
  world.query(
    `insert into ${places[side].companies} (birth, ${side === "source" ? "name" : "title"})
     select b, b from jsonb_array_elements_text($1::text::jsonb) as b`,
    [JSON.stringify(births)]
  )

export const companies = (world: HistoryWorld, side: Side.Side) =>
  Effect.map(world.query(`select birth from ${places[side].companies} order by birth`), (rows) =>
    rows.map(({ birth }) => String(birth))
  )
