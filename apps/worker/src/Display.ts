/** Shows a run while it goes on: bars that are drawn over on a terminal, lines now and then in a log. */
import type { ExecutionId } from "@syncline/core"
import type { ExecutionReport, Progress as Seen, RunReport } from "@syncline/engine"
import { Clock, Effect } from "effect"
import { Output } from "./Output.ts"
import * as Progress from "./Progress.ts"

export interface Display {
  readonly onProgress: (progress: Seen) => Effect.Effect<void>
  /** Takes the bars away and tells how an execution ended. */
  readonly onEnded: (report: ExecutionReport) => Effect.Effect<void>
  /** Tells which jobs were not started. */
  readonly close: (report: RunReport) => Effect.Effect<void>
  /** Takes the bars away, because the run was stopped. */
  readonly clear: Effect.Effect<void>
}

/** Often enough to look alive. */
const drawEveryMs = 100

/** Back to the first drawn line, and nothing below it. */
const back = (lines: number): string => (lines === 0 ? "" : `\u001b[${lines}A\r\u001b[J`)

const drawing = Effect.fn("Display.drawing")(function* (): Effect.fn.Return<
  Omit<Display, "close" | "onEnded">,
  never,
  Output
> {
  const output = yield* Output
  let board = Progress.empty
  let drawn = 0
  let drawnAtMs = Number.NEGATIVE_INFINITY
  return {
    onProgress: Effect.fnUntraced(function* (seen) {
      board = Progress.update(board, seen)
      const nowMs = yield* Clock.currentTimeMillis
      if (nowMs - drawnAtMs < drawEveryMs) return
      const lines = Progress.bars(board, { columns: yield* output.columns, style: output.style })
      yield* output.write(`${back(drawn)}${lines.join("\n")}\n`)
      drawn = lines.length
      drawnAtMs = nowMs
    }),
    clear: Effect.suspend(() => {
      const gone = back(drawn)
      board = Progress.empty
      drawn = 0
      return output.write(gone)
    })
  }
})

const logging = Effect.fn("Display.logging")(function* (): Effect.fn.Return<
  Omit<Display, "close" | "onEnded">,
  never,
  Output
> {
  const output = yield* Output
  let board = Progress.empty
  const toldAtMs = new Map<ExecutionId, number>()
  return {
    onProgress: Effect.fnUntraced(function* (seen) {
      board = Progress.update(board, seen)
      const row = board.get(seen.execution)
      const nowMs = yield* Clock.currentTimeMillis
      const lastMs = toldAtMs.get(seen.execution)
      // The first line comes after a while too: what takes less is told by its end alone.
      if (lastMs === undefined) return void toldAtMs.set(seen.execution, nowMs)
      if (row === undefined || nowMs - lastMs < Progress.lineEveryMs) return
      toldAtMs.set(seen.execution, nowMs)
      yield* output.print([Progress.line(row)])
    }),
    clear: Effect.void
  }
})

export const make = Effect.fn("Display.make")(function* (): Effect.fn.Return<Display, never, Output> {
  const output = yield* Output
  const running = yield* output.isInteractive ? drawing() : logging()
  return {
    ...running,
    onEnded: (report) => Effect.andThen(running.clear, output.print(Progress.ended(report, output.style))),
    close: ({ notStarted }) =>
      notStarted.length === 0
        ? Effect.void
        : output.print(notStarted.map(({ job, because }) => `- ${job} was not started, because ${because} failed`))
  }
})
