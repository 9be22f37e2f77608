/** The connector and an application, kept the same by the real engine over the real store: where the two-way checks happen. */
import { HttpClient, Sql as SqlService, type WebhookRequest } from "@syncline/connector"
import type { ConformanceAccount, Opening } from "@syncline/connector/sandbox"
import { type Fields, RecordId, TenantId } from "@syncline/core"
import {
  type AnyConnector,
  defineConfig,
  Engine,
  type EngineError,
  type ExecutionReport,
  type InvalidProject,
  type Policies,
  type Project,
  type ReconcileReport,
  SqlRemote,
  type StoreUnavailable
} from "@syncline/engine"
import { Effect, Layer, type Scope } from "effect"
import { assert } from "vitest"
import { type Skipped, skip } from "./Check.ts"
import type { Opened, Person, Subject } from "./Subject.ts"
import * as Tap from "./Tap.ts"
import * as Twin from "./Twin.ts"
import * as VirtualTime from "./VirtualTime.ts"

export type SideName = "provider" | "app"

export interface Options extends Opening, Policies {
  /** Only an entity that can be created and changed by the connector; without it, one that is only read will do. */
  readonly isWritten?: boolean
  /** Only an entity whose records refer to others by a field that the connector writes. */
  readonly refers?: boolean
}

type Failed = EngineError | InvalidProject | StoreUnavailable

export interface Linked extends Opened {
  readonly person: Person
  /** The fields of the entity that go both ways. */
  readonly fields: ReadonlyArray<Twin.SharedField>
  readonly isWritten: boolean
  /** The provider's wire; null: it is a database. */
  readonly tap: Tap.Tap | null
  /** One run at once, whatever comes of it. */
  readonly runNow: Effect.Effect<ReadonlyArray<ExecutionReport>, Failed>
  /** The same once every change has had the time to show that the connector declares. */
  readonly run: Linked["runNow"]
  /** The same by listing everything again. */
  readonly runFull: Linked["runNow"]
  /** One run that must complete, without a failed record. */
  readonly sync: Linked["runNow"]
  /** Compares all ids of both sides, once every change has had the time to show. */
  readonly reconcile: Effect.Effect<ReadonlyArray<ReconcileReport>, Failed>
  /** Deletions that were too many at once. */
  readonly heldDeletions: Effect.Effect<number, Failed>
  /** A person says that these deletions are meant. */
  readonly approveDeletions: Effect.Effect<void, Failed>
  /** Takes in what the provider sends, by the address that the connection has for it. Answers the statuses. */
  readonly receive: (
    requests: ReadonlyArray<WebhookRequest>,
    readBy?: AnyConnector
  ) => Effect.Effect<ReadonlyArray<number>, Failed>
  /** Reads bodies again that could not be read. */
  readonly reread: Effect.Effect<void, Failed>
  /** Syncs what the webhooks claim that were taken in. */
  readonly ingest: Linked["runNow"]
  readonly check: Effect.Effect<ReadonlyArray<string>, InvalidProject | StoreUnavailable>
  /** Creates records by hand at a side. */
  readonly made: (side: SideName, count: number) => Effect.Effect<ReadonlyArray<RecordId>>
  readonly user: (side: SideName) => ConformanceAccount["user"]
  readonly truth: (side: SideName, entity?: string) => Effect.Effect<ReadonlyMap<RecordId, Fields>>
  /** Both sides hold the same records, each once. */
  readonly isEven: Effect.Effect<void>
  /** Writes that the runs since the last time sent to both sides. */
  readonly written: (reports: ReadonlyArray<ExecutionReport>) => number
  /** Open conflicts of this tenant. */
  readonly conflicts: Effect.Effect<number, Failed>
  /** Every row of the store, as text. */
  readonly everythingStored: Effect.Effect<ReadonlyArray<string>>
}

let tenants = 0

