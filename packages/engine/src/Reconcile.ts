/**
 * Reconciles one pair: lists all ids of both sides, compares them with the links, and carries out what differs.
 *
 * The listings need no lease, so the pair goes on syncing meanwhile, and they go on where an interrupted one stopped. What was
 * made or touched since they began is too fresh to be judged.
 */
import { Side } from "@syncline/core"
import { Cursors, Executions, Reconciliations, type SqlError } from "@syncline/store"
import { Clock, Effect, Option, Schema } from "effect"
import * as Compared from "./Compared.ts"
import * as Enumerate from "./Enumerate.ts"
import { AlreadyRunning } from "./EngineError.ts"
import { classOf, explain, stopOf } from "./Explain.ts"
import { isTwoWay, type Pair } from "./Pair.ts"
import * as Reconciling from "./Reconciling.ts"
import type { ExecutionReport, ReconcileReport, SideComparison } from "./Report.ts"
import * as Run from "./Run.ts"
import * as Counted from "./Counted.ts"

export interface Options extends Pick<Run.RunPair, "onProgress" | "turn"> {
  /** Only tell what differs: nothing is asked for by id, decided or written. */
  readonly isDry: boolean
}

/** Reconciles a pair now, and waits. Interrupted, the listings go on with the next. */
export const run = Effect.fn("Reconcile.run")(function* (
  pair: Pair,
  options: Options
): Effect.fn.Return<ReconcileReport, AlreadyRunning | SqlError, Run.RunServices> {
  const report: ReconcileReport = {
    job: pair.job.name,
    execution: null,
    notReconciled: null,
    compared: null,
    found: null
  }
  if (!(yield* wasListed(pair))) return { ...report, notReconciled: neverListed(pair) }
  const callsBefore = yield* Counted.calls(pair)
  const startedAtMs = yield* Clock.currentTimeMillis
  const listed = yield* Effect.result(enumerateBoth(pair))
  if (listed._tag === "Failure") {
    const error = listed.failure
    if (error._tag === "SqlError") return yield* error
    if (error._tag === "Overtaken")
      return yield* new AlreadyRunning({ job: pair.job.name, execution: "reconciliation", detail: error.message })
    const apiCalls = (yield* Counted.calls(pair)) - callsBefore
    return { ...report, execution: yield* failed(pair, error, { apiCalls, startedAtMs }) }
  }
  if (options.isDry) return { ...report, compared: yield* lookAt(pair, listed.success) }
  const execution = yield* Run.run(pair, {
    isFull: false,
    task: { _tag: "Reconcile", isCompared: true },
    mayOverwrite: false,
    sides: Side.Side.literals,
    ...options
  })
  const found = yield* foundBy(pair, execution)
  return { ...report, execution, found, compared: found === null ? null : comparedOf(found, listed.success) }
})

/** The deletions that a person has approved, without comparing anything. */
export const approved = Effect.fn("Reconcile.approved")(function* (pair: Pair, options: Pick<Options, "onProgress">) {
  return yield* Run.run(pair, {
    isFull: false,
    task: { _tag: "Reconcile", isCompared: false },
    mayOverwrite: false,
    sides: Side.Side.literals,
    onProgress: options.onProgress
  })
})

/** Before everything was listed once, and records of both sides were paired, whatever is not linked is merely not there yet. */
const wasListed = Effect.fnUntraced(function* (pair: Pair) {
  const cursors = yield* Cursors.Cursors
  for (const side of Side.Side.literals) {
    const isNeeded = Reconciling.tellsAt(pair, side).tellsBack || (isTwoWay(pair) && pair.twoWay.match.length > 0)
    if (!isNeeded) continue
    const cursor = Option.getOrNull(yield* cursors.read(pair.key, side))
    if (cursor === null || (cursor._tag === "Listing" && cursor.generation === 1)) return false
    if (isTwoWay(pair) && pair.twoWay.match.length > 0 && cursor.generation === 1) return false
  }
  return true
})

const neverListed = ({ job }: Pair) =>
  `"${job.name}" has not listed all its records yet, so nothing can be said to be missing; run it first: syncline run ${job.name}`

type Listed = Readonly<Record<Side.Side, number>>

const enumerateBoth = Effect.fnUntraced(function* (pair: Pair) {
  const listed: Record<Side.Side, number> = { source: 0, target: 0 }
  yield* Effect.forEach(
    Side.Side.literals,
    (side) =>
      Enumerate.enumerate(pair, side, (ids) =>
        Effect.sync(() => {
          listed[side] = ids
        })
      ),
    { concurrency: "unbounded", discard: true }
  )
  const both: Listed = listed
  return both
})

/** A listing that failed is an execution too, so that whoever looks for the reason finds it. */
const failed = Effect.fnUntraced(function* (
  pair: Pair,
  error: Exclude<Enumerate.EnumerateError, SqlError | Reconciliations.Overtaken>,
  { apiCalls, startedAtMs }: { readonly apiCalls: number; readonly startedAtMs: number }
) {
  const executions = yield* Executions.Executions
  const { tenant } = pair.key
  const execution = yield* executions.start(pair.key, { job: pair.job.name, trigger: "manual", mode: "reconcile" })
  const reason = explain(pair, error)
  yield* executions.finish(tenant, execution, { status: "failed", reason, apiCalls })
  const report: ExecutionReport = {
    ...Counted.nothing(pair, execution),
    status: "failed",
    reason,
    failure: classOf(error),
    stop: stopOf(pair, error),
    apiCalls,
    durationMs: (yield* Clock.currentTimeMillis) - startedAtMs
  }
  return report
})

const decodeFound = Schema.decodeUnknownOption(Compared.Found)

/** What this very execution found; null where it did not come to its end. */
const foundBy = Effect.fnUntraced(function* (pair: Pair, { execution }: ExecutionReport) {
  const store = yield* Reconciliations.Reconciliations
  const last = Option.getOrNull(yield* store.last(pair.key))
  return last === null || last.execution !== execution ? null : Option.getOrNull(decodeFound(last.found))
})

const noSample: SideComparison["sample"] = { unlisted: [], missed: [], drifted: [], back: [] }

const comparedOf = ({ mapped, source, target }: Compared.Found, listed: Listed): ReconcileReport["compared"] => ({
  mapped,
  source: { ...source, listed: listed.source, sample: noSample },
  target: { ...target, listed: listed.target, sample: noSample }
})

const sampleSize = 10

const lookAt = Effect.fnUntraced(function* (pair: Pair, listed: Listed) {
  const store = yield* Reconciliations.Reconciliations
  const compared = yield* store.compare(pair.key, {
    source: Reconciling.tellsAt(pair, "source"),
    target: Reconciling.tellsAt(pair, "target")
  })
  const sideOf = Effect.fnUntraced(function* (side: Side.Side) {
    const sample: Record<Reconciliations.Kind, SideComparison["sample"]["missed"]> = { ...noSample }
    for (const kind of Reconciliations.Kind.literals) {
      const some = yield* store.differences(pair.key, { side, kind, after: null, limit: sampleSize })
      sample[kind] = some.map(({ id }) => id)
    }
    const comparison: SideComparison = { ...compared[side], listed: listed[side], sample }
    return comparison
  })
  const told = { mapped: compared.mapped, source: yield* sideOf("source"), target: yield* sideOf("target") }
  yield* store.forget(pair.key)
  return told
})
