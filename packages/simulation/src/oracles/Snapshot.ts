/** What the engine's tables hold at a moment, for oracles to compare with the systems' own histories. */
import { Side } from "@syncline/core"
import { Schema, Struct } from "effect"

const Image = Schema.NullOr(Schema.Record(Schema.String, Schema.Json))
const Id = Schema.NullOr(Schema.String)

export const Snapshot = Schema.Struct({
  links: Schema.Array(
    Schema.Struct({
      entity: Schema.String,
      key: Schema.String,
      kind: Schema.String,
      isDeleted: Schema.Boolean,
      status: Schema.String,
      source: Id,
      target: Id,
      sourceImage: Image,
      targetImage: Image
    })
  ),
  entries: Schema.Array(
    Schema.Struct({
      entity: Schema.String,
      key: Schema.String,
      side: Side.Side,
      entry: Schema.String,
      ord: Schema.Finite,
      state: Schema.String
    })
  ),
  cursors: Schema.Array(
    Schema.Struct({ entity: Schema.String, side: Side.Side, epoch: Schema.Finite, state: Schema.NullOr(Schema.Json) })
  ),
  conflicts: Schema.Array(
    Schema.Struct({
      entity: Schema.String,
      key: Schema.String,
      id: Schema.String,
      fields: Schema.Array(Schema.String)
    })
  ),
  /** Records that wait or failed, by key and by the id they were read under: seen, and not forgotten. */
  aside: Schema.Array(
    Schema.Struct({ entity: Schema.String, key: Schema.String, side: Side.Side, id: Id, why: Schema.String })
  ),
  /** Who waits, not woken yet, for which record to be at both sides. */
  waits: Schema.Array(
    Schema.Struct({ entity: Schema.String, key: Schema.String, onEntity: Schema.String, onKey: Schema.String })
  ),
  /** The newest, and those that run. */
  executions: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      entity: Schema.String,
      status: Schema.String,
      trigger: Schema.String,
      startedAtMs: Schema.Finite,
      processed: Schema.Finite,
      created: Schema.Finite,
      updated: Schema.Finite,
      deleted: Schema.Finite,
      failed: Schema.Finite,
      queued: Schema.Finite,
      /** Rows of history that name it. */
      changes: Schema.Finite
    })
  ),
  /** Records that all executions together say they created. */
  created: Schema.Finite,
  /** Records that failed by their own fault, at the side that refuses them. */
  ledger: Schema.Array(
    Schema.Struct({
      entity: Schema.String,
      key: Schema.String,
      side: Side.Side,
      state: Schema.String,
      attempts: Schema.Finite,
      cause: Schema.String
    })
  ),
  /** Webhooks that were taken in. */
  deliveries: Schema.Array(Schema.Struct({ id: Schema.String, receivedAtMs: Schema.Finite })),
  /** Records that webhooks have named, and how often. */
  claims: Schema.Array(
    Schema.Struct({
      entity: Schema.String,
      side: Side.Side,
      id: Schema.String,
      claims: Schema.Finite,
      isPending: Schema.Boolean
    })
  ),
  /** What is kept to enter connections with. */
  credentials: Schema.Array(Schema.Struct({ connection: Schema.String, field: Schema.String, version: Schema.Finite })),
  /** What jobs have to do. */
  wakes: Schema.Array(
    Schema.Struct({ job: Schema.String, entity: Schema.String, class: Schema.String, dueAtMs: Schema.Finite })
  ),
  /** Who drives which connections. */
  drivers: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      epoch: Schema.Finite,
      worker: Schema.NullOr(Schema.String),
      dueAtMs: Schema.NullOr(Schema.Finite)
    })
  ),
  /** How connections are. */
  connections: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      state: Schema.String,
      sinceMs: Schema.NullOr(Schema.Finite),
      probeAtMs: Schema.NullOr(Schema.Finite)
    })
  ),
  /** Executions that have not ended. Read only in the end. */
  unended: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      job: Schema.String,
      startedAtMs: Schema.Finite,
      /** The last heartbeat of whoever holds a side for it; null: nobody does. */
      beatAtMs: Schema.NullOr(Schema.Finite)
    })
  )
})
export type Snapshot = typeof Snapshot.Type

