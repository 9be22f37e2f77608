/** Tables of a PostgreSQL database, the store's own or any other. */
import { connector, ConnectorError, Forbidden, type Sql } from "@syncline/connector"
import { Effect, Schema } from "effect"
import * as ApplicationPlan from "./ApplicationPlan.ts"
import * as CaptureSql from "./CaptureSql.ts"
import { rowsOf } from "./Catalog.ts"
import { quote } from "./Identifier.ts"
import { SchemaName, settingsOf, Tables } from "./Settings.ts"
import { table } from "./Table.ts"

export const Config = Schema.Struct({
  /** `postgres://user:password@host:5432/database`. Without it the tables are in Syncline's own database. */
  url: Schema.optionalKey(Schema.RedactedFromValue(Schema.NonEmptyString)),
  /** The schema of every table here. */
  schema: SchemaName.pipe(Schema.withDecodingDefaultKey(Effect.succeed("public"))),
  /** By name; `{}` is a table that Syncline creates and keeps like the provider's records. */
  tables: Tables
})
export type Config = typeof Config.Type

const Server = Schema.Struct({
  version: Schema.String,
  database: Schema.String,
  user: Schema.String,
  hasSchema: Schema.Boolean,
  mayCreateTables: Schema.Boolean
})

const aboutServer = `
select
  current_setting('server_version') as version,
  current_database()::text as database,
  current_user::text as "user",
  n.oid is not null as "hasSchema",
  case when n.oid is null then has_database_privilege(current_database(), 'create') else has_schema_privilege(n.oid, 'create') end
    as "mayCreateTables"
from (values ($1::text)) as wanted(name) left join pg_namespace n on n.nspname = wanted.name`

/** Fails with `Forbidden` when tables would have to be created here and may not be, with `Rejected` when one is not as configured. */
const check = Effect.fn("Postgres.check")(function* (config: Config): Effect.fn.Return<string, ConnectorError, Sql> {
  const [server] = yield* rowsOf(Server, aboutServer, [config.schema])
  if (server === undefined) return yield* Effect.die("a select without a condition answered no row")
  const { database, hasSchema, mayCreateTables, user, version } = server
  const createsTables =
    config.url !== undefined || Object.values(config.tables).some(({ idColumn }) => idColumn === undefined)
  if (createsTables && !mayCreateTables) {
    const remedy = hasSchema
      ? `grant create on schema ${quote(config.schema)} to ${quote(user)}`
      : `create schema ${quote(config.schema)} authorization ${quote(user)}`
    return yield* new ConnectorError({
      operation: "check",
      reason: new Forbidden({
        missing: `user ${quote(user)} may not create tables in schema ${quote(config.schema)}: ${remedy}`
      })
    })
  }
  for (const [name, options] of Object.entries(config.tables)) {
    const settings = settingsOf({ schema: config.schema, name }, options)
    if (settings._tag === "Application") yield* ApplicationPlan.verify(settings, [])
  }
  return `PostgreSQL ${version.split(" ")[0]}, database ${database}, user ${user}`
})

export const postgres = connector<Config, Sql>({
  name: "postgres",
  // The oldest server it is tested on.
  apiVersion: "15",
  config: Config,
  remote: ({ schema, tables, url }) => {
    const logged = Object.keys(tables).filter((name) => tables[name]?.capture === "log")
    const entities = Object.fromEntries(logged.map((name) => [`${schema}.${name}`, name]))
    return {
      _tag: "Sql",
      url: url ?? null,
      ...(logged.length > 0 && { notices: { channel: CaptureSql.channel, entities } })
    }
  },
  entities: ({ schema, tables, url }) =>
    Object.fromEntries(
      Object.entries(tables).map(([name, options]) => [
        name,
        table(settingsOf({ schema, name }, options), url === undefined ? null : schema)
      ])
    ),
  check
})
