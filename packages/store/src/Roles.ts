/**
 * The two roles that statements run as: `syncline_engine`, to whom only one tenant's rows exist, and `syncline_maintenance`, to whom
 * all do. Neither can log in. Roles belong to the server, not to the database, so they are looked for at every start.
 */
import { Effect, Schedule } from "effect"
import type { Postgres } from "./Postgres.ts"
import type { SqlError } from "./SqlError.ts"

/** What an owner of the server runs where the connecting user may not create roles. */
const create = (user: string): ReadonlyArray<string> => [
  "create role syncline_engine nologin nobypassrls",
  "create role syncline_maintenance nologin nobypassrls",
  `grant syncline_engine, syncline_maintenance to ${user}`
]

const grants = `
  grant usage on schema syncline to syncline_engine, syncline_maintenance;
  grant select, insert, update, delete on all tables in schema syncline to syncline_engine, syncline_maintenance;
  do $$
  declare
    name text;
  begin
    for name in
      select p.tablename from pg_policies p
      where p.schemaname = 'syncline' and p.policyname = 'tenant' and not exists (
        select from pg_policies m
        where m.schemaname = 'syncline' and m.tablename = p.tablename and m.policyname = 'maintenance'
      )
      order by p.tablename
    loop
      execute format('create policy maintenance on syncline.%I to syncline_maintenance using (true)', name);
    end loop;
  end $$`

/** Whether the roles exist, this user may become them, and they may use every table. */
const areReady = Effect.fnUntraced(function* (postgres: Postgres) {
  const [roles] = yield* postgres.query(
    `select count(*)::int as n from pg_roles
     where rolname in ('syncline_engine', 'syncline_maintenance') and pg_has_role(current_user, oid, 'member')`
  )
  if (roles?.["n"] !== 2) return false
  const [tables] = yield* postgres.query(
    `select count(*)::int as n from pg_class c
     where c.relnamespace = to_regnamespace('syncline') and c.relkind = 'r'
       and not (has_table_privilege('syncline_engine', c.oid, 'delete')
         and (c.relname in ('migration', 'worker') or exists (
           select from pg_policies p where p.schemaname = 'syncline' and p.tablename = c.relname and p.policyname = 'maintenance')))`
  )
  return tables?.["n"] === 0
})

/** Duplicate object; the same made by another program at this moment; its grant at this moment ("tuple concurrently updated"). */
const isThereAlready = ({ sqlState }: SqlError) => sqlState === "42710" || sqlState === "23505" || sqlState === "XX000"

/**
 * Makes the roles and what they may do. False where this user may not: the program then runs with the connecting user's own rights,
 * the tenants' policies still hold unless that user is a superuser, and a warning names the SQL that mends it.
 */
export const ensure = Effect.fn("Roles.ensure")(function* (postgres: Postgres): Effect.fn.Return<boolean, SqlError> {
  if (yield* areReady(postgres)) return true
  const [row] = yield* postgres.query("select quote_ident(current_user) as name")
  const statements = create(String(row?.["name"]))
  // One by one and each alone: a role that another database of this server has made is there already.
  const made = yield* Effect.forEach(statements, (statement) =>
    postgres.query(statement).pipe(
      Effect.as(true),
      Effect.catchIf(isThereAlready, () => Effect.succeed(true)),
      Effect.catchIf(
        (error) => error.sqlState === "42501" || error.sqlState === "0LP01",
        () => Effect.succeed(false)
      )
    )
  )
  const [held] = yield* postgres.query(
    `select count(*)::int as n from pg_roles
     where rolname in ('syncline_engine', 'syncline_maintenance') and pg_has_role(current_user, oid, 'member')`
  )
  if (held?.["n"] === 2) {
    // Two programs that start at once grant the same: the second finds it done.
    yield* postgres
      .transaction((session) => session.query(grants))
      .pipe(
        Effect.retry({
          while: isThereAlready,
          schedule: Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 10 }))
        })
      )
    return true
  }
  yield* Effect.logWarning(
    `tenants are not kept apart by a role of their own, because this database user may not create roles (${
      made.filter((done) => !done).length
    } of ${statements.length} statements refused); let an owner of the server run: ${statements.join("; ")};`
  )
  return false
})
