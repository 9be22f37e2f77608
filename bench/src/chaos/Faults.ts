/** What happens to workers, where it met them, and how long it is until everything goes on. */
import { Clock, Effect } from "effect"
import { ownerPid, until, type World } from "./World.ts"

export type Fault = "kill" | "stop" | "cut"

/** In seconds since the fault. */
export interface Recovery {
  /** Until another worker had what this one had; null where none had to. */
  readonly takenOver: number | null
  /** Until records were synced again: a change was written down that was not before. */
  readonly progressed: number
  /** Until a contact that was made at the moment of the fault was at Stripe, behind all that people had done before. */
  readonly arrived: number
}

/** Long enough that a worker is taken for dead. */
const frozenMs = 13_000

/** Where in its work the fault will meet the engine, by what the rows say. */
export const crashPoint = (world: World) =>
  Effect.map(
    world.query(
      `select case when exists (select from syncline.outbox where state = 'in_flight') then 'request under way'
         when exists (select from syncline.outbox where state = 'pending') then 'decided, not sent'
         when exists (select from syncline.execution where status = 'running') then 'finding'
         when exists (select from syncline.driver where worker is not null) then 'turn taken' else 'idle' end as point`
    ),
    ([row]) => String(row?.["point"])
  )

/** Lets it happen, and waits until all goes on. */
export const strike = Effect.fn("Faults.strike")(function* (world: World, fault: Fault) {
  const recovery: Effect.Effect<Recovery, unknown> = fault === "cut" ? cut(world) : end(world, fault)
  return yield* recovery
})

const cut = Effect.fnUntraced(function* (world: World) {
  const before = yield* world.cuts.lost
  yield* world.cuts.loseNextCommit
  yield* until(Effect.map(world.cuts.lost, (lost) => lost > before))
  const since = yield* sinceNow
  const [progressed, arrived] = yield* Effect.all([progress(world, since), arrival(world, since)], { concurrency: 2 })
  return { takenOver: null, progressed, arrived }
})

const end = Effect.fnUntraced(function* (world: World, fault: "kill" | "stop") {
  let pid = 0
  yield* until(
    Effect.map(ownerPid(world), (owner) => {
      pid = owner
      return owner > 0 && [...world.workers].some((worker) => worker.pid === owner)
    })
  )
  const victim = [...world.workers].find((worker) => worker.pid === pid)
  victim?.kill(fault === "kill" ? "SIGKILL" : "SIGSTOP")
  const since = yield* sinceNow
  const thaw = Effect.andThen(
    Effect.sleep(frozenMs),
    Effect.sync(() => void victim?.kill("SIGCONT"))
  )
  const others = Effect.gen(function* () {
    yield* until(Effect.map(ownerPid(world), (owner) => owner > 0 && owner !== pid))
    const takenOver = yield* since
    return { takenOver, progressed: yield* progress(world, since) }
  })
  const [told, arrived] = yield* Effect.all([others, arrival(world, since), fault === "stop" ? thaw : Effect.void], {
    concurrency: 3
  })
  return { ...told, arrived }
})

type Since = Effect.Effect<number>

const sinceNow: Effect.Effect<Since> = Effect.map(Clock.currentTimeMillis, (startedAtMs) =>
  Effect.map(Clock.currentTimeMillis, (nowMs) => (nowMs - startedAtMs) / 1000)
)

const changes = (world: World) =>
  Effect.map(world.query("select count(*)::int as n from syncline.history"), ([row]) => Number(row?.["n"]))

/** What has not happened by then is told as if it had, and the verdict says whether it ever did. */
const longest = "2 minutes"

const progress = Effect.fnUntraced(function* (world: World, since: Since) {
  const before = yield* changes(world)
  yield* Effect.timeoutOption(until(Effect.map(changes(world), (now) => now > before)), longest)
  return yield* since
})

let markers = 0

const arrival = Effect.fnUntraced(function* (world: World, since: Since) {
  const email = `marker.${++markers}@example.net`
  yield* world.query("insert into crm.contacts (full_name, email, phone) values ('Marker', $1, 'm')", [email])
  world.phones.set(email, "m")
  const isThere = Effect.map(world.account.truth("customer"), (all) =>
    [...all.values()].some((customer) => customer["email"] === email)
  )
  yield* Effect.timeoutOption(until(isThere), longest)
  return yield* since
})

/** How long a contact takes to Stripe while nothing happens. */
export const undisturbed = Effect.fn("Faults.undisturbed")(function* (world: World) {
  return yield* arrival(world, yield* sinceNow)
})
