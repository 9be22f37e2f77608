/**
 * What changed in an application's table, by its change log.
 *
 * The log is read below the oldest transaction that is still open. Sequence numbers alone are given in another order than transactions
 * commit in, so reading by them would pass rows that become visible later.
 */
import {
  type CaughtUp,
  type Change,
  type Changes,
  ConnectorError,
  PositionExpired,
  Rejected,
  type Sql,
  Transient,
  Verb,
  Walk
} from "@syncline/connector"
import { type Fields, RecordId } from "@syncline/core"
import { Clock, Effect, Schema } from "effect"
import * as CaptureSql from "./CaptureSql.ts"
import { type Place, rowsOf, sqlOf } from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import { literal } from "./Identifier.ts"
import type { ApplicationLayout, Known } from "./Layout.ts"
import { columnSql, isLiveSql } from "./Rows.ts"

const pageSize = 1000

/** A reader that stays away for longer lists again. */
const keptMs = 7 * 24 * 3_600_000
const trimmedAtOnce = 10_000

/** A committed change that waits for longer than this is told, with the process that it waits for. */
const patienceMs = 60_000

const At = Schema.Struct({
  identity: Schema.String,
  /** Everything up to here is read: the transaction, and the row of it. */
  xid: Schema.String,
  seq: Schema.String,
  /** Where the walk ends: every transaction below has ended. */
  until: Schema.NullOr(Schema.String)
})

const Noted = Schema.Struct({
  xid: Schema.String,
  seq: Schema.String,
  id: Schema.NullOr(RecordId),
  operation: Schema.String,
  isThere: Schema.NullOr(Schema.Boolean)
})
type Noted = typeof Noted.Type

const Reading = Schema.Struct({
  identity: Schema.NullOr(Schema.String),
  until: Schema.String,
  isLost: Schema.Boolean,
  /** When the oldest change was made that is committed and lies beyond `until`. */
  waitingSinceMs: Schema.NullOr(Schema.Finite),
  /** The log holds what is older than `keptMs`, and this user may remove it. */
  isTrimmable: Schema.Boolean,
  changes: Schema.Array(Noted)
})

const Start = Schema.Struct({ identity: Schema.NullOr(Schema.String), xid: Schema.String })

const horizon = "pg_snapshot_xmin(pg_current_snapshot())"

const startSql = (place: Place): string => `select ${CaptureSql.identityOf(place)} as identity, ${horizon}::text as xid`

/** One statement, so one snapshot: what the log holds, and whether it is still the log that the position is of. */
const readSql = (place: Place, layout: ApplicationLayout): string => {
  const log = CaptureSql.logIn(place)
  const trimmed = CaptureSql.trimmedIn(place)
  const name = literal(place.name)
  const key = `f.record_id::${ColumnType.comparedAs(layout.id.type)}`
  return `with bound as materialized (select coalesce(nullif($3::text, '')::xid8, ${horizon}) as until),
    found as materialized (
      select * from ${log} as l
      where l.table_name = ${name} and (l.xid, l.seq) > ($1::text::xid8, $2::text::bigint) and l.xid < (select until from bound)
      order by l.xid, l.seq limit ${pageSize})
    select ${CaptureSql.identityOf(place)} as identity,
      (select until::text from bound) as until,
      $1::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) or exists(
        select from ${trimmed} as m where m.table_name = ${name} and (m.xid, m.seq) > ($1::text::xid8, $2::text::bigint)
      ) as "isLost",
      (select (extract(epoch from l.changed_at) * 1000)::float8 from ${log} as l
        where l.table_name = ${name} and l.xid >= (select until from bound) order by l.xid, l.seq limit 1) as "waitingSinceMs",
      coalesce((select l.changed_at from ${log} as l where l.table_name = ${name} order by l.xid, l.seq limit 1)
          < to_timestamp($4::text::float8 / 1000), false)
        and has_table_privilege(${literal(log)}, 'delete') and has_table_privilege(${literal(trimmed)}, 'insert')
        and has_table_privilege(${literal(trimmed)}, 'update') as "isTrimmable",
      (select coalesce(jsonb_agg(jsonb_build_object(
          'xid', f.xid::text, 'seq', f.seq::text, 'id', f.record_id, 'operation', f.operation,
          'isThere', case when f.operation = 'delete' then exists(
            select from ${layout.table} as t where ${columnSql(layout.id)} = ${key} and ${isLiveSql(layout)}) end
        ) order by f.xid, f.seq), '[]') from found as f) as changes`
}

const trimSql = (place: Place): string => {
  const before = "to_timestamp($1::text::float8 / 1000)"
  const log = CaptureSql.logIn(place)
  const name = literal(place.name)
  return `with oldest as (
      select l.xid, l.seq, l.changed_at from ${log} as l
      where l.table_name = ${name}
        and (select l.changed_at from ${log} as l where l.table_name = ${name} order by l.xid, l.seq limit 1) < ${before}
      order by l.xid, l.seq limit ${trimmedAtOnce}),
    trimmed as (
      delete from ${log} as l using oldest as o
      where l.table_name = ${name} and l.xid = o.xid and l.seq = o.seq
        and o.changed_at < ${before} and o.xid < ${horizon}
      returning l.xid, l.seq)
    insert into ${CaptureSql.trimmedIn(place)} as m (table_name, xid, seq)
    select ${name}, t.xid, t.seq from trimmed as t order by t.xid desc, t.seq desc limit 1
    on conflict (table_name) do update set xid = excluded.xid, seq = excluded.seq where (m.xid, m.seq) < (excluded.xid, excluded.seq)`
}

