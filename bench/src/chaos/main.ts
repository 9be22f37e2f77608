/**
 * `npm run chaos -- --kills N --stops N --cuts N --seed S --json`: two workers that are killed, frozen and cut off while people write
 * at both sides. Then everything is let come to rest, and both sides' own records say whether anything was lost or made twice.
 */
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { Capture, postgres } from "@syncline/connector-postgres"
import { Sql } from "@syncline/connector"
import { SqlRemote } from "@syncline/engine"
import { EmbeddedPostgres, Postgres } from "@syncline/store"
import { Clock, Effect, Random, Redacted, Schema, Schedule, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import * as Cuts from "./Cuts.ts"
import { crm } from "./Project.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "5" },
    stops: { type: "string", default: "2" },
    cuts: { type: "string", default: "2" },
    seed: { type: "string", default: "ada" },
    json: { type: "boolean", default: false }
  }
})
const wanted = { kills: Number(values.kills), stops: Number(values.stops), cuts: Number(values.cuts) }

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

const ddl = `create schema crm; create table crm.contacts (id bigint generated always as identity primary key,
  full_name text, email text unique, phone text, note text)`

const until = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  Effect.asVoid(Effect.repeat(condition, { until: (holds) => holds, schedule: Schedule.spaced("50 millis") }))

/** Long enough that a worker is taken for dead. */
const frozenMs = 13_000

type Account = Effect.Success<ReturnType<typeof StripeSandbox.openFolder>>

interface World {
  readonly account: Account
  readonly query: Postgres.Postgres["query"]
  readonly start: () => void
  readonly workers: Set<ChildProcess>
  readonly cuts: Cuts.Cuts
  /** What each record must hold in the end, by its email address. */
  readonly phones: Map<string, string>
  readonly notes: Map<string, string>
}

const open = Effect.fn("open")(function* () {
  let isOver = false
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-chaos-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const { url } = yield* EmbeddedPostgres.start({ folder })
  const pool = yield* Postgres.open({ url, max: 4 })
  yield* pool.query(ddl)
  const config = yield* Effect.orDie(Schema.decodeUnknownEffect(postgres.config)(crm))
  yield* Effect.provideService(Capture.install(config, "contacts"), Sql, SqlRemote.onDatabase(pool))
  const account = yield* StripeSandbox.openFolder(join(folder, "stripe"), {
    size: { ...StripeSandbox.empty, customers: 20 }
  })
  const served = yield* StripeSandbox.serve(account)
  const cuts = yield* Cuts.before(Redacted.value(url))
  const workers = yield* Effect.acquireRelease(
    Effect.sync(() => new Set<ChildProcess>()),
    (all) =>
      Effect.sync(() => {
        isOver = true
        for (const worker of all) worker.kill("SIGKILL")
      })
  )
  const start = () => {
    const worker = spawn(
      process.execPath,
      [
        "--conditions=@syncline/source",
        pathOf("../../../apps/worker/src/main.ts"),
        "worker",
        "--port=0",
        `--config=${pathOf("../../chaos.config.ts")}`
      ],
      {
        cwd: folder,
        env: {
          ...process.env,
          DATABASE_URL: cuts.url,
          CHAOS_API_KEY: account.apiKey,
          CHAOS_URL: served.url,
          SYNCLINE_HOME: folder
        },
        stdio: ["ignore", "ignore", values.json ? "ignore" : "inherit"]
      }
    )
    workers.add(worker)
    // As whatever supervises a worker would: one that ends is started again.
    worker.on("exit", () => {
      workers.delete(worker)
      if (!isOver) setTimeout(start, 500)
    })
  }
  const world: World = { account, query: pool.query, start, workers, cuts, phones: new Map(), notes: new Map() }
  return world
})

