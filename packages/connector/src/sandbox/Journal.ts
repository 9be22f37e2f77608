/**
 * Lines that outlive the process: an account's changes, or its calls.
 *
 * A line is on its way to the disk when `append` succeeds: a killed process loses nothing, a power cut may. A line that a kill
 * tore is dropped when the file is next opened.
 */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { Effect, Schema, type Scope } from "effect"

/** The file cannot be read or written; `detail` is the operating system's word, such as ENOSPC. */
export class JournalUnusable extends Schema.TaggedError<JournalUnusable>()("JournalUnusable", {
  path: Schema.String,
  detail: Schema.String
}) {}

export interface Journal {
  /** What was there when it was opened, oldest first. */
  readonly lines: ReadonlyArray<string>
  /** The text holds no line break. */
  readonly append: (line: string) => Effect.Effect<void, JournalUnusable>
}

/** Forgets. */
export const memory: Journal = { lines: [], append: () => Effect.void }

/** Opens or creates the file, with its folder. */
export const open = Effect.fn("Journal.open")(function* (
  path: string
): Effect.fn.Return<Journal, JournalUnusable, Scope.Scope> {
  const { file, lines } = yield* Effect.acquireRelease(
    attempt(path, () => openWhole(path)),
    ({ file }) => Effect.sync(() => closeSync(file))
  )
  return { lines, append: (line) => attempt(path, () => appendWhole(file, `${line}\n`)) }
})

const openWhole = (path: string): { readonly file: number; readonly lines: ReadonlyArray<string> } => {
  mkdirSync(dirname(path), { recursive: true })
  const text = existsSync(path) ? readFileSync(path, "utf8") : ""
  const whole = text.slice(0, text.lastIndexOf("\n") + 1)
  const file = openSync(path, "a")
  if (whole.length < text.length) ftruncateSync(file, Buffer.byteLength(whole))
  return { file, lines: whole === "" ? [] : whole.slice(0, -1).split("\n") }
}

const appendWhole = (file: number, text: string): void => {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written)
}

const attempt = <A>(path: string, run: () => A): Effect.Effect<A, JournalUnusable> =>
  Effect.try({
    try: run,
    catch: (cause) => new JournalUnusable({ path, detail: cause instanceof Error ? cause.message : String(cause) })
  })