/** Opens both sides, empty, and an engine that is a tenant of its own. */
export const open = Effect.fn("Linked.open")(function* (
  subject: Subject,
  options: Options = {}
): Effect.fn.Return<Linked, Skipped, Scope.Scope> {
  const { isLimited, isWritten: mustWrite = false, lagMs, refers = false, size, skewMs, ...policies } = options
  const opened = yield* subject.open({
    ...(isLimited !== undefined && { isLimited }),
    ...(lagMs !== undefined && { lagMs }),
    ...(size !== undefined && { size }),
    ...(skewMs !== undefined && { skewMs })
  })
  const person = yield* chosen(opened, mustWrite, refers)
  const names = needed(opened, person)
  const { connector: twin, sandbox, shared } = Twin.of(opened, names)
  const app = yield* Effect.provideService(sandbox.open({}), SqlService, SqlRemote.onDatabase(subject.store.postgres))
  const tap = opened.account.wire === null ? null : Tap.make(opened.account.wire.handler)
  const isBoth = writes(opened, person)
  const tenant = TenantId.make(`conformance-${subject.connector.name}-${(tenants += 1)}`)

  const integrations: Project["integrations"] = {
    both: {
      source: "provider",
      target: "app",
      strategy: "source_wins",
      ...policies,
      entities: names.map((name) => ({
        source: name,
        target: name,
        match: [],
        mapping: Twin.mapping(shared.get(name) ?? [])
      }))
    }
  }
  const jobs: Project["jobs"] = Object.fromEntries(
    names.map((name) => {
      const entity = opened.people.get(name)
      const direction = entity !== undefined && writes(opened, entity) ? "bidirectional" : "source_to_target"
      return [`job-${name}`, { integration: "both", entity: name, direction } as const]
    })
  )
  const project = (connector: AnyConnector) =>
    defineConfig({
      connections: {
        provider: { connector, config: opened.account.config },
        app: { connector: twin, config: app.config }
      },
      integrations,
      jobs
    })
  const transport = HttpClient.Transport.of(routed(tap, Tap.make(app.wire === null ? nobody : app.wire.handler)))
  const engine = (connector: AnyConnector) =>
    Layer.build(
      Engine.layer(project(connector), tenant).pipe(
        Layer.provide(subject.store.layer),
        Layer.provide(Layer.succeed(HttpClient.Transport, transport))
      )
    ).pipe(Effect.flatMap((services) => Effect.provideContext(Engine, services)))
  const withEngine = <A, E>(use: (engine: Engine["Service"]) => Effect.Effect<A, E>, connector = subject.connector) =>
    Effect.scoped(Effect.flatMap(engine(connector), use))

  const accounts = { provider: opened.account, app }
  const fields = shared.get(person.entity) ?? []
  const truth = (side: SideName, entity = person.entity) => accounts[side].truth(entity)
  const runNow = withEngine((engine) => Effect.map(engine.run("both"), ({ executions }) => executions))
  const settled = VirtualTime.pass(marginMs + Math.max(...names.map((name) => lateBy(opened.entities[name]))))
  const run = Effect.andThen(settled, runNow)
  let made = 0

  return {
    ...opened,
    person,
    fields,
    isWritten: isBoth,
    tap,
    run,
    runNow,
    runFull: Effect.andThen(
      settled,
      withEngine((engine) => Effect.map(engine.run("both", { full: true }), ({ executions }) => executions))
    ),
    sync: Effect.tap(run, (executions) =>
      Effect.gen(function* () {
        const failed = executions.filter(({ status }) => status !== "completed")
        if (failed.length === 0) return
        const why = yield* subject.store.postgres
          .query("select message from syncline.retry_ledger where tenant_id = $1 order by record_key", [tenant])
          .pipe(Effect.orDie)
        assert.fail(
          failed.map(({ job, reason, status }) => `${job}: ${status}, ${reason} ${JSON.stringify(why)}`).join("; ")
        )
      })
    ),
    reconcile: Effect.andThen(
      settled,
      withEngine((engine) => engine.reconcile("both"))
    ),
    heldDeletions: withEngine((engine) => Effect.map(engine.deletes.list({ limit: 1000 }), (held) => held.length)),
    approveDeletions: withEngine((engine) => Effect.asVoid(engine.deletes.approve("both", { by: "a person" }))),
    receive: (requests, readBy) =>
      withEngine(
        (engine) =>
          Effect.gen(function* () {
            const at = (yield* engine.webhooks.list).find(({ connection }) => connection === "provider")
            if (at === undefined) return yield* Effect.die(new Error("the connection has no address for webhooks"))
            return yield* Effect.forEach(
              requests,
              (request) => Effect.map(engine.webhooks.receive(at.path, request), ({ status }) => status),
              { concurrency: receivedAtOnce }
            )
          }),
        readBy
      ),
    reread: withEngine((engine) => Effect.asVoid(engine.webhooks.reread)),
    ingest: withEngine((engine) => Effect.map(engine.webhooks.ingest("both"), ({ executions }) => executions)),
    check: withEngine((engine) => Effect.map(engine.check, (lines) => lines.map(({ detail }) => detail))),
    user: (side) => accounts[side].user,
    truth,
    made: Effect.fnUntraced(function* (side, count) {
      const ids: Array<RecordId> = []
      for (let index = 0; index < count; index += 1) {
        made += 1
        const of = (each: Person, at: number, known: ReadonlyMap<string, RecordId>): Fields => {
          const filled = each.record(at, (name) => known.get(name) ?? RecordId.make("nobody"))
          if (side === "provider") return filled
          const going = shared.get(each.entity) ?? []
          return Object.fromEntries(going.map(({ name }) => [name, filled[name] ?? null]))
        }
        const known = new Map<string, RecordId>()
        for (const name of names.slice(0, -1)) {
          const each = opened.people.get(name)
          if (each !== undefined) known.set(name, yield* accounts[side].user.create(name, of(each, made, known)))
        }
        ids.push(yield* accounts[side].user.create(person.entity, of(person, made, known)))
      }
      return ids
    }),
    isEven: Effect.gen(function* () {
      const compared = fields.filter(({ reference }) => reference === null)
      const told = (records: ReadonlyMap<RecordId, Fields>) =>
        [...records.values()]
          .map((record) => JSON.stringify(compared.map(({ name }) => record[name] ?? null)))
          .toSorted()
      assert.deepEqual(told(yield* truth("app")), told(yield* truth("provider")), "both sides hold the same records")
    }),
    written: (reports) =>
      reports.reduce((sum, { counters: { created, deleted, updated } }) => sum + created + updated + deleted, 0),
    conflicts: withEngine((engine) => Effect.map(engine.conflicts.list({ limit: 100 }), (open) => open.length)),
    everythingStored: everythingStored(subject)
  }
})

