/** What a run looks like while it goes on: bars for a terminal, plain lines for a log. Pure: text from data. */
import type { ExecutionId } from "@syncline/core"
import type { ExecutionReport, Progress } from "@syncline/engine"
import * as Quantity from "./Quantity.ts"
import * as Style from "./Style.ts"
import * as Table from "./Table.ts"

/** One execution as it was last seen, and where it was when it was first seen. */
export interface Row {
  readonly now: Progress
  readonly first: Pick<Progress, "fraction" | "elapsedMs">
}

/** The executions that are under way, in the order in which they began. */
export type Board = ReadonlyMap<ExecutionId, Row>

export const empty: Board = new Map()

export const update = (board: Board, now: Progress): Board =>
  new Map(board).set(now.execution, { now, first: board.get(now.execution)?.first ?? now })

/**
 * Milliseconds until the walk is at its end, as it went since it was first seen: what an earlier run had done already says nothing
 * about this one's speed. Null while that cannot be told.
 */
export const etaMs = ({ now, first }: Row): number | null => {
  if (now.fraction === null) return null
  const walked = now.fraction - (first.fraction ?? 0)
  const elapsedMs = now.elapsedMs - first.elapsedMs
  // One page tells too little: the first guess would be far off and jump.
  return walked < 0.02 || elapsedMs < 500 ? null : (elapsedMs * Math.max(0, 1 - now.fraction)) / walked
}

const barCells = 24

const bar = (fraction: number, style: Style.Style): string => {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * barCells)
  return Style.paint(style, "good", "█".repeat(filled)) + Style.paint(style, "faint", "░".repeat(barCells - filled))
}

const facts = ({ now, first }: Row): ReadonlyArray<string> => {
  const eta = etaMs({ now, first })
  return [
    Quantity.of(now.counters.processed, "record"),
    ...(now.counters.failed > 0 ? [`${Quantity.count(now.counters.failed)} failed`] : []),
    Quantity.rate(now.counters.processed, now.elapsedMs),
    Quantity.of(now.apiCalls, "API call"),
    ...(eta === null ? [] : [`${Quantity.duration(eta)} left`])
  ].filter((fact) => fact !== "")
}

const percent = (fraction: number): string => `${Math.floor(Math.min(1, fraction) * 100)} %`

/** One line per execution under way, none wider than `columns`. */
export const bars = (
  board: Board,
  terminal: { readonly columns: number; readonly style: Style.Style }
): ReadonlyArray<string> => {
  const { columns, style } = terminal
  const rows = [...board.values()]
  const nameWidth = rows.reduce((widest, { now }) => Math.max(widest, Table.width(now.entity)), 0)
  return rows.map((row) => {
    const { entity, fraction, stage } = row.now
    const name = Table.padEnd(entity, nameWidth)
    const text = facts(row).join("  ")
    const shown = fraction === null ? stage : `${" ".repeat(barCells)} ${percent(fraction).padStart(5)}`
    // Where a terminal is too narrow for a bar, the numbers matter more.
    if (Table.width(`  ${name}  ${shown}  ${text}`) >= columns) return Table.fit(`  ${name}  ${text}`, columns - 1)
    const drawn =
      fraction === null
        ? Style.paint(style, "faint", stage)
        : `${bar(fraction, style)} ${percent(fraction).padStart(5)}`
    return `  ${name}  ${drawn}  ${text}`
  })
}

/** One execution on one line of a log: `customer: listing 52 %, 5,200 records, 3,412/s, 52 API calls`. */
export const line = (row: Row): string => {
  const { entity, fraction, stage } = row.now
  return `${entity}: ${fraction === null ? stage : `${stage} ${percent(fraction)}`}, ${facts(row).join(", ")}`
}

/** Lines of a log come at most this often for one execution. */
export const lineEveryMs = 2000

const signs: Readonly<Record<ExecutionReport["status"], readonly [sign: string, tone: Style.Tone]>> = {
  running: ["…", "faint"],
  completed: ["✓", "good"],
  completed_with_errors: ["!", "warning"],
  failed: ["✗", "bad"],
  timed_out: ["✗", "bad"],
  cancelled: ["✗", "warning"]
}

const outcomes = ["created", "updated", "deleted", "conflicted", "failed", "queued", "skipped"] as const

/** `9,990 created, 10 failed` — what became of the records, without the outcomes that none had. */
export const outcomesOf = (counters: ExecutionReport["counters"]): string =>
  outcomes
    .flatMap((outcome) => (counters[outcome] === 0 ? [] : [`${Quantity.count(counters[outcome])} ${outcome}`]))
    .join(", ")

/** How an execution ended: one line, and one more for the reason and for each note. */
export const ended = (report: ExecutionReport, style: Style.Style): ReadonlyArray<string> => {
  const [sign, tone] = signs[report.status]
  const { counters, apiCalls, durationMs } = report
  const speed = [
    Quantity.duration(durationMs),
    Quantity.rate(counters.processed, durationMs),
    Quantity.of(apiCalls, "API call")
  ]
  const isEmpty = counters.processed === 0
  const found = isEmpty
    ? "nothing had changed"
    : `${Quantity.of(counters.processed, "record")}: ${outcomesOf(counters)}`
  const what = report.status !== "failed" ? found : isEmpty ? "failed before its first record" : `failed after ${found}`
  return [
    `${Style.paint(style, tone, sign)} ${report.entity}  ${what}  (${speed.filter((fact) => fact !== "").join(", ")})`,
    ...(report.reason === null ? [] : report.reason.split("\n").map((text) => `    ${text}`)),
    ...report.notes.map((note) => `    ${note}`)
  ]
}
