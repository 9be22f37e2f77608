/**
 * How long it is from a webhook to the record at the other side, at so many events a second over so many tenants, beside how long the
 * provider takes to read a record, in one run: `node --conditions=@syncline/source bench/src/webhooks/Applied.ts [seconds] [a second] [tenants]`.
 *
 * Each event is an edit at the provider that a signed webhook tells of. The row's own trigger says when it was there.
 */
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { ConnectionName, TenantId } from "@syncline/core"
import { defineConfig, Dispatch, Engine, StoredConfig, Worker } from "@syncline/engine"
import { Claims, EmbeddedPostgres, Envelope, Maintenance, Postgres, Store, Tenants } from "@syncline/store"
import { Clock, Effect, Layer } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as CpuTime from "../CpuTime.ts"

const [seconds = 30, perSecond = 100, tenants = 50] = process.argv.slice(2).map(Number)
const secret = "whsec_theBenchSignsWithThis01"
/** So many that none is edited again within a burst, which takes two readings whoever tells of it how often. */
const customers = Math.ceil((perSecond * 1.5 * Claims.burstMs) / 1000)

/** What a process does for the first time takes longer: it is not measured. */
const warmUpSeconds = 5

const p99 = (values: ReadonlyArray<number>): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.99)] ?? 0

const names = Array.from({ length: tenants }, (_, index) => `t${index}`)

const measure = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-applied-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const { pid, url } = yield* EmbeddedPostgres.start({ folder })
  const { query } = yield* Postgres.open({ url, max: 4 })
  const account = yield* StripeSandbox.open({ size: { ...StripeSandbox.empty, customers } })
  const provider = yield* StripeSandbox.serve(account)
  const project = defineConfig({
    connections: {
      stripe: {
        connector: stripe,
        config: { apiKey: account.apiKey, baseUrl: provider.url, requestsPerSecond: 10_000, webhookSecrets: [secret] }
      },
      warehouse: { connector: postgres, config: { schema: "own", tables: { customers: {} } } }
    },
    integrations: {
      billing: { source: "stripe", target: "warehouse", entities: [{ source: "customer", target: "customers" }] }
    },
    jobs: { customers: { integration: "billing", entity: "customer", schedule: { every: "1 day" } } }
  })
  const services = yield* Layer.build(
    Layer.mergeAll(
      Store.layer({ url, max: 20, masterKeys: [Envelope.keyOf(Buffer.alloc(32, 1))] }),
      HttpClient.layer,
      Dispatch.layerLocal
    )
  )

  // Each tenant is entered, synced once and given its address, so that what is measured is webhooks alone.
  yield* query("create table applied (tenant text, note text, at_ms float8)")
  const paths = yield* Effect.forEach(names, (name) =>
    Effect.gen(function* () {
      const tenant = TenantId.make(name)
      yield* (yield* Tenants.Tenants).add(tenant)
      yield* StoredConfig.put(tenant, ConnectionName.make("warehouse"), { schema: name })
      const engine = yield* Layer.build(Layer.fresh(Engine.layer(project, tenant)))
      const { run, webhooks } = yield* Effect.provideContext(Engine, engine)
      yield* run("billing")
      yield* query(`create function ${name}.tell() returns trigger language plpgsql as $$ begin
        insert into applied values ('${name}', new.description, extract(epoch from clock_timestamp()) * 1000); return new; end $$`)
      yield* query(
        `create trigger tell after insert or update on ${name}.customers for each row execute function ${name}.tell()`
      )
      return (yield* webhooks.list)[0]?.path ?? ""
    })
  ).pipe(Effect.provideContext(services))
  const worker = yield* Worker.start(project, {
    process: { worker: "bench", host: "here", pid: 0 },
    slots: 64,
    listensAt: null,
    retention: Maintenance.defaultRetention,
    onServed: () => Effect.void,
    onTaken: () => Effect.void,
    onTrouble: (what, { message }) => Effect.sync(() => void process.stderr.write(`${what}: ${message}\n`))
  }).pipe(Effect.provideContext(services))
  yield* Effect.sleep("10 seconds")

  const ids = [...(yield* account.truth("customer")).keys()]
  const toldAtMs = new Map<string, number>()
  const readMs: Array<number> = []
  /** Below 0: not measured. */
  const event = Effect.fnUntraced(function* (n: number) {
    const id = ids[(n + warmUpSeconds * perSecond) % ids.length]
    if (id === undefined) return
    const note = `note ${n}`
    yield* account.user.edit("customer", id, { description: note })
    const body = JSON.stringify({
      id: `evt_${n}`,
      object: "event",
      type: "customer.updated",
      data: { object: { id, object: "customer" } }
    })
    const atMs = yield* Clock.currentTimeMillis
    if (n >= 0) toldAtMs.set(note, performance.timeOrigin + performance.now())
    const path = paths[Math.abs(n) % paths.length] ?? ""
    yield* worker.receive(path, {
      method: "POST",
      url: `http://127.0.0.1/webhooks/${path}`,
      headers: { "stripe-signature": StripeSandbox.signature(secret, body, atMs) },
      body: new TextEncoder().encode(body)
    })
    if (n < 0 || n % 10 !== 0) return
    const startedAt = performance.now()
    yield* Effect.promise(() =>
      fetch(`${provider.url}/v1/customers/${id}`, { headers: { authorization: `Bearer ${account.apiKey}` } }).then(
        (reply) => reply.text()
      )
    )
    readMs.push(performance.now() - startedAt)
  })
  const send = Effect.fnUntraced(function* (first: number, last: number) {
    for (let n = first; n < last; n++) {
      yield* Effect.forkChild(event(n))
      yield* Effect.sleep(1000 / perSecond)
    }
  })
  yield* send(-warmUpSeconds * perSecond, 0)
  const cpuMsOfStore = Effect.promise(() => CpuTime.ofServer(pid))
  const [storeBefore, before] = [yield* cpuMsOfStore, process.cpuUsage()]
  yield* send(0, seconds * perSecond)
  yield* Effect.sleep("5 seconds")
  const { system, user } = process.cpuUsage(before)
  const storeMs = (yield* cpuMsOfStore) - storeBefore
  const rows = yield* query("select note, min(at_ms) as at_ms from applied group by note order by note")
  const tookMs = rows.flatMap(({ at_ms, note }) => {
    const told = toldAtMs.get(String(note))
    return told === undefined ? [] : [Number(at_ms) - told]
  })
  const sorted = tookMs.toSorted((one, other) => one - other)
  return {
    tenants,
    perSecond,
    events: toldAtMs.size,
    // An edit that another one followed before it was read is not there by itself.
    applied: tookMs.length,
    // CPU time: of the worker, the provider and whoever sends the webhooks, which are one process here; and of PostgreSQL.
    anEvent: { processMs: (system + user) / 1000 / toldAtMs.size, storeMs: storeMs / toldAtMs.size },
    appliedMs: { p50: sorted[Math.floor(sorted.length / 2)] ?? 0, p99: p99(tookMs) },
    readMs: { p99: p99(readMs) },
    beyondReadMs: p99(tookMs) - p99(readMs)
  }
})

const told = await Effect.runPromise(Effect.scoped(measure))
process.stdout.write(`${JSON.stringify(told)}\n`)
process.exit(0)
