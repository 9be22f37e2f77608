/**
 * One turn of a driver: what its jobs have to do now, several jobs side by side, each by one class at a time.
 *
 * A turn ends when nothing is left to do, or after 20 seconds when other drivers wait for a worker. It never breaks off a call: work
 * ends after its next commit, and is gone on with in another turn.
 */
import { MayCall, Priority } from "@syncline/connector"
import { FairShare, type JobName, type PriorityClass } from "@syncline/core"
import { Agenda, type ConnectionStates, Drivers, type SqlError, Wakes } from "@syncline/store"
import { Clock, Effect, Fiber, Queue, type Scope } from "effect"
import { isTwoWay, type Pair } from "./Pair.ts"
import * as Probe from "./Probe.ts"
import type { Registry } from "./Registry.ts"
import type * as Run from "./Run.ts"
import * as Served from "./Served.ts"
import { works } from "./Work.ts"

/** How long a turn lasts while other drivers wait. */
export const longestMs = 20_000

/** Jobs of one driver side by side. The connections' budgets decide about their calls. */
const jobsAtOnce = 4

/** How often a turn looks for wakes that it was not told of. */
const lookEveryMs = 500

export type TurnServices = Run.RunServices | ConnectionStates.ConnectionStates | Drivers.Drivers | Wakes.Wakes

/** What the worker tells a turn. */
export interface Around {
  readonly driven: Drivers.Driven
  readonly registry: Registry
  /** Whether other drivers are due and find no worker. */
  readonly othersWait: Effect.Effect<boolean>
  /** The worker wants to stop. */
  readonly isStopping: Effect.Effect<boolean>
  /** Whether this process is surely still the owner. */
  readonly mayCall: Effect.Effect<boolean>
  /** A wake has come; the turn takes from it. */
  readonly nudges: Queue.Queue<void>
  /** Told what became of each errand. */
  readonly onServed: (served: Served.Told) => Effect.Effect<void>
}

interface Running {
  readonly class: PriorityClass.PriorityClass
  readonly startedAtMs: number
  readonly fiber: Fiber.Fiber<void, SqlError>
  mustYield: boolean
}

interface State extends Around {
  readonly scope: Scope.Scope
  readonly running: Map<JobName, Running>
  /** How the classes of a job have shared its time. */
  readonly shares: Map<JobName, FairShare.FairShare>
}

/** Ends with the driver given back, or lost. */
export const run = (around: Around): Effect.Effect<void, SqlError, TurnServices> => Effect.scoped(turn(around))

const turn = Effect.fn("Turn.run")(function* (
  around: Around
): Effect.fn.Return<void, SqlError, TurnServices | Scope.Scope> {
  const startedAtMs = yield* Clock.currentTimeMillis
  const state: State = { ...around, scope: yield* Effect.scope, running: new Map(), shares: new Map() }
  const wakes = yield* Wakes.Wakes
  const drivers = yield* Drivers.Drivers
  const { driver, tenant } = around.driven
  while (true) {
    const dues = yield* wakes.due(tenant, driver)
    yield* Probe.all(state, dues)
    const isOver = yield* isTurnOver(state, startedAtMs)
    if (isOver) {
      for (const each of state.running.values()) each.mustYield = true
      yield* Effect.forEach([...state.running.values()], ({ fiber }) => Fiber.await(fiber), { discard: true })
      break
    }
    yield* start(
      state,
      dues.filter(({ blockedBy }) => blockedBy === null)
    )
    if (state.running.size === 0) break
    yield* Queue.take(state.nudges).pipe(Effect.timeoutOption(lookEveryMs))
    // Most often that was all: what gives the driver back sees whether it was, and so no look is needed for it.
    if (state.running.size === 0 && !(yield* drivers.holdsMore(around.driven))) return
  }
  yield* drivers.release(around.driven)
})

const isTurnOver = Effect.fnUntraced(function* (state: State, startedAtMs: number) {
  if ((yield* state.isStopping) || !(yield* state.mayCall)) return true
  return (yield* Clock.currentTimeMillis) - startedAtMs >= longestMs && (yield* state.othersWait)
})