const all = (columns: string, from: string, order: string): string =>
  `(select coalesce(json_agg(json_build_object(${columns}) order by ${order}), '[]') from ${from})`

/** A part of the snapshot, and whose rows it is read from: after each change of them, and in the end. */
interface Part {
  readonly tables: ReadonlyArray<string>
  readonly sql: string
}

/** Of tenant `$1`, each. Read by a session of the world's own, past row-level security. */
const parts: Readonly<Record<keyof Snapshot, Part>> = {
  links: {
    tables: ["link"],
    sql: all(
      `'entity', entity, 'key', record_key, 'kind', kind, 'isDeleted', is_deleted, 'status', status, 'source', source_id, 'target', target_id,
     'sourceImage', source_image, 'targetImage', target_image`,
      "syncline.link where tenant_id = $1",
      "entity, record_key"
    )
  },
  entries: {
    tables: ["outbox"],
    sql: all(
      "'entity', entity, 'key', record_key, 'side', side, 'entry', entry_id, 'ord', ord, 'state', state",
      "syncline.outbox where tenant_id = $1",
      "entity, record_key, side, ord"
    )
  },
  cursors: {
    tables: ["cursor"],
    sql: all(
      "'entity', entity, 'side', side, 'epoch', epoch, 'state', state",
      "syncline.cursor where tenant_id = $1",
      "entity, side"
    )
  },
  conflicts: {
    tables: ["conflict"],
    sql: all(
      "'entity', entity, 'key', record_key, 'id', conflict_id, 'fields', (select coalesce(json_agg(f order by f), '[]') from jsonb_object_keys(contested) as f)",
      "syncline.conflict where tenant_id = $1 and resolved_at is null",
      "entity, record_key"
    )
  },
  aside: {
    tables: ["waiting", "retry_ledger", "match_row"],
    sql: all(
      "'entity', entity, 'key', record_key, 'side', side, 'id', record_id, 'why', why",
      `(select entity, record_key, side, record_id, case when ready_at is null then 'waiting' else 'woken' end as why from syncline.waiting where tenant_id = $1
      union all select entity, record_key, side, null, state from syncline.retry_ledger where tenant_id = $1
      union all select entity, record_id, side, record_id, 'to be matched' from syncline.match_row where tenant_id = $1) as aside`,
      "entity, record_key, side, record_id, why"
    )
  },
  waits: {
    tables: ["waiting"],
    sql: all(
      "'entity', entity, 'key', record_key, 'onEntity', on_entity, 'onKey', on_key",
      "syncline.waiting where tenant_id = $1 and reason = 'reference' and ready_at is null",
      "entity, record_key, on_entity, on_key, side, waiter"
    )
  },
  executions: {
    tables: ["execution", "history"],
    sql: all(
      `'id', execution_id, 'entity', entity, 'status', status, 'trigger', trigger,
     'startedAtMs', extract(epoch from started_at) * 1000, 'processed', processed, 'created', created, 'updated', updated,
     'deleted', deleted, 'failed', failed, 'queued', queued,
     'changes', (select count(*) from syncline.history as h where h.tenant_id = e.tenant_id and h.execution_id = e.execution_id)`,
      `(select * from syncline.execution where tenant_id = $1 and (status = 'running' or execution_id in (
       select execution_id from syncline.execution where tenant_id = $1 order by execution_id desc limit 8))) as e`,
      "execution_id"
    )
  },
  created: {
    tables: ["execution"],
    sql: "(select coalesce(sum(created), 0) from syncline.execution where tenant_id = $1)"
  },
  ledger: {
    tables: ["retry_ledger"],
    sql: all(
      "'entity', entity, 'key', record_key, 'side', side, 'state', state, 'attempts', attempts, 'cause', cause",
      "syncline.retry_ledger where tenant_id = $1",
      "entity, record_key, side"
    )
  },
  deliveries: {
    tables: ["delivery"],
    sql: all(
      "'id', delivery_id, 'receivedAtMs', extract(epoch from received_at) * 1000",
      "syncline.delivery where tenant_id = $1",
      "delivery_id"
    )
  },
  claims: {
    tables: ["claim"],
    sql: all(
      "'entity', entity, 'side', side, 'id', record_id, 'claims', claims, 'isPending', is_pending",
      "syncline.claim where tenant_id = $1",
      "entity, side, record_id"
    )
  },
  credentials: {
    tables: ["credential"],
    sql: all(
      "'connection', connection, 'field', field, 'version', version",
      "syncline.credential where tenant_id = $1",
      "connection, field"
    )
  },
  wakes: {
    tables: ["wake"],
    sql: all(
      "'job', w.job, 'entity', j.entity, 'class', w.class, 'dueAtMs', extract(epoch from w.due_at) * 1000",
      "syncline.wake as w join syncline.job as j on j.tenant_id = w.tenant_id and j.name = w.job where w.tenant_id = $1",
      "w.job, w.class"
    )
  },
  drivers: {
    tables: ["driver"],
    sql: all(
      "'name', name, 'epoch', epoch, 'worker', worker, 'dueAtMs', extract(epoch from due_at) * 1000",
      "syncline.driver where tenant_id = $1",
      "name"
    )
  },
  connections: {
    tables: ["connection"],
    sql: all(
      `'name', name, 'state', state, 'sinceMs', extract(epoch from state_since) * 1000,
     'probeAtMs', extract(epoch from probe_at) * 1000`,
      "syncline.connection where tenant_id = $1",
      "name"
    )
  },
  unended: {
    tables: [],
    sql: all(
      `'id', execution_id, 'job', job, 'startedAtMs', extract(epoch from started_at) * 1000, 'beatAtMs', (
       select extract(epoch from max(heartbeat_at)) * 1000 from syncline.cursor as c
       where c.tenant_id = e.tenant_id and c.execution_id = e.execution_id)`,
      "syncline.execution as e where tenant_id = $1 and status = 'running'",
      "execution_id"
    )
  }
}

