/** The two-way part: two systems that answer at once, each run in a process and on a database of its own. */
import { fileURLToPath } from "node:url"
import * as Child from "./Child.ts"
import type { Databases } from "./Databases.ts"
import { type Spread, spread } from "./Statistics.ts"

export interface TwoWay extends Child.Usage {
  readonly records: number
  /** A COPY of the same records into a table with a key. */
  readonly floorSeconds: number
  /** Pairing all records of both sides, and the most memory meanwhile. */
  readonly matchSeconds: number
  readonly matchClientMiB: number
  readonly matchServerMiB: number | null
  /** Finding, deciding and committing one edit of each record. */
  readonly decideSeconds: number
  /** Sending what was decided, and settling the answers. */
  readonly drainSeconds: number
  readonly deltaCalls: number
  readonly mostDeltaCalls: number
  readonly writesPerEdit: number
  /** Writes of two more runs, in which nothing had changed. */
  readonly writesAfterQuiet: number
  readonly claimMs?: number
  readonly claimBuffers?: number
}

const program = fileURLToPath(new URL("children/TwoWay.ts", import.meta.url))
const database = "bench_twoway"

/** Claims are measured in the first run only: filling a million entries takes longer than all else. */
export const run = async (
  databases: Databases,
  {
    claimEntries,
    records,
    rounds
  }: { readonly records: number; readonly rounds: number; readonly claimEntries: number },
  onRun: (run: TwoWay) => void
): Promise<ReadonlyArray<TwoWay>> => {
  const runs: Array<TwoWay> = []
  for (let round = 0; round < rounds; round++) {
    const job = { databaseUrl: await databases.fresh(database), records, claimEntries: round === 0 ? claimEntries : 0 }
    const { said, usage } = await Child.run({ file: program, args: [JSON.stringify(job)] })
    const run: TwoWay = { ...Object(said), ...usage }
    onRun(run)
    runs.push(run)
    await databases.drop(database)
  }
  return runs
}

const of = (runs: ReadonlyArray<TwoWay>, figure: (run: TwoWay) => number): Spread | null => spread(runs.map(figure))

/** What a script reads: medians, and the worst of what has a limit. */
export const summary = (runs: ReadonlyArray<TwoWay>) => {
  const claim = runs.find(({ claimMs }) => claimMs !== undefined)
  return {
    twoWayToFloor: rounded(of(runs, ({ decideSeconds, floorSeconds }) => floorSeconds / decideSeconds)?.median),
    decidedPerSecond: rounded(of(runs, ({ decideSeconds, records }) => records / decideSeconds)?.median),
    drainedPerSecond: rounded(of(runs, ({ drainSeconds, records }) => records / drainSeconds)?.median),
    matchedPerSecond: rounded(of(runs, ({ matchSeconds, records }) => records / matchSeconds)?.median),
    matchClientMiB: of(runs, ({ matchClientMiB }) => matchClientMiB)?.max ?? null,
    matchServerMiB: of(runs, ({ matchServerMiB }) => matchServerMiB ?? 0)?.max ?? null,
    claimMs: claim?.claimMs ?? null,
    claimBuffers: claim?.claimBuffers ?? null,
    writesPerEdit: of(runs, ({ writesPerEdit }) => writesPerEdit)?.max ?? null,
    writesAfterQuiet: of(runs, ({ writesAfterQuiet }) => writesAfterQuiet)?.max ?? null,
    deltaCalls: of(runs, ({ deltaCalls }) => deltaCalls)?.max ?? null,
    mostDeltaCalls: runs[0]?.mostDeltaCalls ?? null,
    records: runs[0]?.records ?? null,
    rounds: runs.length
  }
}

const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : value > 100 ? Math.round(value) : Math.round(value * 1000) / 1000

export const line = (run: TwoWay): string => {
  const perSecond = (seconds: number) => `${Math.round(run.records / seconds)}/s`
  return [
    `floor ${perSecond(run.floorSeconds)}`,
    `matched ${perSecond(run.matchSeconds)}`,
    `decided ${perSecond(run.decideSeconds)}`,
    `drained ${perSecond(run.drainSeconds)}`,
    `${run.maxRssMiB} MiB`,
    ...(run.claimMs === undefined ? [] : [`claim ${run.claimMs.toFixed(2)} ms, ${run.claimBuffers} buffers`])
  ].join("  ")
}
