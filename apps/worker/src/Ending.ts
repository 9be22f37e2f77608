/** How a command ended: the code for the shell, and what the user is told. Pure. */
import { Cause, Exit, Option, Result } from "effect"
import { misread } from "./Cli.ts"
import * as ExitCode from "./ExitCode.ts"
import { BadOutcome, badInput, lines, ofBug, Problem } from "./Problem.ts"

export interface Ending {
  readonly exitCode: number
  /** Null where the command has told it itself. */
  readonly problem: Problem | null
  /** Where it happened, for `--debug`; empty where there is nothing to see. */
  readonly trace: string
}

const quietly = (exitCode: number): Ending => ({ exitCode, problem: null, trace: "" })

const ofFailure = (error: unknown): Omit<Ending, "trace"> => {
  if (error instanceof Problem) return { exitCode: error.exitCode, problem: error }
  if (error instanceof BadOutcome) return { exitCode: error.exitCode, problem: null }
  const parsed = misread(error)
  if (parsed !== null) {
    if (parsed._tag === "Help") return { exitCode: ExitCode.completed, problem: null }
    const problem = badInput(parsed.message, `See: ${parsed.command} --help`)
    return { exitCode: problem.exitCode, problem }
  }
  return { exitCode: ExitCode.bug, problem: ofBug(error) }
}

export const of = (exit: Exit.Exit<unknown, unknown>): Ending => {
  if (Exit.isSuccess(exit)) return quietly(ExitCode.completed)
  const { cause } = exit
  if (Cause.hasInterruptsOnly(cause)) return quietly(ExitCode.interrupted)
  const trace = Cause.pretty(cause)
  // What was foreseen is told first: a defect beside it is usually of the clean-up that followed.
  const failure = Cause.findErrorOption(cause)
  if (Option.isSome(failure)) return { ...ofFailure(failure.value), trace }
  const defect = Result.getOrElse(Cause.findDefect(cause), () => "unknown")
  return { exitCode: ExitCode.bug, problem: ofBug(defect), trace }
}

/** What is written last: to whoever reads, and with `json` to a program; with `trace` also where it happened. */
export const told = (
  { exitCode, problem, trace }: Ending,
  wants: { readonly json: boolean; readonly trace: boolean }
): { readonly stdout: string; readonly stderr: string } => {
  const shownTrace = wants.trace && trace !== "" ? `\n${trace}\n` : ""
  if (problem === null) return { stdout: "", stderr: shownTrace }
  const { message, wayOut } = problem
  return {
    stdout: wants.json ? `${JSON.stringify({ ok: false, error: { message, wayOut }, exitCode })}\n` : "",
    stderr: `${lines(problem).join("\n")}\n${shownTrace}`
  }
}

/** postgres.js throws where nothing can catch it when a connection is lost at a bad moment; its frames tell. */
const isFromDriver = (error: unknown): boolean =>
  error instanceof Error && /[\\/]node_modules[\\/](?:\.pnpm[\\/])?postgres[@\\/]/.test(error.stack ?? "")

/** For an exception that nobody caught. */
export const ofUncaught = (error: unknown): Ending => {
  const trace = error instanceof Error ? (error.stack ?? "") : String(error)
  if (!isFromDriver(error)) return { exitCode: ExitCode.bug, problem: ofBug(error), trace }
  const problem = new Problem({
    message: "the connection to the database was lost in the middle of a statement",
    wayOut: "What was committed stays. When the database is back, run the same command again: it goes on from there.",
    exitCode: ExitCode.unreachable
  })
  return { exitCode: problem.exitCode, problem, trace }
}
