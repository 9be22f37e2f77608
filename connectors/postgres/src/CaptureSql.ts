/** The change log of an application's tables, as plain SQL: what installs it, what removes it, and what tells whether it is whole. */
import { Fingerprint } from "@syncline/core"
import { type Place, sqlOf } from "./Catalog.ts"
import { literal, quote } from "./Identifier.ts"
import { changesTable, trimmedTable } from "./Settings.ts"

const rowTrigger = "syncline_capture"
const truncateTrigger = "syncline_capture_truncate"
const noticeTrigger = "syncline_notice"

/** Where each statement that may have changed a captured table is told of, by the table's schema and name. */
export const channel = "syncline_changes"

export const logPlace = ({ schema }: Place): Place => ({ schema, name: changesTable })
export const logIn = (place: Place): string => sqlOf(logPlace(place))
export const trimmedIn = ({ schema }: Place): string => sqlOf({ schema, name: trimmedTable })

const longestShown = 30

/** A function of its own per table, because a function that looks the key's column up by its name takes several times as long. */
const functionOf = ({ name, schema }: Place): string => {
  const plain = new TextEncoder().encode(name).length <= longestShown ? name : Fingerprint.of(name)
  return sqlOf({ schema, name: `syncline_capture_${plain}` })
}

const note = (place: Place, id: string, operation: string): string =>
  `insert into ${logIn(place)} (table_name, record_id, operation, origin, changed_at)
      values (${literal(place.name)}, ${id}, ${operation}, nullif(current_setting('syncline.origin', true), ''), transaction_timestamp())`

/**
 * Each write of a row writes a row of the log in the same transaction: committed or undone with it. A write that changes nothing is
 * not noted, and one that changes the key is a deletion and an insertion.
 */
export const install = (place: Place, key: string): ReadonlyArray<string> => {
  const table = sqlOf(place)
  const column = quote(key)
  return [
    `create table if not exists ${logIn(place)} (
  table_name text not null,
  xid xid8 not null default pg_current_xact_id(),
  seq bigint generated always as identity,
  record_id text,
  operation text not null,
  origin text,
  changed_at timestamp with time zone not null,
  primary key (table_name, xid, seq)
)`,
    `create table if not exists ${trimmedIn(place)} (
  table_name text primary key,
  xid xid8 not null,
  seq bigint not null
)`,
    `create or replace function ${functionOf(place)}() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $syncline$
begin
  if tg_op = 'INSERT' then
    ${note(place, `new.${column}::text`, "'insert'")};
  elsif tg_op = 'DELETE' then
    ${note(place, `old.${column}::text`, "'delete'")};
  elsif tg_op = 'TRUNCATE' then
    ${note(place, "null", "'truncate'")};
  elsif not old *= new then
    if old.${column} is distinct from new.${column} then
      ${note(place, `old.${column}::text`, "'delete'")};
    end if;
    ${note(place, `new.${column}::text`, "'update'")};
  end if;
  return null;
end
$syncline$`,
    `create or replace trigger ${rowTrigger} after insert or update or delete on ${table}
  for each row execute function ${functionOf(place)}()`,
    `create or replace trigger ${truncateTrigger} after truncate on ${table}
  for each statement execute function ${functionOf(place)}()`
  ]
}

const noticeIn = ({ schema }: Place): string => sqlOf({ schema, name: noticeTrigger })

/**
 * Says that the log may have grown, in the transaction that makes it grow, for workers that listen. Not part of the log: without it
 * changes are found by the schedule. PostgreSQL lets transactions that notify commit one after another, so where very many write a
 * table at once the trigger may be dropped.
 */
export const notify = (place: Place): ReadonlyArray<string> => [
  `create or replace function ${noticeIn(place)}() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $syncline$
begin
  perform pg_notify(${literal(channel)}, tg_table_schema || '.' || tg_table_name);
  return null;
end
$syncline$`,
  `create or replace trigger ${noticeTrigger} after insert or update or delete or truncate on ${sqlOf(place)}
  for each statement execute function ${noticeIn(place)}()`
]

/** The log itself stays, for the other tables of the schema. */
export const remove = (place: Place): ReadonlyArray<string> => [
  `drop trigger if exists ${rowTrigger} on ${sqlOf(place)}`,
  `drop trigger if exists ${truncateTrigger} on ${sqlOf(place)}`,
  `drop trigger if exists ${noticeTrigger} on ${sqlOf(place)}`,
  `drop function if exists ${functionOf(place)}()`,
  `delete from ${logIn(place)} where table_name = ${literal(place.name)}`,
  `delete from ${trimmedIn(place)} where table_name = ${literal(place.name)}`
]

/**
 * Names the log that a position belongs to, or null where changes are not captured.
 *
 * Another server, a server restored or failed over, another database, a log made anew, and triggers that were gone or disabled for a
 * while: after each of these, positions taken before may have missed changes.
 */
export const identityOf = (place: Place): string => `(
    select concat_ws('/', s.system_identifier, c.timeline_id, d.oid, l.oid, 
      max(g.oid::text || '.' || g.xmin::text), min(g.oid::text || '.' || g.xmin::text))
    from pg_control_system() as s, pg_control_checkpoint() as c, pg_database as d, pg_class as l, pg_trigger as g
    where d.datname = current_database() and l.oid = to_regclass(${literal(logIn(place))})
      and g.tgrelid = to_regclass(${literal(sqlOf(place))}) and g.tgname in ('${rowTrigger}', '${truncateTrigger}')
      and g.tgenabled in ('O', 'A')
    group by s.system_identifier, c.timeline_id, d.oid, l.oid having count(*) = 2)`

/** How much the log holds of the table. */
export const status = (place: Place): string =>
  `select count(*)::float8 as rows,
    (extract(epoch from min(changed_at)) * 1000)::float8 as "oldestMs",
    (extract(epoch from max(changed_at)) * 1000)::float8 as "newestMs"
    from ${logIn(place)} where table_name = ${literal(place.name)}`
