/**
 * What each connector makes of its provider's limits: a backfill, a poll and a push against its stand-in, in virtual time, without
 * engine and database. Calls are counted on the wire.
 */
import { OpKey, type RecordId } from "@syncline/core"
import { Array as Arrays, Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { type Provider, providers } from "./connectors/Providers.ts"
import * as Reading from "./connectors/Reading.ts"

export interface ConnectorRun {
  readonly name: string
  readonly limit: string
  readonly records: number
  /** Of the provider's clock. */
  readonly seconds: number
  /** What the limits would allow, as a part of the time it took. Goal: ≥ 0.8. */
  readonly ofLimit: number
  readonly calls: number
  /** ⌈records / page⌉ times the calls of a page, and those besides. */
  readonly mostCalls: number
  /** 429s as a part of all calls. Goal: ≤ 0.01. */
  readonly refused: number
  readonly deltaCalls: number
  /** ⌈changed / page⌉ times the calls of a page, and 1. */
  readonly mostDeltaCalls: number
  /** Goal: ≤ 1. */
  readonly callsPerWrite: number
}

/** A working day, on which every provider of today is open. 2026-11-02T09:00:00Z. */
const begunAtMs = 1_793_610_000_000

/** Longer than any provider takes to show a change, and than the whole days by which one filters. */
const aWhileMs = 3 * 86_400_000

const changed = 250
const pushed = 100

const measure = Effect.fn("Connectors.measure")(function* (provider: Provider, records: number) {
  const { account, entities, heard, provide } = yield* provider.open(records)
  const entity = entities[provider.entity]
  if (entity === undefined) return yield* Effect.die(new Error(`there is no ${provider.name}`))

  const listed = yield* Reading.timed(provide(Reading.list(entity)))
  const there = yield* account.count(provider.entity)
  if (listed.value < there)
    return yield* Effect.die(new Error(`${provider.name}: ${listed.value} of ${there} records were listed`))
  const [calls, refused] = [heard.calls, heard.refused]

  // What was there from the start is old by now.
  yield* TestClock.adjust(aWhileMs)
  const from =
    entity.source.changes === undefined ? null : (yield* Reading.timed(provide(entity.source.changes.start))).value
  yield* TestClock.adjust(aWhileMs)
  const ids: ReadonlyArray<RecordId> = [...(yield* account.truth(provider.entity)).keys()].slice(0, changed)
  const edits = ids.length
  for (const [index, id] of ids.entries()) yield* account.user.edit(provider.entity, id, provider.edit(index))
  yield* TestClock.adjust(aWhileMs)
  const beforeDelta = heard.calls
  const followed = from === null ? { value: 0 } : yield* Reading.timed(provide(Reading.follow(entity, from)))
  if (from !== null && followed.value < edits)
    return yield* Effect.die(new Error(`${provider.name}: ${followed.value} of ${edits} changes were found`))
  const deltaCalls = heard.calls - beforeDelta

  const update = entity.target?.update
  const truth = yield* account.truth(provider.entity)
  const ops = ids.slice(0, pushed).flatMap((id, index) => {
    const base = truth.get(id)
    return base === undefined ? [] : [{ key: OpKey.make(`op-${index}`), id, base, patch: provider.edit(index + edits) }]
  })
  const beforePush = heard.calls
  if (update === undefined) return yield* Effect.die(new Error(`${provider.name} is only read`))
  for (const [index, batch] of Arrays.chunksOf(ops, update.max).entries()) {
    const { value } = yield* Reading.timed(provide(update.run(batch, OpKey.make(`batch-${index}`))))
    const failed = [...value].find(([, outcome]) => Result.isFailure(outcome))
    if (failed !== undefined) return yield* Effect.die(new Error(`${provider.name}: ${JSON.stringify(failed)}`))
  }
  const seconds = listed.ms / 1000
  const run: ConnectorRun = {
    name: provider.name,
    limit: provider.limit,
    records,
    seconds,
    ofLimit: seconds === 0 ? 1 : Math.min(1, provider.leastSeconds(records) / seconds),
    calls,
    mostCalls: Math.ceil(records / provider.page) * provider.callsPerPage + provider.callsBesides,
    refused: calls === 0 ? 0 : refused / calls,
    deltaCalls,
    mostDeltaCalls: Math.ceil(edits / provider.changesPage) * provider.callsPerChangesPage + 1,
    callsPerWrite: ops.length === 0 ? 0 : (heard.calls - beforePush) / ops.length
  }
  return run
})

/** Those connectors, one after the other. */
export const run = (records: number, names: ReadonlyArray<string>, told: (run: ConnectorRun) => void) =>
  Effect.forEach(
    providers.filter(({ name }) => names.includes(name)),
    (provider) =>
      Effect.andThen(TestClock.setTime(begunAtMs), measure(provider, records)).pipe(
        Effect.provide(TestClock.layer()),
        Effect.scoped,
        Effect.tap((measured) => Effect.sync(() => told(measured)))
      )
  )

const columns = [
  ["connector", ({ name }: ConnectorRun) => name],
  ["records", ({ records }: ConnectorRun) => String(records)],
  ["limit", ({ limit }: ConnectorRun) => limit],
  ["seconds", ({ seconds }: ConnectorRun) => seconds.toFixed(1)],
  ["of limit", ({ ofLimit }: ConnectorRun) => `${Math.round(ofLimit * 100)} %`],
  ["429", ({ refused }: ConnectorRun) => `${(refused * 100).toFixed(1)} %`],
  ["calls", ({ calls, mostCalls }: ConnectorRun) => `${calls} of ${mostCalls}`],
  ["a poll", ({ deltaCalls, mostDeltaCalls }: ConnectorRun) => `${deltaCalls} of ${mostDeltaCalls}`],
  ["a write", ({ callsPerWrite }: ConnectorRun) => callsPerWrite.toFixed(2)]
] as const

/** The table, one line a connector. */
export const lines = (runs: ReadonlyArray<ConnectorRun>): ReadonlyArray<string> => {
  const rows = [columns.map(([title]) => title), ...runs.map((run) => columns.map(([, cell]) => cell(run)))]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? "").length)))
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd()
  )
}
