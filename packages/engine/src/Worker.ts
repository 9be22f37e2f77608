/**
 * A process that drives connections: it takes drivers that are due, fires jobs, and says that it lives. Many of them share a store.
 *
 * Nothing that it knows is lost with it: what it drives is free when its heartbeat stops, and rows say what was left to do.
 */
import type { HttpLayer, WebhookRequest } from "@syncline/connector"
import { defaultTenant, SyncJob, type TenantId } from "@syncline/core"
import { type Drivers, Fleet } from "@syncline/store"
import { Clock, Effect, Fiber, Latch, Queue, type Redacted, type Scope } from "effect"
import * as Consents from "./Consents.ts"
import * as Dispatch from "./Dispatch.ts"
import * as Living from "./Living.ts"
import * as Metrics from "./Metrics.ts"
import * as Notices from "./Notices.ts"
import * as Owner from "./Owner.ts"
import type { Project } from "./Project.ts"
import * as Reception from "./Reception.ts"
import * as Registries from "./Registries.ts"
import type { Told } from "./Served.ts"
import * as Turn from "./Turn.ts"
import * as Upkeep from "./Upkeep.ts"

/** What the store gives to a worker. */
export type WorkerServices =
  | Registries.Services
  | Consents.Services
  | Reception.Services
  | Dispatch.Dispatch
  | Turn.TurnServices
  | Upkeep.UpkeepServices

/** All that `start` needs from around it, but for a scope. */
export type Needs = WorkerServices | HttpLayer.Transport

export interface Options {
  readonly process: Fleet.WorkerProcess
  /** Drivers at once. */
  readonly slots: number
  readonly retention: Upkeep.Retention
  /** Where the store is listened at for what its databases say of themselves; null: changes are found by schedules alone. */
  readonly listensAt: Redacted.Redacted | null
  /** Told what became of each errand. */
  readonly onServed: (driven: Drivers.Driven, told: Told) => Effect.Effect<void>
  /** Told of a driver that was taken, and whether its former worker had died. */
  readonly onTaken: (taken: Fleet.Taken) => Effect.Effect<void>
  /** Told of what failed and will be tried again: the store does not answer, a tenant's project is invalid. */
  readonly onTrouble: (what: string, error: { readonly message: string }) => Effect.Effect<void>
}

/** How a worker is, for whoever asks. */
export interface Health {
  /** When it last said that it lives; null: never yet. */
  readonly beatAtMs: number | null
  readonly turns: number
  readonly slots: number
  readonly isStopping: boolean
  readonly backlog: Fleet.Backlog | null
}

export interface Worker {
  readonly health: Effect.Effect<Health>
  /** Takes a webhook in, of whichever tenant's connection the path is, and tells the drivers that it wakes. */
  readonly receive: (path: string, request: WebhookRequest) => Effect.Effect<Reception.Answer>
  /** Connecting by consent, of whichever tenant was invited to. */
  readonly consents: Consents.Consents
  /** Lets turns end after their next commits, at most `patienceMs`, and gives everything back. */
  readonly stop: (patienceMs: number) => Effect.Effect<void>
}

const lookEveryMs = 500
const fireEveryMs = 1_000
const buryEveryMs = 1_000
const sweepEveryMs = 5_000
const countEveryMs = 5_000
const standEveryMs = 15_000
const refreshEveryMs = 2_000
const firedAtOnce = 500

/** Ids are compared each day, in the first six hours after midnight UTC, each job at a moment of its own. */
const daily: SyncJob.Schedule = { _tag: "Every", everyMs: 86_400_000 }
const night = 0.25

interface Turning {
  readonly nudges: Queue.Queue<void>
  readonly fiber: Fiber.Fiber<void>
}

