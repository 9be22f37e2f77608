/** One act of the demo: a sync, and what both sides hold after it. */
import type { Account } from "@syncline/connector/sandbox"
import { Counters } from "@syncline/core"
import { Engine, type RunReport } from "@syncline/engine"
import { Store } from "@syncline/store"
import { Clock, Effect } from "effect"
import * as Display from "../Display.ts"
import * as ExitCode from "../ExitCode.ts"
import { ofEngine, ofStore } from "../Problem.ts"
import * as Comparison from "./Comparison.ts"
import * as Tables from "./Tables.ts"

export interface EntityReport {
  /** Live records at the provider, at the end of the act. */
  readonly source: number
  /** Live rows of the table, at the end of the act. */
  readonly target: number
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly skipped: number
  readonly conflicted: number
  readonly failed: number
  readonly apiCalls: number
}

export interface ActReport {
  readonly name: string
  /** Of the sync. */
  readonly seconds: number
  readonly entities: Readonly<Record<string, EntityReport>>
}

/** Whether every job of the act ran to its end and no record failed. */
export const isComplete = ({ executions, notStarted }: RunReport): boolean =>
  notStarted.length === 0 && executions.every(({ status }) => status === "completed")

export const apiCalls = ({ entities }: ActReport): number =>
  Object.values(entities).reduce((sum, entity) => sum + entity.apiCalls, 0)

/** Runs integrations or jobs, one after the other until one does not end well, and shows it. */
export const sync = Effect.fn("Act.sync")(function* (...names: ReadonlyArray<string>) {
  const engine = yield* Engine
  const display = yield* Display.make()
  let report: RunReport = { executions: [], notStarted: [] }
  for (const name of names) {
    const { executions, notStarted } = yield* engine
      .run(name, { onProgress: display.onProgress, onEnded: display.onEnded })
      .pipe(
        Effect.mapError(ofEngine),
        Effect.onInterrupt(() => display.clear)
      )
    report = {
      executions: [...report.executions, ...executions],
      notStarted: [...report.notStarted, ...notStarted]
    }
    if (!isComplete(report)) break
  }
  yield* display.close(report)
  return report
})

/** Syncs, shows it, and counts both sides. */
export const play = Effect.fn("Act.play")(function* (name: string, jobs: ReadonlyArray<string>, account: Account) {
  const startedAtMs = yield* Clock.currentTimeMillis
  const report = yield* sync(...jobs)
  const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
  const entities: Record<string, EntityReport> = {}
  for (const { entity, table } of Tables.all) {
    const execution = report.executions.find((execution) => execution.entity === entity)
    const { processed: _, queued: __, ...counters } = execution?.counters ?? Counters.zero
    entities[entity] = {
      source: yield* account.count(entity),
      target: yield* count(table),
      ...counters,
      apiCalls: execution?.apiCalls ?? 0
    }
  }
  const act: ActReport = { name, seconds, entities }
  const isEven = Object.values(entities).every(({ source, target }) => source === target)
  return { act, isComplete: isComplete(report), isGood: isComplete(report) && isEven, exitCode: ExitCode.ofRun(report) }
})

/** PostgreSQL's word for a table that is not there: its job ended before it made one. */
const undefinedTable = "42P01"

const count = Effect.fnUntraced(function* (table: string) {
  const { postgres } = yield* Store.Store
  return yield* postgres.query(Tables.counting(table)).pipe(
    Effect.map(([row]) => Number(row?.["rows"] ?? 0)),
    Effect.catchIf(
      ({ sqlState }) => sqlState === undefinedTable,
      () => Effect.succeed(0)
    ),
    Effect.mapError(ofStore)
  )
})

/** Compares every field of every record, entity by entity. */
export const compare = Effect.fn("Act.compare")(function* (account: Account) {
  const { postgres } = yield* Store.Store
  const compared: Record<string, Comparison.Comparison> = {}
  for (const { entity, table } of Tables.all) {
    const rows = yield* Effect.mapError(postgres.query(Tables.reading(table)), ofStore)
    compared[entity] = Comparison.of(yield* account.truth(entity), new Map(rows.map(Tables.record)))
  }
  return compared
})
