/** What a user is told when a command could not do its work: what is wrong, and the way out. Never a stack trace, never a secret. */
import type { EngineError } from "@syncline/engine"
import { Schema } from "effect"
import * as ExitCode from "./ExitCode.ts"

/** `message` is one line or a few; `wayOut` is what to do or type next, empty where the message says it. */
export class Problem extends Schema.TaggedError<Problem>()("Problem", {
  message: Schema.String,
  wayOut: Schema.String,
  exitCode: Schema.Int
}) {}

/** The command did its work and told the outcome, which is not a good one. Nothing more is printed. */
export class BadOutcome extends Schema.TaggedError<BadOutcome>()("BadOutcome", { exitCode: Schema.Int }) {}

export const badInput = (message: string, wayOut = ""): Problem =>
  new Problem({ message, wayOut, exitCode: ExitCode.badInput })

export const unreachable = (message: string, wayOut = ""): Problem =>
  new Problem({ message, wayOut, exitCode: ExitCode.unreachable })

const wayOut: Readonly<Record<EngineError["_tag"], string>> = {
  InvalidProject: "Mend the configuration, then look again with: syncline check",
  UnknownName: "",
  AlreadyRunning: "",
  StoreUnavailable: "",
  NotFound: "",
  Moved: "",
  Refused: "",
  ConnectionFailed: ""
}

export const ofEngine = (error: EngineError): Problem =>
  new Problem({
    message:
      error._tag === "InvalidProject" && error.problems.length > 1
        ? `the configuration has ${error.problems.length} problems:\n${error.problems.map((line) => `- ${line}`).join("\n")}`
        : error.message,
    wayOut: wayOut[error._tag],
    exitCode: ExitCode.ofEngineError[error._tag]
  })

/** The store could not be opened. Its messages end with the way out. */
export const ofStore = (error: { readonly message: string }): Problem => unreachable(error.message)

/** A screen is 24 lines; a message keeps some for the prompt and the way out. */
const maxLines = 18

/** The lines that are printed, at most a screen of them. */
export const lines = (problem: Problem): ReadonlyArray<string> => {
  const [first = "", ...rest] = problem.message.split("\n")
  const all = [`error: ${first}`, ...rest.map((line) => `  ${line}`)]
  const shown =
    all.length <= maxLines ? all : [...all.slice(0, maxLines - 1), `  … and ${all.length - maxLines + 1} more lines`]
  return problem.wayOut === "" ? shown : [...shown, ...problem.wayOut.split("\n").map((line) => `  ${line}`)]
}

/** A defect: something that Syncline's authors believed impossible. */
export const ofBug = (defect: unknown): Problem => {
  const detail = defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect)
  const [first = ""] = detail.split("\n")
  return new Problem({
    message: `this is a bug in Syncline: ${first.slice(0, 300)}`,
    wayOut:
      "What was committed stays. Run the command again with --debug to see where it happened, and please report it:\nhttps://github.com/syncline/syncline/issues",
    exitCode: ExitCode.bug
  })
}