/** Starts what may run now, the most urgent first, and asks what holds up something more urgent to yield. */
const start = Effect.fnUntraced(function* (state: State, dues: ReadonlyArray<Wakes.Due>) {
  const { registry, running } = state
  const nowMs = yield* Clock.currentTimeMillis
  const byJob = Map.groupBy(dues, ({ job }) => job)
  for (const pair of registry.pairs) {
    const own = byJob.get(pair.job.name) ?? []
    const current = running.get(pair.job.name)
    const [next] = FairShare.order(
      shareOf(state, pair.job.name, current, nowMs),
      own.map((due) => due.class)
    )
    if (current !== undefined) {
      if (next !== undefined && next !== current.class) current.mustYield = true
      continue
    }
    const due = own.find((each) => each.class === next)
    if (due === undefined || running.size >= jobsAtOnce || waitsForOthers(state, pair, due, byJob)) continue
    yield* begin(state, pair, due, nowMs)
  }
  // A wake of a job that the project no longer has.
  for (const due of dues)
    if (!registry.pairs.some(({ job }) => job.name === due.job))
      yield* (yield* Wakes.Wakes).serve(state.driven.tenant, { due, served: { _tag: "Done" } })
})

const shareOf = (state: State, job: JobName, current: Running | undefined, nowMs: number): FairShare.FairShare => {
  const share = state.shares.get(job) ?? FairShare.initial
  return current === undefined ? share : FairShare.spend(share, current.class, nowMs - current.startedAtMs)
}

/** What records refer to is read first; what somebody waits for is not held up by that. */
const waitsForOthers = (
  { registry, running }: State,
  pair: Pair,
  due: Wakes.Due,
  byJob: ReadonlyMap<JobName, ReadonlyArray<Wakes.Due>>
): boolean =>
  (due.class === "delta" || due.class === "backfill") &&
  (registry.dependencies.get(pair) ?? []).some(
    ({ job }) =>
      running.has(job.name) ||
      (byJob.get(job.name) ?? []).some((other) => other.class === "delta" || other.class === "backfill")
  )

const begin = Effect.fnUntraced(function* (state: State, pair: Pair, due: Wakes.Due, nowMs: number) {
  const { running, shares } = state
  const { name } = pair.job
  const mine = { mustYield: false }
  const errand = { pair, due, mustYield: Effect.sync(() => mine.mustYield || running.get(name)?.mustYield === true) }
  const serving = Effect.gen(function* () {
    const served = yield* Served.serve(errand, works[due.class])
    yield* follow(state, pair, served)
    yield* state.onServed(served)
  }).pipe(
    Effect.provideService(Priority, due.class),
    Effect.provideService(MayCall, state.mayCall),
    Effect.ensuring(
      Effect.gen(function* () {
        const endedAtMs = yield* Clock.currentTimeMillis
        shares.set(name, shareOf(state, name, running.get(name), endedAtMs))
        running.delete(name)
        yield* Queue.offer(state.nudges, undefined)
      })
    )
  )
  // Registered before it begins, so that it may end at once.
  const fiber = yield* Effect.forkIn(Effect.andThen(Effect.yieldNow, serving), state.scope)
  running.set(name, { class: due.class, startedAtMs: nowMs, fiber, mustYield: false })
})

const nothingAhead = { isReady: false, nextSendAtMs: null }

/** Wakes the jobs whose records waited for what this one has written, and this one for what it may only send later. */
const follow = Effect.fnUntraced(function* ({ driven, registry }: State, pair: Pair, served: Served.Told) {
  if (served.report === null || served.report.counters.processed === served.report.counters.skipped) return
  const agenda = yield* Agenda.Agenda
  const others = registry.pairs.filter(({ key }) => key.integration === pair.key.integration).filter(isTwoWay)
  if (others.length === 0) return
  const ahead = new Map((yield* agenda.ahead(driven.tenant, pair.key.integration)).map((each) => [each.entity, each]))
  const woken = others.flatMap(({ job, key }): ReadonlyArray<Wakes.Wake> => {
    const { isReady, nextSendAtMs } = ahead.get(key.entity) ?? nothingAhead
    const wake = { job: job.name, class: "edit", trigger: served.due.trigger } as const
    return [
      ...(isReady ? [{ ...wake, dueAtMs: null }] : []),
      ...(nextSendAtMs !== null && job.name === pair.job.name ? [{ ...wake, dueAtMs: nextSendAtMs }] : [])
    ]
  })
  if (woken.length === 0) return
  yield* (yield* Wakes.Wakes).wake(driven.tenant, woken)
})
