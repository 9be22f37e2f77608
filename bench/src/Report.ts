/** What the rounds came to, as data and as lines. */
import { type Contender, contenders } from "./Contender.ts"
import type { Machine } from "./Machine.ts"
import { figures, ratio, type Round } from "./Rounds.ts"
import type { Spread } from "./Statistics.ts"

export interface Report {
  readonly machine: Machine
  readonly records: number
  /** Pages of 100 that one client without a database gets from the provider in a second. */
  readonly providerPagesPerSecond: number
  readonly discardedRounds: number
  readonly ratios: Readonly<Record<keyof typeof pairs, Spread | null>>
  readonly contenders: Readonly<Record<Contender, Figures>>
  readonly rescanWrites: number | null
  readonly rounds: ReadonlyArray<Round>
}

type Figures = Readonly<Record<"recordsPerSecond" | "maxRssMiB" | "cpuMicrosPerRecord" | "apiCalls", Spread | null>>

/** Each ratio: who, and as many times as fast as whom. */
const pairs = {
  toFloor: ["syncline", "floor"],
  toFloorOtherDatabase: ["elsewhere", "floor"],
  toStripeSync: ["syncline", "stripeSync"],
  toPerRow: ["syncline", "perRow"],
  toSameKFloorAt50ms: ["farSyncline", "farFloor"],
  rescanToFloor: ["rescan", "floor"]
} as const satisfies Readonly<Record<string, readonly [Contender, Contender]>>

const figuresOf = (rounds: ReadonlyArray<Round>, contender: Contender): Figures => ({
  recordsPerSecond: figures(rounds, contender, ({ n, seconds }) => Math.round(n / seconds)),
  maxRssMiB: figures(rounds, contender, ({ maxRssMiB }) => maxRssMiB),
  cpuMicrosPerRecord: figures(rounds, contender, ({ cpuSeconds, n }) => Math.round((cpuSeconds / n) * 10_000_000) / 10),
  apiCalls: figures(rounds, contender, ({ apiCalls }) => apiCalls)
})

export const report = (
  rounds: ReadonlyArray<Round>,
  about: Pick<Report, "machine" | "records" | "providerPagesPerSecond" | "discardedRounds">
): Report => {
  const ratioOf = (name: keyof typeof pairs) => ratio(rounds, pairs[name][0], pairs[name][1])
  const of = (contender: Contender) => figuresOf(rounds, contender)
  return {
    ...about,
    ratios: {
      toFloor: ratioOf("toFloor"),
      toFloorOtherDatabase: ratioOf("toFloorOtherDatabase"),
      toStripeSync: ratioOf("toStripeSync"),
      toPerRow: ratioOf("toPerRow"),
      toSameKFloorAt50ms: ratioOf("toSameKFloorAt50ms"),
      rescanToFloor: ratioOf("rescanToFloor")
    },
    contenders: {
      floor: of("floor"),
      syncline: of("syncline"),
      elsewhere: of("elsewhere"),
      rescan: of("rescan"),
      stripeSync: of("stripeSync"),
      perRow: of("perRow"),
      farFloor: of("farFloor"),
      farSyncline: of("farSyncline")
    },
    rescanWrites: figures(rounds, "rescan", ({ writes }) => writes ?? 0)?.max ?? null,
    rounds
  }
}

/** The medians alone, flat: what a script reads. */
export const summary = ({ contenders, ratios, rescanWrites, ...report }: Report) => ({
  ...Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [name, rounded(ratio?.median)])),
  rescanWrites,
  rssMiB: contenders.syncline.maxRssMiB?.max ?? null,
  recordsPerSecond: contenders.syncline.recordsPerSecond?.median ?? null,
  records: report.records,
  rounds: report.rounds.length,
  discardedRounds: report.discardedRounds,
  providerPagesPerSecond: Math.round(report.providerPagesPerSecond)
})

const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 1000) / 1000

export const lines = (report: Report): ReadonlyArray<string> => [
  "",
  `${"".padEnd(14)}${"records/s".padStart(12)}${"peak RSS".padStart(12)}${"CPU/record".padStart(13)}${"API calls".padStart(12)}`,
  ...contenders.flatMap((name) => {
    const { apiCalls, cpuMicrosPerRecord, maxRssMiB, recordsPerSecond } = report.contenders[name]
    if (recordsPerSecond === null) return []
    const cells = [
      String(Math.round(recordsPerSecond.median)).padStart(12),
      `${maxRssMiB?.max} MiB`.padStart(12),
      `${cpuMicrosPerRecord?.median.toFixed(1)} µs`.padStart(13),
      String(apiCalls?.median).padStart(12)
    ]
    return [`${name.padEnd(14)}${cells.join("")}`]
  }),
  "",
  ...Object.entries(report.ratios).flatMap(([name, ratio]) =>
    ratio === null
      ? []
      : [`${name.padEnd(22)}${ratio.median.toFixed(2)}   (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`]
  ),
  ...(report.rescanWrites === null ? [] : [`${"rescanWrites".padEnd(22)}${report.rescanWrites}`])
]