/** Removes up to 10,000 of the oldest rows of the log, if they were written before `beforeMs` and no open transaction lies below. */
export const trim = Effect.fn("Captured.trim")(function* (place: Place, beforeMs: number) {
  yield* rowsOf(Schema.Struct({}), trimSql(place), [String(beforeMs)])
})

const operationOn = (place: Place): string => `changes of table ${sqlOf(place)}`

const notCaptured = (place: Place) =>
  new ConnectorError({
    operation: operationOn(place),
    reason: new Rejected({
      fields: {
        "": `its changes are not captured: run syncline capture install, or leave capture out of its configuration`
      }
    })
  })

const expired = (place: Place, detail: string) =>
  new ConnectorError({ operation: operationOn(place), reason: new PositionExpired({ detail }) })

const Blocking = Schema.Struct({ holder: Schema.String })

const blockingSql = `select holder from (
    select format('process %s (database %s, user %s, %s), which select pg_terminate_backend(%1$s) ends', a.pid, a.datname, a.usename, coalesce(a.state, 'state hidden')) as holder,
      age(a.backend_xid) as age
    from pg_stat_activity as a where a.backend_xid is not null and a.pid <> pg_backend_pid()
    union all
    select format('the prepared transaction %L, which commit prepared or rollback prepared ends', p.gid), age(p.transaction) from pg_prepared_xacts as p
  ) as open order by age desc, holder limit 1`

/** Whatever is committed waits for the oldest open transaction, so one that is forgotten would hold everything up in silence. */
const blocked = Effect.fnUntraced(function* (place: Place, waitedMs: number) {
  const [blocking] = yield* rowsOf(Blocking, blockingSql)
  const holder = blocking?.holder ?? "a transaction that this user may not see"
  return yield* new ConnectorError({
    operation: operationOn(place),
    reason: new Transient({
      detail: `changes have waited ${Math.round(waitedMs / 1000)} s for an older transaction to end: ${holder}`
    })
  })
})

/** Each record once, as the page says last; a deletion of a row that is there again is a mere touch. */
const changesOf = (noted: ReadonlyArray<Noted>): ReadonlyArray<Change<Fields>> => {
  const latest = new Map<RecordId, Change<Fields>>()
  for (const { id, isThere } of noted) {
    if (id === null) continue
    latest.delete(id)
    latest.set(id, isThere === false ? Verb.gone(id) : Verb.touched(id))
  }
  return [...latest.values()]
}

export const changes = (known: Known<ApplicationLayout>, place: Place): Changes<Fields, Sql> => {
  const walk = Walk.make<typeof At.Type, Change<Fields>, CaughtUp, Sql>({
    position: At,
    start: Effect.gen(function* () {
      const [found] = yield* rowsOf(Start, startSql(place))
      const identity = found?.identity ?? null
      if (found === undefined || identity === null) return yield* notCaptured(place)
      return { identity, xid: found.xid, seq: "0", until: null }
    }),
    read: Effect.fn("Captured.read")(function* (at) {
      const nowMs = yield* Clock.currentTimeMillis
      const oldestMs = nowMs - keptMs
      const parameters = [at.xid, at.seq, at.until ?? "", String(oldestMs)]
      const [reading] = yield* rowsOf(Reading, readSql(place, yield* known.get), parameters)
      const identity = reading?.identity ?? null
      if (reading === undefined || identity === null) return yield* notCaptured(place)
      const { changes: noted, isLost, isTrimmable, until, waitingSinceMs } = reading
      if (identity !== at.identity) return yield* expired(place, "the change log is not the one that was read before")
      if (isLost) return yield* expired(place, "the change log no longer holds everything since it was last read")
      if (noted.some(({ operation }) => operation === "truncate"))
        return yield* expired(place, "the table was truncated")
      const items = changesOf(noted)
      const last = noted.at(-1)
      if (last !== undefined && noted.length === pageSize) {
        return { items, next: { more: { identity, xid: last.xid, seq: last.seq, until } } }
      }
      const waitedMs = waitingSinceMs === null ? 0 : nowMs - waitingSinceMs
      if (items.length === 0 && waitedMs > patienceMs) return yield* blocked(place, waitedMs)
      if (isTrimmable) yield* trim(place, oldestMs)
      return {
        items,
        next: {
          end: (encode) => ({ _tag: "CaughtUp", position: encode({ identity, xid: until, seq: "0", until: null }) })
        }
      }
    })
  })
  // `Walk.read` is a method, so it is named here instead of spread.
  return { lagMs: 0, precisionMs: 0, deletes: true, start: walk.start, read: (position) => walk.read(position) }
}
