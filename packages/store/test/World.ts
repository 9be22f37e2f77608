/** A store on a database of its own, and a pair that is declared in it. */
import {
  ConnectionName,
  Counters,
  type Cursor,
  EntityType,
  type ExecutionId,
  Fingerprint,
  IntegrationName,
  JobName,
  Link,
  RecordId,
  type Side,
  TenantId
} from "@syncline/core"
import { Effect, Layer, Redacted } from "effect"
import { inject } from "vitest"
import { freshDatabase, ownServer, storeDatabase } from "../../../tooling/PostgresForTests.ts"
import type { Batch, Lease, LinkWrite, PairKey, Performed } from "../src/Batch.ts"
import { Cursors, type Owner } from "../src/Cursors.ts"
import * as Envelope from "../src/Envelope.ts"
import { Executions } from "../src/Executions.ts"
import { Jobs } from "../src/Jobs.ts"
import * as Store from "../src/Store.ts"

export const layerOn = (server: string) =>
  Layer.unwrap(
    Effect.map(
      // On another server than the run's own the store makes its tables itself.
      Effect.promise(() => (server === ownServer() ? storeDatabase() : freshDatabase(server))),
      (url) => Store.layer({ url: Redacted.make(url), masterKeys: [Envelope.keyOf(Buffer.alloc(32, 1))] })
    )
  )

export const layer = Layer.unwrap(Effect.sync(() => layerOn(ownServer())))

const installed = inject("installedUrl")

/** The embedded server, and one of another version where this machine has one that lets us in at 127.0.0.1:5432. */
export const servers = [
  { name: "the embedded PostgreSQL", url: ownServer() },
  ...(installed === null ? [] : [{ name: "the installed PostgreSQL", url: installed }])
]

export const tenant = TenantId.make("acme")
export const integration = IntegrationName.make("billing")
export const job = JobName.make("billing-customers")
export const customers: PairKey = { tenant, integration, entity: EntityType.make("customer") }
export const host: Owner = { host: "host-1", pid: 101, label: "syncline run" }
export const otherHost: Owner = { host: "host-2", pid: 202, label: "syncline run" }

export const declare = (of: TenantId = tenant) =>
  Effect.flatMap(Jobs, (jobs) =>
    jobs.declare(of, {
      connections: [
        { name: ConnectionName.make("stripe"), connector: "stripe" },
        { name: ConnectionName.make("database"), connector: "postgres" }
      ],
      integrations: [
        { name: integration, source: ConnectionName.make("stripe"), target: ConnectionName.make("database") }
      ],
      jobs: [{ name: job, integration, entity: customers.entity, definition: { schedule: "manual" } }]
    })
  )

export const start = (pair: PairKey = customers) =>
  Effect.flatMap(Executions, (executions) => executions.start(pair, { job, trigger: "manual", mode: "full" }))

/** Takes a side for an execution that was started. */
export const take = Effect.fnUntraced(function* (
  pair: PairKey,
  side: Side.Side,
  execution: ExecutionId,
  owner: Owner,
  isTakenOver = false
) {
  const run = { job, trigger: "manual", mode: "full", resumes: execution, sides: [side], owner } as const
  const { held } = yield* (yield* Cursors).begin(pair, { ...run, takeOver: isTakenOver ? [side] : [] })
  return held[side] ?? (yield* Effect.die("the side is held"))
})

/** Declares the pair, starts an execution and takes the pair for it. */
export const running = Effect.gen(function* () {
  yield* declare()
  const execution = yield* start()
  const { lease } = yield* take(customers, "source", execution, host)
  return lease
})

export const id = (name: string | number) => RecordId.make(`cus_${name}`)
export const key = (name: string | number) => Link.keyOf("source", id(name))

export const linkOf = (
  name: string | number,
  readVersion: number | null = null,
  content: unknown = name
): LinkWrite => ({
  key: key(name),
  readVersion,
  isDeleted: false,
  sourceFingerprint: Fingerprint.of(String(content)),
  sourceVersion: null,
  observedAtMs: 1_700_000_000_123
})

export const nothing: Performed = { links: [], history: [], failures: [], resolved: [], counters: Counters.zero }

/** What creating these records leaves. */
export const created = (names: ReadonlyArray<string | number>): Performed => ({
  ...nothing,
  links: names.map((name) => linkOf(name)),
  counters: Counters.of({ created: names.length })
})

export const batchOf = (
  lease: Lease,
  names: ReadonlyArray<string | number>,
  advance: Cursor.Cursor | null = null
): Batch => ({
  lease,
  reads: names.map((name) => ({ key: key(name), version: null })),
  advance
})

export const listing = (page: number, generation = 1): Cursor.Cursor => ({
  _tag: "Listing",
  generation,
  position: { page },
  since: { at: 0 }
})
