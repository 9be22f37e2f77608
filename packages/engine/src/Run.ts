/** One execution of one pair: its row, its lease with a heartbeat, its time limit, and how it ends. */
import { Priority } from "@syncline/connector"
import { type Cursor, Counters, Execution, type ExecutionId, type RecordKey, Side } from "@syncline/core"
import { type Commit, Cursors, Executions, Ledger, type Lease, type Links, type SqlError } from "@syncline/store"
import { Cause, Clock, Duration, Effect, Exit, Option, Ref, Schedule } from "effect"
import * as Breaker from "./Breaker.ts"
import * as Counted from "./Counted.ts"
import * as Drive from "./Drive.ts"
import type { DrivingError, DrivingServices } from "./Driving.ts"
import { Yielded } from "./Yielded.ts"
import { AlreadyRunning } from "./EngineError.ts"
import { classOf, explain, stopOf } from "./Explain.ts"
import * as Owner from "./Owner.ts"
import { isTwoWay, type Pair, provide } from "./Pair.ts"
import { atTarget } from "./Place.ts"
import { answerClaims, look, pull, type PullError } from "./Pull.ts"
import * as Reconciling from "./Reconciling.ts"
import type { ExecutionReport, Progress } from "./Report.ts"

/** What the store gives to a run. */
export type RunServices =
  | Commit.Commit
  | Cursors.Cursors
  | Executions.Executions
  | Ledger.Ledger
  | Links.Links
  | DrivingServices

export interface RunPair {
  readonly isFull: boolean
  /** Of a two-way pair; a mirror always does everything. */
  readonly task: Drive.Task
  /** The first match may overwrite however many records differ. */
  readonly mayOverwrite: boolean
  /** The sides that this run drives; another process may drive the other. */
  readonly sides: ReadonlyArray<Side.Side>
  readonly onProgress: (progress: Progress) => Effect.Effect<void>
  /** A run in turns of a driver; absent: by hand, and to its end. */
  readonly turn?: TurnOfRun
}

/** A run that a driver owns: it may stop after any commit, and be gone on with in another turn. */
export interface TurnOfRun {
  readonly trigger: Executions.Trigger
  /** An execution that an earlier turn has begun. */
  readonly resumes: ExecutionId | null
  /** Asked after each commit: whether the turn belongs to something else now. */
  readonly mustYield: Effect.Effect<boolean>
}

/** Runs a pair to its end and reports. Interrupted, it ends its execution as cancelled; what was committed stays. */
export const run = Effect.fn("Run.run")(function* (
  pair: Pair,
  options: RunPair
): Effect.fn.Return<ExecutionReport, AlreadyRunning | SqlError, RunServices> {
  const executions = yield* Executions.Executions
  const cursors = yield* Cursors.Cursors
  const mode = options.isFull ? "full" : pair.job.mode
  const { task } = options
  const { tenant } = pair.key
  const begun = yield* begin(pair, options, task._tag === "Reconcile" ? "reconcile" : mode)
  const { execution, startedAtMs } = begun
  const held = yield* Effect.onError(acquireAll(pair, execution, options), () =>
    Effect.ignore(executions.cancel(tenant, execution, "another execution has the pair"))
  )
  const leases = Object.values(held).flatMap((each) => (each === null ? [] : [each.lease]))
  const [first, ...others] = leases

  const counters = yield* Ref.make(begun.counters)
  const notes = yield* Ref.make<ReadonlyArray<string>>([])
  const callsBefore = yield* Counted.calls(pair)
  const apiCalls = Effect.map(Counted.calls(pair), (now) => now - callsBefore)
  const onCommit = Effect.fnUntraced(function* (stage: Progress["stage"], fraction: number | null) {
    yield* options.onProgress({
      execution,
      job: pair.job.name,
      entity: pair.key.entity,
      stage,
      counters: yield* Ref.get(counters),
      apiCalls: yield* apiCalls,
      elapsedMs: (yield* Clock.currentTimeMillis) - startedAtMs,
      fraction
    })
    // A first match is not cut: half of it would be decided twice.
    if (options.turn !== undefined && stage !== "matching" && (yield* options.turn.mustYield))
      return yield* new Yielded()
  })
  const isBackfill = mode === "full" || Object.values(held).some((each) => each !== null && !hasListed(each.cursor))
  const finding = find(pair, held, mode, options, { counters, notes, onCommit }).pipe(
    options.turn !== undefined && options.task._tag === "Sync" && isBackfill
      ? Effect.provideService(Priority, "backfill")
      : (same) => same
  )
  const exit = yield* finding.pipe(
    Effect.raceFirst(Effect.raceAll(leases.map(beat))),
    Effect.timeoutOption(
      Duration.millis(Math.max(0, startedAtMs + pair.job.timeoutMinutes * 60_000 - (yield* Clock.currentTimeMillis)))
    ),
    Effect.exit,
    Effect.onInterrupt(() =>
      // A driver's run goes on elsewhere.
      options.turn === undefined
        ? Effect.ignore(
            executions.cancel(tenant, execution, "interrupted; run it again, and it goes on from the last commit")
          )
        : Effect.void
    ),
    Effect.ensuring(first === undefined ? Effect.void : Effect.ignore(cursors.release(first, ...others)))
  )
  const total = yield* Ref.get(counters)
  const durationMs = (yield* Clock.currentTimeMillis) - startedAtMs
  const { failure, reason, status, stop } = yield* endingOf(pair, exit, total)
  const end = { status, reason, apiCalls: begun.apiCalls + (yield* apiCalls) }
  const isEnded =
    end.status === "running" || (yield* executions.finish(tenant, execution, { ...end, status: end.status }))
  // Somebody else ended it first: a cancel, or the owner who took over. Their word counts.
  const told = isEnded ? end : Option.getOrElse(yield* executions.get(tenant, execution), () => end)
  const report: ExecutionReport = {
    execution,
    job: pair.job.name,
    integration: pair.key.integration,
    entity: pair.key.entity,
    status: told.status,
    reason: told.reason,
    failure: isEnded ? failure : null,
    stop: isEnded ? stop : null,
    notes: yield* Ref.get(notes),
    counters: total,
    apiCalls: end.apiCalls,
    durationMs
  }
  return report
})