/** What prepares the parts in a session: planning them takes longer than performing them. */
export const prepared: ReadonlyArray<string> = Object.entries(parts).map(
  ([name, { sql }]) => `prepare syncline_snapshot_${name}(text) as select json_build_object('${name}', ${sql})`
)

/** Reads the parts that depend on these tables, each a row with one column: an object with that part. */
export const sqlOf = (tenant: string, tables: ReadonlySet<string>): string =>
  Object.entries(parts)
    .flatMap(([name, part]) => (part.tables.some((table) => tables.has(table)) ? executing(name, tenant) : []))
    .join("; ")

/** Reads all parts. */
export const wholeSql = (tenant: string): string =>
  Object.keys(parts)
    .map((name) => executing(name, tenant))
    .join("; ")

const executing = (name: string, tenant: string): string => `execute syncline_snapshot_${name}('${tenant}')`

const decodeParts = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct(Struct.map(Snapshot.fields, Schema.optionalKey)))
)

/** With the parts that a text tells of. */
export const renewed = (before: Snapshot, text: string): Snapshot => ({ ...before, ...decodeParts(text) })

/** Of tenant `$1`: one row with one column, `text`: all that is remembered of values which no side has any more. */
export const keptSql = `select coalesce(string_agg(text, ' ' order by text), '') as text from (
    select fields::text || coalesce(cause::text, '') as text from syncline.history where tenant_id = $1
    union all
    select contested::text || withheld::text || coalesce(source_record::text, '') || coalesce(target_record::text, '')
    from syncline.conflict where tenant_id = $1
  ) as kept`

/** The pair's entity, by its source, is how the engine's rows name it. */
export const none: Snapshot = {
  links: [],
  entries: [],
  cursors: [],
  conflicts: [],
  aside: [],
  waits: [],
  executions: [],
  created: 0,
  ledger: [],
  deliveries: [],
  claims: [],
  credentials: [],
  wakes: [],
  drivers: [],
  connections: [],
  unended: []
}
