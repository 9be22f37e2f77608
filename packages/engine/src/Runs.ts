/** Runs of several jobs: in dependency order, as planned, or of certain records. */
import { Side } from "@syncline/core"
import { Agenda } from "@syncline/store"
import { Effect } from "effect"
import * as Drive from "./Drive.ts"
import { Moved, UnknownName } from "./EngineError.ts"
import type { ApplyOptions, RunOptions, SeenPlan } from "./Engine.ts"
import * as Naming from "./Naming.ts"
import { isTwoWay, type Pair } from "./Pair.ts"
import * as Planned from "./Planned.ts"
import type { Registry } from "./Registry.ts"
import * as Reconcile from "./Reconcile.ts"
import type { ExecutionReport, ReconcileReport, RunReport } from "./Report.ts"
import * as Run from "./Run.ts"

const isBroken = ({ status }: ExecutionReport): boolean => status !== "completed" && status !== "completed_with_errors"

/** Chains of references that go through several jobs settle one link a pass. */
const maxPasses = 5

/** One job after another. A job waits in vain for one it depends on that failed, and says so. */
export const run = Effect.fn("Runs.run")(function* (
  registry: Registry,
  name: string | undefined,
  options: ApplyOptions,
  task: Drive.Task = Drive.sync
) {
  const pairs = yield* Naming.pairsOf(registry, name)
  const reports: Array<ExecutionReport> = []
  const notStarted: Array<RunReport["notStarted"][number]> = []
  const broken = new Set<Pair>()
  const runOne = Effect.fnUntraced(function* (pair: Pair, task: Drive.Task) {
    const report = yield* Run.run(pair, {
      isFull: options.full ?? false,
      task,
      mayOverwrite: options.overwrite ?? false,
      sides: options.sides ?? Side.Side.literals,
      onProgress: options.onProgress ?? (() => Effect.void)
    })
    if (isBroken(report)) broken.add(pair)
    reports.push(report)
    yield* options.onEnded?.(report) ?? Effect.void
  })
  for (const pair of pairs) {
    const because = registry.dependencies.get(pair)?.find((other) => broken.has(other))
    if (because === undefined) yield* runOne(pair, task)
    else {
      broken.add(pair)
      notStarted.push({ job: pair.job.name, because: because.job.name })
    }
  }
  // A record that waited for one of a later job can go on now.
  for (let pass = 0; pass < maxPasses; pass++) {
    const woken = yield* Effect.filter(
      pairs.filter((pair) => !broken.has(pair)),
      hasWoken
    )
    if (woken.length === 0) break
    for (const pair of woken) yield* runOne(pair, { _tag: "Apply" })
  }
  const told: RunReport = { executions: reports, notStarted }
  return told
})

const hasWoken = Effect.fnUntraced(function* (pair: Pair) {
  if (!isTwoWay(pair)) return false
  const ahead = yield* (yield* Agenda.Agenda).ahead(pair.key.tenant, pair.key.integration)
  return ahead.some(({ entity, isReady }) => isReady && entity === pair.key.entity)
})

const integrationOf = Effect.fnUntraced(function* (registry: Registry, name: string) {
  const pairs = registry.pairs.filter(({ key }) => key.integration === name)
  const [first] = pairs
  if (first !== undefined) return { integration: first.key.integration, pairs }
  return yield* new UnknownName({ name, known: [...new Set(registry.pairs.map(({ key }) => key.integration))] })
})

export const plan = Effect.fn("Runs.plan")(function* (registry: Registry, name: string) {
  const { integration, pairs } = yield* integrationOf(registry, name)
  return yield* Planned.plan(integration, pairs)
})

/** Plans again, since the world may have moved, and writes only what a person has seen. */
export const apply = Effect.fn("Runs.apply")(function* (
  registry: Registry,
  name: string,
  seen: SeenPlan | null,
  options: ApplyOptions
) {
  if (seen === null) return yield* run(registry, name, options)
  const now = yield* plan(registry, name)
  if (now.fingerprint !== seen.fingerprint || seen.integration !== now.integration) {
    return yield* new Moved({
      detail: `what "${name}" would do is no longer what the plan says, so nothing was written; look again with: syncline plan ${name}`
    })
  }
  return yield* run(registry, name, options, { _tag: "Apply" })
})

/** Every record of an entity, or one as both sides have it now. */
export const resync = Effect.fn("Runs.resync")(function* (
  registry: Registry,
  entity: string,
  id: string | null,
  options: RunOptions
) {
  if (id === null) {
    const pairs = yield* Naming.pairsWith(registry, entity)
    const reports = yield* Effect.forEach(pairs, ({ job }) => run(registry, job.name, { ...options, full: true }))
    const all: RunReport = {
      executions: reports.flatMap(({ executions }) => executions),
      notStarted: reports.flatMap(({ notStarted }) => notStarted)
    }
    return all
  }
  const executions: Array<ExecutionReport> = []
  for (const { link, pair } of yield* Naming.someLinksOf(registry, { entity, id })) {
    const { executions: ran } = yield* run(registry, pair.job.name, options, {
      _tag: "Records",
      ids: { source: idsOf(link.sourceId), target: idsOf(link.targetId) }
    })
    executions.push(...ran)
  }
  const told: RunReport = { executions, notStarted: [] }
  return told
})

/** What each job's listings differ in, and, unless it is a dry run, what follows from it. */
export const reconcile = Effect.fn("Runs.reconcile")(function* (
  registry: Registry,
  name: string,
  options: RunOptions & { readonly isDry?: boolean }
) {
  const pairs = yield* Naming.pairsOf(registry, name)
  const reports: Array<ReconcileReport> = []
  for (const pair of pairs) {
    const report = yield* Reconcile.run(pair, {
      isDry: options.isDry ?? false,
      onProgress: options.onProgress ?? (() => Effect.void)
    })
    reports.push(report)
    if (report.execution !== null) yield* options.onEnded?.(report.execution) ?? Effect.void
  }
  const told: ReadonlyArray<ReconcileReport> = reports
  return told
})

const idsOf = <A>(id: A | null): ReadonlyArray<A> => (id === null ? [] : [id])
