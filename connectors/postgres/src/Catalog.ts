/** What the database says about a table: read from its catalog, so nothing is believed that is not so. */
import { type ConnectorError, Sql } from "@syncline/connector"
import { Effect, Schema } from "effect"
import { quote } from "./Identifier.ts"

/** Where a table is. */
export interface Place {
  readonly schema: string
  readonly name: string
}

export const sqlOf = ({ schema, name }: Place): string => `${quote(schema)}.${quote(name)}`

export const FoundColumn = Schema.Struct({
  name: Schema.String,
  /** As PostgreSQL writes it: `bigint`, `numeric(10,2)`, `text[]`. */
  type: Schema.String,
  /** An insert must name it: not null, and nothing fills it. */
  isRequired: Schema.Boolean,
  isNotNull: Schema.Boolean,
  /** The database computes it, so it cannot be written. */
  isComputed: Schema.Boolean,
  /** The expression that gives a new row its value, as SQL; null where nothing does. */
  filledBy: Schema.NullOr(Schema.String)
})
export type FoundColumn = typeof FoundColumn.Type

export const FoundTable = Schema.Struct({
  isTable: Schema.Boolean,
  comment: Schema.NullOr(Schema.String),
  columns: Schema.Array(FoundColumn),
  /** Columns of which no value can occur twice, each by itself. */
  unique: Schema.Array(Schema.String),
  hasPrimaryKey: Schema.Boolean,
  /** Columns by the constraint or unique index that a row can break. */
  constraints: Schema.Record(Schema.String, Schema.Array(Schema.String))
})
export type FoundTable = typeof FoundTable.Type

export const Found = Schema.Struct({ hasSchema: Schema.Boolean, table: Schema.NullOr(FoundTable) })
export type Found = typeof Found.Type

const lookUp = `
select
  exists(select from pg_namespace where nspname = $1::text) as "hasSchema",
  (select jsonb_build_object(
    'isTable', c.relkind in ('r', 'p'),
    'comment', obj_description(c.oid, 'pg_class'),
    'hasPrimaryKey', exists(select from pg_index i where i.indrelid = c.oid and i.indisprimary),
    'columns', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', a.attname,
        'type', format_type(a.atttypid, a.atttypmod),
        'isRequired', a.attnotnull and not a.atthasdef and a.attidentity = '',
        'isNotNull', a.attnotnull,
        'isComputed', a.attgenerated <> '' or a.attidentity = 'a',
        'filledBy', case
          when a.attidentity <> '' then format('nextval(%L::regclass)', pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname))
          when a.atthasdef and a.attgenerated = '' then (
            select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum)
        end
      ) order by a.attnum), '[]')
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
    'unique', (
      select coalesce(jsonb_agg(a.attname order by a.attname), '[]')
      from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indnkeyatts = 1
        and i.indpred is null and i.indexprs is null),
    'constraints', (
      select coalesce(jsonb_object_agg(broken.name, broken.columns), '{}') from (
        select o.conname as name, (
          select coalesce(jsonb_agg(a.attname order by a.attnum), '[]')
          from pg_attribute a where a.attrelid = o.conrelid and a.attnum = any(o.conkey)) as columns
        from pg_constraint o where o.conrelid = c.oid
        union
        select x.relname, (
          select coalesce(jsonb_agg(a.attname order by a.attnum), '[]')
          from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any(i.indkey))
        from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid and i.indisunique
      ) as broken)
  ) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1::text and c.relname = $2::text and c.relkind in ('r', 'p', 'v', 'm', 'f')) as "table"`

/** Rows of a statement whose shape we know; another shape is a bug of ours. */
export const rowsOf = <A>(
  row: Schema.Codec<A, unknown>,
  text: string,
  params: ReadonlyArray<unknown> = []
): Effect.Effect<ReadonlyArray<A>, ConnectorError, Sql> => {
  const decode = Schema.decodeUnknownEffect(Schema.Array(row))
  return Effect.flatMap(
    Sql.use((sql) => sql.query(text, params)),
    (rows) => Effect.orDie(decode(rows))
  )
}

export const find = Effect.fn("Catalog.find")(function* ({ schema, name }: Place) {
  const [found] = yield* rowsOf(Found, lookUp, [schema, name])
  return found ?? { hasSchema: false, table: null }
})

/** Whether a table that exists has no row. */
export const isEmpty = Effect.fn("Catalog.isEmpty")(function* (place: Place) {
  const [found] = yield* rowsOf(
    Schema.Struct({ isEmpty: Schema.Boolean }),
    `select not exists(select from ${sqlOf(place)}) as "isEmpty"`
  )
  return found?.isEmpty ?? false
})