/** A new execution, or the one that an earlier turn has begun, unless somebody has ended it meanwhile. */
const begin = Effect.fnUntraced(function* (pair: Pair, { turn }: RunPair, mode: Executions.Mode) {
  const executions = yield* Executions.Executions
  const resumes = turn?.resumes ?? null
  const found = resumes === null ? Option.none() : yield* executions.get(pair.key.tenant, resumes)
  if (Option.isSome(found) && found.value.status === "running") {
    const { apiCalls, counters, id, startedAtMs } = found.value
    return { execution: id, startedAtMs, counters, apiCalls }
  }
  const startedAtMs = yield* Clock.currentTimeMillis
  const trigger = turn?.trigger ?? "manual"
  const execution = yield* executions.start(pair.key, { job: pair.job.name, trigger, mode })
  return { execution, startedAtMs, counters: Counters.zero, apiCalls: 0 }
})

const hasListed = (cursor: Cursor.Cursor | null): boolean => cursor !== null && cursor._tag !== "Listing"

/** A side that is held, and where its reading stopped. */
interface Held {
  readonly lease: Lease
  readonly cursor: Cursor.Cursor | null
}

/** Takes the sides of a two-way pair, in one order; of a mirror the source's. */
const acquireAll = Effect.fnUntraced(function* (pair: Pair, execution: Lease["execution"], { sides, turn }: RunPair) {
  const cursors = yield* Cursors.Cursors
  const wanted = isTwoWay(pair) ? Side.Side.literals.filter((side) => sides.includes(side)) : (["source"] as const)
  const held: { source: Held | null; target: Held | null } = { source: null, target: null }
  for (const side of wanted) {
    held[side] = yield* Effect.onError(acquire(pair, side, execution, turn !== undefined), () =>
      held.source === null ? Effect.void : Effect.ignore(cursors.release(held.source.lease))
    )
  }
  return held
})

/**
 * Takes a side. An owner that died on this machine is taken over at once, any other after its heartbeat has stopped; and a driver's
 * former turn by the driver, whose right to the pair no other driver has.
 */
const acquire = Effect.fnUntraced(function* (
  pair: Pair,
  side: Side.Side,
  execution: Lease["execution"],
  isDriven: boolean
) {
  const cursors = yield* Cursors.Cursors
  const owner = yield* Owner.here(isDriven ? `${Owner.driver}${pair.job.name}` : pair.job.name)
  const { cursor, lease } = yield* cursors.acquire(pair.key, side, execution, owner).pipe(
    Effect.catchTag("Busy", (busy) =>
      Effect.flatMap(Owner.isDead(busy), (isDead) =>
        isDead || (isDriven && busy.label.startsWith(Owner.driver))
          ? cursors.acquire(pair.key, side, execution, owner, { takeOver: true })
          : Effect.fail(busy)
      )
    ),
    Effect.catchTag("Busy", (busy) =>
      Effect.fail(new AlreadyRunning({ job: pair.job.name, execution: busy.execution, detail: busy.message }))
    )
  )
  const held: Held = { lease, cursor: Option.getOrNull(cursor) }
  return held
})