/** The resolution of the `Date` header, by which the application's clock is read, and one more second. */
const marginMs = 3000

/** How late a change may show, or a create that is looked for. */
const lateBy = (entity: Opened["entities"][string] | undefined): number =>
  Math.max(entity?.source.changes?.lagMs ?? 0, entity?.target?.create?.find?.lagMs ?? 0)

/** As many as a provider sends side by side. */
const receivedAtOnce = 100

const nobody = () => Effect.die(new Error("the application has a wire"))

/** Requests to the application go there, all others to the provider. */
const routed = (provider: Tap.Tap | null, app: Tap.Tap): HttpClient.Transport["Service"] => {
  const of = (url: string) => (new URL(url).host === Twin.host || provider === null ? app : provider).transport
  return { send: (request) => of(request.url).send(request), open: (request) => of(request.url).open(request) }
}

const writes = ({ entities }: Opened, { entity }: Person): boolean => {
  const target = entities[entity]?.target
  return target?.create !== undefined && target.update !== undefined
}

const chosen = (opened: Opened, mustWrite: boolean, refers: boolean): Effect.Effect<Person, Skipped> => {
  const all = [...opened.people.values()]
  const writable = all.filter((person) => writes(opened, person))
  if (mustWrite && writable.length === 0) return skip("its records are only read")
  const referring = writable.find(
    (person) =>
      needed(opened, person).length > 1 &&
      refersItself(opened, person) &&
      needed(opened, person).every((name) => writable.some(({ entity }) => entity === name))
  )
  if (refers)
    return referring === undefined
      ? skip("no record that it writes refers to another by a field of its own")
      : Effect.succeed(referring)
  const [first] = [...writable, ...all].filter((person) => needed(opened, person).length === 1)
  return first === undefined ? skip("every entity refers to another") : Effect.succeed(first)
}

/** The application has no fields within fields, so a reference that lies deeper does not reach it. */
const refersItself = ({ entities }: Opened, person: Person): boolean => {
  const entity = entities[person.entity]
  return entity !== undefined && Twin.fieldsOf(person, entity).some(({ reference }) => reference !== null)
}

/** An entity and those that its records refer to, which come first. */
const needed = ({ people }: Opened, person: Person): ReadonlyArray<string> => {
  const names = new Set<string>()
  const visit = (each: Person): void => {
    each.record(0, (name) => {
      const found = people.get(name)
      if (found !== undefined && !names.has(name) && name !== each.entity) visit(found)
      return RecordId.make("nobody")
    })
    names.add(each.entity)
  }
  visit(person)
  return [...names]
}

const everythingStored = ({ store: { postgres } }: Subject): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const tables = yield* postgres.query(
      "select tablename as name from pg_tables where schemaname = 'syncline' order by tablename"
    )
    const lines: Array<string> = []
    for (const { name } of tables) {
      const rows = yield* postgres.query(
        `select to_jsonb(t)::text as line from syncline."${String(name)}" t order by 1`
      )
      lines.push(...rows.map(({ line }) => String(line)))
    }
    return lines
  }).pipe(Effect.orDie)