/** Starts the loops, in the scope. */
export const start = Effect.fn("Worker.start")(function* (
  project: Project,
  options: Options
): Effect.fn.Return<Worker, never, Needs | Scope.Scope> {
  const fleet = yield* Fleet.Fleet
  const dispatch = yield* Dispatch.Dispatch
  const scope = yield* Effect.scope
  const registries = yield* Registries.make(project)
  const turns = new Map<string, Turning>()
  const look = Latch.makeUnsafe(false)
  let life = Living.unheard
  let backlog: Fleet.Backlog | null = null
  let isStopping = false
  let isStarved = false

  const mayCall = Effect.map(
    Clock.currentTimeMillis,
    (nowMs) => life.beatAtMs !== null && Living.isAliveAt(nowMs, life.beatAtMs, Fleet.deadAfterMs)
  )

  const trouble = (what: string, error: { readonly message: string }) =>
    Effect.andThen(Metrics.trouble(what), options.onTrouble(what, error))

  /** A loop that tells what fails and goes on. */
  const forever = <E extends { readonly message: string }, R>(
    what: string,
    everyMs: number,
    step: Effect.Effect<void, E, R>
  ) =>
    Effect.forkIn(
      Effect.forever(
        step.pipe(
          Effect.catch((error) => trouble(what, error)),
          Effect.andThen(Effect.sleep(everyMs))
        )
      ),
      scope
    )

  const beat = Effect.gen(function* () {
    // The time before it was asked: the lease may only seem shorter than it is.
    const askedAtMs = yield* Clock.currentTimeMillis
    yield* fleet.beat(options.process)
    life = Living.beaten(life, askedAtMs, yield* Clock.currentTimeMillis, Fleet.deadAfterMs)
  })

  /** A process of this machine that is no more need not be waited for. */
  const bury = Effect.gen(function* () {
    const machine = yield* Owner.Machine
    if (machine.host !== options.process.host) return
    const dead = (yield* fleet.neighbours(options.process)).filter(({ pid }) => !machine.isAlive(pid))
    for (const each of dead) yield* fleet.bury(each)
    if (dead.length > 0) look.openUnsafe()
  })

  /** `lapses`: of its life before it was taken. Once there is another, the driver may be another's. */
  const drive = Effect.fnUntraced(function* (taken: Fleet.Taken, lapses: number) {
    if (taken.wasTakenOver) yield* Metrics.tookOver
    yield* options.onTaken(taken)
    const nudges = yield* Queue.sliding<void>(1)
    const key = keyOf(taken)
    const turn = Effect.gen(function* () {
      const registry = yield* registries.of(taken.tenant)
      yield* Turn.run({
        driven: taken,
        registry,
        othersWait: Effect.sync(() => isStarved),
        // What has been changed meanwhile counts from the next turn on.
        isStopping: Effect.sync(() => isStopping || !registries.isCurrent(taken.tenant, registry)),
        mayCall: Effect.map(mayCall, (may) => may && life.lapses === lapses),
        nudges,
        onServed: (told) => Effect.andThen(Metrics.served(taken.tenant, told), options.onServed(taken, told))
      })
    }).pipe(
      Effect.scoped,
      // Whoever takes it next goes on; a store that does not answer gives nothing back.
      Effect.catch((error) => Effect.andThen(trouble(`turn of ${key}`, error), Effect.sleep(1_000))),
      Effect.ensuring(
        Effect.sync(() => {
          turns.delete(key)
          // Whatever else was due by the last look was taken then, but what came once the driver was given back.
          if (isStarved || Queue.sizeUnsafe(nudges) > 0) look.openUnsafe()
        })
      )
    )
    const fiber = yield* Effect.forkIn(Effect.andThen(Effect.yieldNow, turn), scope)
    turns.set(key, { nudges, fiber })
  })

  const take = Effect.gen(function* () {
    look.closeUnsafe()
    const free = options.slots - turns.size
    if (!isStopping && free > 0 && (yield* mayCall)) {
      const { lapses } = life
      const taken = yield* fleet.take(options.process, free, [...turns.keys()])
      for (const each of taken) yield* drive(each, lapses)
      isStarved = taken.length === free
    }
    yield* Effect.timeoutOption(look.await, lookEveryMs)
  })

  const fire = Effect.gen(function* () {
    if (isStopping) return
    const firing = yield* fleet.firing(firedAtOnce)
    if (firing.length === 0) return
    yield* fleet.fire(
      firing.map((each) => ({
        ...each,
        thenAtMs: SyncJob.nextRunAtMs(
          each.class === "reconcile" ? daily : (each.schedule ?? { _tag: "Manual" }),
          each.nowMs,
          SyncJob.spreadOf(`${each.tenant}/${each.job}`) * (each.class === "reconcile" ? night : 1)
        )
      }))
    )
    look.openUnsafe()
  })

  const hear: Dispatch.Listener = (woken) =>
    Effect.sync(() => {
      for (const each of woken) {
        const turning = turns.get(keyOf(each))
        if (turning !== undefined) Queue.offerUnsafe(turning.nudges, undefined)
      }
      look.openUnsafe()
    })

  yield* Effect.ignore(beat)
  yield* forever("heartbeat", Fleet.beatEveryMs, beat)
  yield* forever("taking drivers", 0, take)
  yield* forever("burying the dead", buryEveryMs, bury)
  yield* forever("firing jobs", fireEveryMs, fire)
  yield* forever(
    "sweep",
    sweepEveryMs,
    Effect.map(fleet.sweep, (swept) => {
      if (swept > 0) look.openUnsafe()
    })
  )
  yield* forever(
    "counting",
    countEveryMs,
    Effect.flatMap(fleet.backlog, (counted) => {
      backlog = counted
      return Metrics.counted(turns.size, counted)
    })
  )
  yield* forever("counting what waits", standEveryMs, Effect.flatMap(fleet.standings, Metrics.stand))
  yield* forever("upkeep", Upkeep.everyMs, Upkeep.all(options.retention))
  yield* forever(
    "looking for changed tenants",
    refreshEveryMs,
    registries.refresh((tenant, error) => trouble(`project of ${tenant}`, error))
  )
  yield* Effect.forkIn(dispatch.listen(hear), scope)
  const { listensAt } = options
  if (listensAt !== null)
    yield* Effect.forkIn(
      registries.of(defaultTenant).pipe(
        Effect.flatMap((registry) =>
          Notices.listen({
            tenant: defaultTenant,
            registry,
            storeUrl: listensAt,
            dispatch,
            onTrouble: (error) => trouble("listening for changes", error)
          })
        ),
        Effect.scoped,
        Effect.catch((error) => trouble("listening for changes", error))
      ),
      scope
    )

  const services = yield* Effect.context<Needs>()
  const reception = Reception.make((tenant) =>
    registries
      .of(tenant)
      .pipe(Effect.catch((error) => Effect.as(options.onTrouble(`webhooks of ${tenant}`, error), null)))
  )

  return {
    consents: yield* Consents.make(registries),
    receive: (path, request) =>
      reception.receive(path, request).pipe(
        Effect.scoped,
        Effect.tap(({ woken }) => dispatch.send(woken)),
        Effect.provideContext(services)
      ),
    health: Effect.sync(() => ({
      beatAtMs: life.beatAtMs,
      turns: turns.size,
      slots: options.slots,
      isStopping,
      backlog
    })),
    stop: Effect.fn("Worker.stop")(function* (patienceMs) {
      isStopping = true
      for (const { nudges } of turns.values()) yield* Queue.offer(nudges, undefined)
      const ended = Effect.forEach([...turns.values()], ({ fiber }) => Fiber.await(fiber), {
        concurrency: "unbounded",
        discard: true
      })
      yield* Effect.timeoutOption(ended, patienceMs)
      yield* Effect.forEach([...turns.values()], ({ fiber }) => Fiber.interrupt(fiber), {
        concurrency: "unbounded",
        discard: true
      })
      yield* Effect.ignore(fleet.leave(options.process))
    })
  }
})

const keyOf = ({ driver, tenant }: { readonly tenant: TenantId; readonly driver: string }): string =>
  `${tenant}/${driver}`