type Told = Pick<Parameters<typeof pull>[0], "counters" | "notes" | "onCommit">

/** Finds, decides and writes, in the way of the pair. */
const find = Effect.fnUntraced(function* (
  pair: Pair,
  held: { readonly source: Held | null; readonly target: Held | null },
  mode: "full" | "incremental",
  { mayOverwrite, task }: Pick<RunPair, "mayOverwrite" | "task">,
  told: Told
) {
  for (const side of Side.Side.literals) {
    const prepare = pair[side].entity.target?.prepare
    if (prepare !== undefined && (side === "target" || isTwoWay(pair)))
      yield* atTarget(provide(pair[side], prepare(side === "target" ? pair.columns : [])))
  }
  if (isTwoWay(pair)) {
    const cursors = yield* Cursors.Cursors
    const cursorAt = (side: Side.Side) =>
      held[side] === null
        ? Effect.map(cursors.read(pair.key, side), Option.getOrNull)
        : Effect.succeed(held[side].cursor)
    const driving = {
      ...told,
      pair,
      twoWay: pair.twoWay,
      mode,
      leases: {
        ...(held.source !== null && { source: held.source.lease }),
        ...(held.target !== null && { target: held.target.lease })
      },
      doubted: new Set<Side.Side>(),
      conflictedBy: new Map(),
      limits: new Map(),
      writesByKey: new Map(),
      mayOverwrite,
      isMatching: false
    }
    const found = { source: yield* cursorAt("source"), target: yield* cursorAt("target") }
    return yield* Drive.drive(driving, found, task)
  }
  if (held.source !== null) yield* mirror(pair, held.source, mode, task, told)
})

const mirror = Effect.fnUntraced(function* (
  pair: Pair,
  { cursor, lease }: Held,
  mode: "full" | "incremental",
  task: Drive.Task,
  told: Told
) {
  const ledger = yield* Ledger.Ledger
  const { entity, integration, tenant } = pair.key
  const waiting = yield* ledger.causes(tenant, { integration, entity })
  const breaker = yield* Breaker.make
  const target = pair.target.entity.target ?? {}
  const hasLedger = waiting.length > 0
  const pulling = {
    ...told,
    pair,
    target,
    lease,
    mode,
    breaker,
    hasLedger,
    hasListed: false,
    failed: new Set<RecordKey>()
  }
  switch (task._tag) {
    case "Records":
      return yield* look(pulling, task.ids.source)
    case "Claims":
      return yield* answerClaims(pulling)
    case "Reconcile":
      return yield* Reconciling.mirror(pulling, task)
    default:
      return yield* pull(pulling, cursor)
  }
})

const beatEvery = Duration.seconds(5)

/** Says that this owner lives, until it loses the pair. Never ends otherwise. */
const beat = (lease: Lease) =>
  Effect.gen(function* () {
    const cursors = yield* Cursors.Cursors
    yield* Effect.delay(cursors.heartbeat(lease), beatEvery).pipe(Effect.repeat(Schedule.forever))
    return yield* Effect.never
  })

interface Ending extends Pick<ExecutionReport, "reason" | "failure" | "stop"> {
  readonly status: Executions.Status
}

const endingOf = Effect.fnUntraced(function* (
  pair: Pair,
  exit: Exit.Exit<Option.Option<void>, PullError | DrivingError>,
  counters: Counters.Counters
) {
  if (Exit.isSuccess(exit)) {
    return Option.isNone(exit.value) ? timedOut(pair) : concluded(counters)
  }
  const failure = Exit.findErrorOption(exit)
  if (Option.isNone(failure)) return yield* Effect.die(Cause.squash(exit.cause))
  if (failure.value._tag === "Yielded") return yielded
  const ending: Ending = {
    status: "failed",
    reason: explain(pair, failure.value),
    failure: classOf(failure.value),
    stop: stopOf(pair, failure.value)
  }
  return ending
})

const yielded: Ending = { status: "running", reason: null, failure: null, stop: null }

const timedOut = ({ job }: Pair): Ending => ({
  status: "timed_out",
  failure: null,
  stop: null,
  reason: `not done after ${job.timeoutMinutes} minutes; the next run goes on from the last commit`
})

/** A one-way run writes in its own commits, so nothing is queued when it ends. */
const concluded = (counters: Counters.Counters): Ending => {
  const status = Execution.conclude(counters, "read to the end")
  return { status: status === "running" ? "completed" : status, reason: null, failure: null, stop: null }
}