/** People at work: contacts are made and called at the CRM, customers are made and noted at Stripe. */
const work = Effect.fn("work")(function* (world: World, step: number) {
  const chance = yield* Random.nextIntBetween(0, 4)
  const known = [...world.phones.keys()]
  const some = known[(yield* Random.nextIntBetween(0, known.length + 1)) % Math.max(1, known.length)]
  if (chance === 0 || some === undefined) {
    const email = `crm.${step}@example.net`
    yield* world.query("insert into crm.contacts (full_name, email, phone) values ($1, $2, $3)", [
      `Contact ${step}`,
      email,
      `p${step}`
    ])
    world.phones.set(email, `p${step}`)
  } else if (chance === 1) {
    const email = `shop.${step}@example.com`
    yield* world.account.user.create("customer", { name: `Customer ${step}`, email, description: `n${step}` })
    world.notes.set(email, `n${step}`)
  } else if (chance === 2) {
    yield* world.query("update crm.contacts set phone = $2 where email = $1", [some, `p${step}`])
    world.phones.set(some, `p${step}`)
  } else {
    const customers = yield* world.account.truth("customer")
    const [id] = [...customers].find(([, { email }]) => email === some) ?? []
    if (id === undefined) return
    yield* world.account.user.edit("customer", id, { description: `n${step}` })
    world.notes.set(some, `n${step}`)
  }
})

const ownerPid = (world: World) =>
  Effect.map(
    world.query(
      "select w.pid from syncline.driver d join syncline.worker w on w.worker_id = d.worker order by d.taken_at desc limit 1"
    ),
    ([row]) => Number(row?.["pid"] ?? 0)
  )

/** Where in its work the fault met the engine, by what the rows say. */
const crashPoint = (world: World) =>
  Effect.map(
    world.query(
      `select case when exists (select from syncline.outbox where state = 'in_flight') then 'request under way'
         when exists (select from syncline.outbox where state = 'pending') then 'decided, not sent'
         when exists (select from syncline.execution where status = 'running') then 'finding'
         when exists (select from syncline.driver where worker is not null) then 'turn taken' else 'idle' end as point`
    ),
    ([row]) => String(row?.["point"])
  )

let markers = 0

/** A contact that is made now; how long until Stripe has it, in seconds. */
const recovery = Effect.fn("recovery")(function* (world: World) {
  const email = `marker.${++markers}@example.net`
  const startedAtMs = yield* Clock.currentTimeMillis
  yield* world.query("insert into crm.contacts (full_name, email, phone) values ('Marker', $1, 'm')", [email])
  world.phones.set(email, "m")
  const isThere = Effect.map(world.account.truth("customer"), (all) =>
    [...all.values()].some((customer) => customer["email"] === email)
  )
  const wasThere = yield* Effect.timeoutOption(until(isThere), "60 seconds")
  if (wasThere._tag === "None") say(`no progress within a minute after ${email}`)
  return ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
})

/** How long until another worker has what this one had, in seconds. */
const takeover = Effect.fn("takeover")(function* (world: World, victim: number) {
  const startedAtMs = yield* Clock.currentTimeMillis
  yield* until(Effect.map(ownerPid(world), (owner) => owner > 0 && owner !== victim))
  return ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
})

type Fault = "kill" | "stop" | "cut"

const strike = Effect.fn("strike")(function* (world: World, fault: Fault) {
  if (fault === "cut") {
    yield* world.cuts.loseNextCommit
    return { recovered: yield* recovery(world), takenOver: null }
  }
  let pid = 0
  yield* until(
    Effect.map(ownerPid(world), (owner) => {
      pid = owner
      return owner > 0 && [...world.workers].some((worker) => worker.pid === owner)
    })
  )
  const victim = [...world.workers].find((worker) => worker.pid === pid)
  victim?.kill(fault === "kill" ? "SIGKILL" : "SIGSTOP")
  const thaw = Effect.andThen(
    Effect.sleep(frozenMs),
    Effect.sync(() => void victim?.kill("SIGCONT"))
  )
  const [recovered, takenOver] = yield* Effect.all(
    [recovery(world), takeover(world, pid), fault === "stop" ? thaw : Effect.void],
    { concurrency: 3 }
  )
  return { recovered, takenOver }
})

