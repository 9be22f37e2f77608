/** Why the embedded server is not there, and what to do. */
import { Schema } from "effect"

/** Whether PostgreSQL's words mean a full disk: an error of the system, or a write that was cut short. */
export const isDiskFull = (output: string): boolean => /No space left|Disk quota|Check free disk space/.test(output)

const code = (cause: unknown) =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

const remedies: Record<string, "disk full" | "permission"> = {
  ENOSPC: "disk full",
  EDQUOT: "disk full",
  EACCES: "permission",
  EPERM: "permission",
  EROFS: "permission"
}

/**
 * The embedded server could not be started. `message` is for the person at the terminal and ends with the way out.
 *
 * `platform`: no binary for this machine; `permission`: a folder cannot be used; `disk full`; `start`: the server said no.
 */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  reason: Schema.Literals(["platform", "permission", "disk full", "start"]),
  message: Schema.String
}) {
  /** From what a file operation threw. */
  static ofSystem(cause: unknown): EmbeddedPostgresError {
    const reason = remedies[code(cause)] ?? "start"
    const said = cause instanceof Error ? cause.message : String(cause)
    return new EmbeddedPostgresError({
      reason,
      message: `the embedded database cannot use its folder (${said}): ${wayOut[reason]}`
    })
  }

  /** From the last lines that `initdb` or `postgres` wrote. */
  static ofServer(program: string, output: string): EmbeddedPostgresError {
    const lines = output.split("\n").filter((line) => line.trim() !== "")
    // The first complaint is the cause, what follows its consequence; clients that came too early are no complaint.
    const telling =
      lines.find((line) => /FATAL|PANIC|error:/.test(line) && !/the database system is/.test(line)) ??
      lines.at(-1) ??
      "it said nothing"
    const reason = isDiskFull(output) ? "disk full" : /Permission denied/.test(output) ? "permission" : "start"
    const said = telling.replace(/^.*?(FATAL|PANIC|error):\s*/, "")
    return new EmbeddedPostgresError({
      reason,
      message: `${program} of the embedded database failed (${said}): ${wayOut[reason]}`
    })
  }
}

const wayOut = {
  permission:
    "give this user the right to write there, set SYNCLINE_HOME to another folder, or set DATABASE_URL to a server of yours",
  "disk full": "free some space, then start again; nothing that was committed is lost",
  start: "start again, or set DATABASE_URL to a server of yours"
} as const
