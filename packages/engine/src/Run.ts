/** One execution of one pair: its row, its lease with a heartbeat, its time limit, and how it ends. */
import { Priority } from "@syncline/connector"
import { type Counters, type Cursor, Execution, type ExecutionId, type RecordKey, Side } from "@syncline/core"
import { type Commit, Cursors, Executions, type Ledger, type Links, type SqlError } from "@syncline/store"
import { Cause, Clock, Duration, Effect, Exit, Option, Ref } from "effect"
import * as Breaker from "./Breaker.ts"
import * as Counted from "./Counted.ts"
import * as Drive from "./Drive.ts"
import type { DrivingError, DrivingServices } from "./Driving.ts"
import { Yielded } from "./Yielded.ts"
import { AlreadyRunning } from "./EngineError.ts"
import { classOf, explain, stopOf } from "./Explain.ts"
import * as Owner from "./Owner.ts"
import * as Living from "./Living.ts"
import { isTwoWay, type Pair, provide } from "./Pair.ts"
import { atSide } from "./Place.ts"
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
  /** Ends it as `Cursors.end` does, which is what happens without; `report` is what is told if nobody else ended it first. */
  readonly end?: (
    leases: Cursors.Leases,
    ending: Executions.Ending | null,
    report: ExecutionReport
  ) => Effect.Effect<boolean, SqlError>
}

/** Runs a pair to its end and reports. Interrupted, it ends its execution as cancelled; what was committed stays. */
export const run = Effect.fn("Run.run")(function* (
  pair: Pair,
  options: RunPair
): Effect.fn.Return<ExecutionReport, AlreadyRunning | SqlError, RunServices> {
  // Whatever happens between, what was taken is given back.
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const askedAtMs = yield* Clock.currentTimeMillis
      const begun = yield* begin(pair, options)
      const run = yield* running(pair, options, begun, askedAtMs)
      const exit = yield* Effect.exit(restore(work(pair, options, begun, run)))
      return yield* conclude(pair, options, begun, run, exit)
    })
  )
})

/** What a run knows of itself. */
interface Running extends Told {
  /** When its sides were asked for, by our clock. */
  readonly askedAtMs: number
  /** Since its execution began, in whichever turn. */
  readonly elapsedMs: Effect.Effect<number>
  /** Requests since it began. */
  readonly apiCalls: Effect.Effect<number>
}

const running = Effect.fnUntraced(function* (pair: Pair, options: RunPair, begun: Cursors.Begun, askedAtMs: number) {
  const counters = yield* Ref.make(begun.counters)
  const callsBefore = yield* Counted.calls(pair)
  const apiCalls = Effect.map(Counted.calls(pair), (now) => now - callsBefore)
  // When it began is told by the store's clock, which this process's may be hours away from.
  const [{ acquiredAtMs }] = leasesOf(begun)
  const hereMs = yield* Clock.currentTimeMillis
  const elapsedMs = Effect.map(
    Clock.currentTimeMillis,
    (nowMs) => acquiredAtMs - begun.startedAtMs + Math.max(0, nowMs - hereMs)
  )
  const onCommit = Effect.fnUntraced(function* (stage: Progress["stage"], fraction: number | null) {
    yield* options.onProgress({
      execution: begun.id,
      job: pair.job.name,
      entity: pair.key.entity,
      stage,
      counters: yield* Ref.get(counters),
      apiCalls: yield* apiCalls,
      elapsedMs: yield* elapsedMs,
      fraction
    })
    // A first match is not cut: half of it would be decided twice.
    if (options.turn !== undefined && stage !== "matching" && (yield* options.turn.mustYield))
      return yield* new Yielded()
  })
  const notes = yield* Ref.make<ReadonlyArray<string>>([])
  const run: Running = { askedAtMs, counters, notes, apiCalls, elapsedMs, onCommit }
  return run
})

/** Finds and writes, while it shows life and until its time is over. */
const work = Effect.fnUntraced(function* (pair: Pair, options: RunPair, begun: Cursors.Begun, run: Running) {
  const mode = modeOf(pair, options)
  const sides = Object.values(begun.held).filter((each) => each !== null)
  const isBackfill = mode === "full" || sides.some(({ cursor }) => !hasListed(cursor))
  const finding = find(pair, begun, mode, options, run).pipe(
    options.turn !== undefined && options.task._tag === "Sync" && isBackfill
      ? Effect.provideService(Priority, "backfill")
      : (same) => same
  )
  const leftMs = pair.job.timeoutMinutes * 60_000 - (yield* run.elapsedMs)
  return yield* Effect.timeoutOption(
    Living.whileAlive(leasesOf(begun), run.askedAtMs, finding),
    Duration.millis(Math.max(0, leftMs))
  )
})