/** What both sides hold, compared by email address. */
const verdict = Effect.fn("verdict")(function* (world: World) {
  const contacts = yield* world.query("select email, phone, note from crm.contacts order by id")
  const customers = [...(yield* world.account.truth("customer")).values()]
  const byEmail = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
    Map.groupBy(rows, ({ email }) => String(email))
  const [here, there] = [byEmail(contacts), byEmail(customers)]
  const emails = new Set([...here.keys(), ...there.keys()])
  const lost = [...emails].filter((email) => {
    const [contact] = here.get(email) ?? []
    const [customer] = there.get(email) ?? []
    const phone = world.phones.get(email)
    const note = world.notes.get(email)
    return (
      contact === undefined ||
      customer === undefined ||
      (phone !== undefined && (contact["phone"] !== phone || customer["phone"] !== phone)) ||
      (note !== undefined && (contact["note"] !== note || customer["description"] !== note))
    )
  })
  const doubled = [...emails].filter((email) => (here.get(email) ?? []).length + (there.get(email) ?? []).length > 2)
  const [wrong] = yield* world.query(
    `select count(*)::int as n from syncline.execution e
     where processed <> created + updated + deleted + skipped + conflicted + failed + queued or status = 'running' and not exists (
       select from syncline.wake k where k.tenant_id = e.tenant_id and k.job = e.job)`
  )
  return { lost, doubled, counterErrors: Number(wrong?.["n"] ?? 0) }
})

const told = (seconds: ReadonlyArray<number>) => {
  const sorted = seconds.toSorted((one, other) => one - other)
  return { p50: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 }
}

const campaign = Effect.gen(function* () {
  const world = yield* open()
  world.start()
  world.start()
  yield* Effect.timeout(
    until(Effect.map(Effect.exit(ownerPid(world)), (owner) => owner._tag === "Success" && owner.value > 0)),
    "120 seconds"
  )
  const first = yield* recovery(world)
  say(`both run; a contact reached Stripe after ${first.toFixed(1)} s`)
  let step = 0
  const people = yield* Effect.forkChild(
    Effect.forever(Effect.suspend(() => work(world, ++step)).pipe(Effect.andThen(Effect.sleep("100 millis"))))
  )
  const faults: Array<Fault> = [
    ...Array.from({ length: wanted.kills }, () => "kill" as const),
    ...Array.from({ length: wanted.stops }, () => "stop" as const),
    ...Array.from({ length: wanted.cuts }, () => "cut" as const)
  ]
  const crashPoints: Record<string, number> = {}
  const seconds: Array<number> = []
  const takeovers: Array<number> = []
  while (faults.length > 0) {
    yield* Effect.sleep(yield* Random.nextIntBetween(300, 2_500))
    const [fault = "cut"] = faults.splice((yield* Random.nextIntBetween(0, faults.length)) % faults.length, 1)
    const point = `${fault}: ${yield* crashPoint(world)}`
    crashPoints[point] = (crashPoints[point] ?? 0) + 1
    const { recovered, takenOver } = yield* strike(world, fault)
    seconds.push(recovered)
    if (takenOver !== null) takeovers.push(takenOver)
    say(
      `${point}: ${takenOver === null ? "" : `taken over after ${takenOver.toFixed(1)} s, `}progress after ${recovered.toFixed(1)} s`
    )
  }
  yield* Effect.sync(() => people.interruptUnsafe())
  const isSame = Effect.map(verdict(world), ({ lost }) => lost.length === 0)
  yield* Effect.timeoutOption(until(isSame), "90 seconds")
  const { counterErrors, doubled, lost } = yield* verdict(world)
  for (const email of lost) say(`lost: ${email}`)
  for (const email of doubled) say(`doubled: ${email}`)
  return {
    ok: lost.length === 0 && doubled.length === 0 && counterErrors === 0,
    lost: lost.length,
    doubled: doubled.length,
    counterErrors,
    crashPoints,
    recoverySeconds: told(seconds),
    takeoverSeconds: told(takeovers),
    records: step,
    seed: values.seed
  }
}) satisfies Effect.Effect<unknown, unknown, Scope.Scope>

const outcome = await Effect.runPromise(Effect.scoped(campaign).pipe(Random.withSeed(values.seed)))
process.stdout.write(`${JSON.stringify(outcome, null, values.json ? 0 : 2)}\n`)
process.exit(outcome.ok ? 0 : 1)
