/** Where a command is typed: the folder, and the streams that it writes to. */
import { Context } from "effect"

/** What a command can write to. `process.stdout` is one. */
export interface Sink {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly write: (text: string) => boolean
}

export interface Shell {
  readonly folder: string
  readonly stdout: Sink
  readonly stderr: Sink
}

/** The process's own, unless somebody plays a command within another program. */
export const Shell = Context.Reference<Shell>("syncline/Shell", {
  defaultValue: () => ({ folder: process.cwd(), stdout: process.stdout, stderr: process.stderr })
})