/** Gives the sides back, ends the execution, and reports. */
const conclude = Effect.fnUntraced(function* (
  pair: Pair,
  options: RunPair,
  begun: Cursors.Begun,
  run: Running,
  exit: Exit.Exit<Option.Option<void>, PullError | DrivingError>
) {
  const cursors = yield* Cursors.Cursors
  const leases = leasesOf(begun)
  if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) {
    // A driver's run goes on elsewhere.
    yield* Effect.ignore(cursors.end(leases, options.turn === undefined ? interrupted : null))
    return yield* Effect.interrupt
  }
  const counters = yield* Ref.get(run.counters)
  const { failure, reason, status, stop } = yield* Effect.onError(endingOf(pair, exit, counters), () =>
    Effect.ignore(cursors.end(leases, null))
  )
  const apiCalls = begun.apiCalls + (yield* run.apiCalls)
  const report: ExecutionReport = {
    execution: begun.id,
    job: pair.job.name,
    integration: pair.key.integration,
    entity: pair.key.entity,
    status,
    reason,
    failure,
    stop,
    notes: yield* Ref.get(run.notes),
    counters,
    apiCalls,
    durationMs: yield* run.elapsedMs
  }
  const end = options.turn?.end ?? ((leases, ending) => cursors.end(leases, ending))
  if (yield* end(leases, status === "running" ? null : { status, reason, apiCalls }, report)) return report
  // Somebody else ended it first: a cancel, or the owner who took over. Their word counts.
  const others = yield* (yield* Executions.Executions).get(pair.key.tenant, begun.id)
  const told = Option.getOrElse(others, () => ({ status, reason }))
  return { ...report, status: told.status, reason: told.reason, failure: null, stop: null }
})

const interrupted: Executions.Ending = {
  status: "cancelled",
  reason: "interrupted; run it again, and it goes on from the last commit",
  apiCalls: null
}

const modeOf = ({ job }: Pair, { isFull }: RunPair): "full" | "incremental" => (isFull ? "full" : job.mode)

/**
 * Takes the sides of a two-way pair; of a mirror the source's. An owner that died on this machine is taken over at once, any other after
 * its heartbeat has stopped; and a driver's former turn by the driver, whose right to the pair no other driver has.
 */
const begin = Effect.fnUntraced(function* (pair: Pair, options: RunPair) {
  const cursors = yield* Cursors.Cursors
  const { task, turn } = options
  const sides: ReadonlyArray<Side.Side> = isTwoWay(pair) ? options.sides : ["source"]
  const isDriven = turn !== undefined
  const owner = yield* Owner.here(isDriven ? `${Owner.driver}${pair.job.name}` : pair.job.name)
  const taking = {
    job: pair.job.name,
    trigger: turn?.trigger ?? "manual",
    mode: task._tag === "Reconcile" ? "reconcile" : modeOf(pair, options),
    resumes: turn?.resumes ?? null,
    sides,
    owner
  } as const
  const takeOver: Array<Side.Side> = []
  return yield* Effect.suspend(() => cursors.begin(pair.key, { ...taking, takeOver })).pipe(
    Effect.tapError((error) =>
      Effect.gen(function* () {
        if (error._tag !== "Busy") return
        if ((isDriven && error.label.startsWith(Owner.driver)) || (yield* Owner.isDead(error)))
          takeOver.push(error.side)
      })
    ),
    Effect.retry({ times: 2, while: (error) => error._tag === "Busy" && takeOver.includes(error.side) }),
    Effect.catchTag("Busy", ({ execution, message }) =>
      Effect.fail(new AlreadyRunning({ job: pair.job.name, execution, detail: message }))
    )
  )
})

/** Of each side that is held. */
const leasesOf = ({ held }: Cursors.Begun): Cursors.Leases => {
  const [first, ...others] = Object.values(held).flatMap((each) => each?.lease ?? [])
  if (first === undefined) throw new Error("an execution was begun without a side")
  return [first, ...others]
}

const hasListed = (cursor: Cursor.Cursor | null): boolean => cursor !== null && cursor._tag !== "Listing"

type Told = Pick<Parameters<typeof pull>[0], "counters" | "notes" | "onCommit">

/** Finds, decides and writes, in the way of the pair. */
const find = Effect.fnUntraced(function* (
  pair: Pair,
  { agenda, held }: Cursors.Begun,
  mode: "full" | "incremental",
  { mayOverwrite, task }: Pick<RunPair, "mayOverwrite" | "task">,
  told: Told
) {
  for (const side of Side.Side.literals) {
    const prepare = pair[side].entity.target?.prepare
    if (prepare !== undefined && (side === "target" || isTwoWay(pair)))
      yield* atSide(side, provide(pair[side], prepare(side === "target" ? pair.columns : [])))
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
    return yield* Drive.drive(driving, found, task, agenda)
  }
  if (held.source !== null) yield* mirror(pair, held.source, { agenda, mode, task, told })
})

const mirror = Effect.fnUntraced(function* (
  pair: Pair,
  { cursor, lease }: Cursors.Held,
  {
    agenda,
    mode,
    task,
    told
  }: Pick<Cursors.Begun, "agenda"> & {
    readonly mode: "full" | "incremental"
    readonly task: Drive.Task
    readonly told: Told
  }
) {
  const breaker = yield* Breaker.make
  const target = pair.target.entity.target ?? {}
  const hasLedger = Side.Side.literals.some((side) => agenda[side].hasLedger)
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
      return yield* pull(pulling, cursor, agenda.source)
  }
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
