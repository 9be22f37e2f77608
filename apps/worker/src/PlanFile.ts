/** A plan in a file, between `plan --out` and `apply`. */
import { IntegrationName } from "@syncline/core"
import { planSamples, type PlanReport, type SeenPlan } from "@syncline/engine"
import { Effect, Schema } from "effect"
import { readFile, rename, writeFile } from "node:fs/promises"
import * as ExitCode from "./ExitCode.ts"
import { badInput, Problem } from "./Problem.ts"

/** What `apply` needs of it. The rest of the file is for people. */
const PlanFile = Schema.Struct({
  format: Schema.Literal("syncline plan 1"),
  integration: Schema.NonEmptyString,
  fingerprint: Schema.NonEmptyString,
  madeAtMs: Schema.Finite
})

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(PlanFile))

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error)

const textOf = (path: string): Effect.Effect<string, string> =>
  Effect.tryPromise({ try: () => readFile(path, "utf8"), catch: codeOf })

const notWritten = (path: string, why: string): Problem =>
  new Problem({
    message: `${path} cannot be written: ${why}`,
    wayOut: "Name another file: --out <file>",
    exitCode: ExitCode.badInput
  })

/** Fails where `path` is something else than a plan, which is not ours to overwrite. */
export const mayWrite = (path: string): Effect.Effect<void, Problem> =>
  textOf(path).pipe(
    Effect.matchEffect({
      onFailure: (code) => (code === "ENOENT" ? Effect.void : Effect.fail(notWritten(path, code))),
      onSuccess: (text) =>
        text.trim() === ""
          ? Effect.void
          : Effect.mapError(decode(text), () => notWritten(path, "there is a file that is no plan of ours"))
    }),
    Effect.asVoid
  )

/** Whole or not at all. */
export const write = (path: string, plan: PlanReport, nowMs: number): Effect.Effect<void, Problem> => {
  const { fingerprint, integration, jobs } = plan
  const note = `For people: each job's counts, and its first ${planSamples} writes and conflicts.`
  const text = JSON.stringify(
    { format: "syncline plan 1", integration, fingerprint, madeAtMs: nowMs, note, jobs },
    null,
    2
  )
  const part = `${path}.part`
  return Effect.tryPromise({
    try: () => writeFile(part, `${text}\n`).then(() => rename(part, path)),
    catch: (error) => notWritten(path, codeOf(error))
  })
}

/** The plan in a file; fails where it is not there or no plan. */
export const read = Effect.fn("PlanFile.read")(function* (
  path: string
): Effect.fn.Return<SeenPlan & { readonly madeAtMs: number }, Problem> {
  const text = yield* Effect.mapError(textOf(path), (code) =>
    code === "ENOENT"
      ? badInput(`there is no file ${path}`, "Make a plan with: syncline plan <integration> --out <file>")
      : badInput(`${path} cannot be read: ${code}`)
  )
  const { fingerprint, integration, madeAtMs } = yield* Effect.mapError(decode(text), () =>
    badInput(
      `${path} is no plan of this version of Syncline`,
      "Make one with: syncline plan <integration> --out <file>"
    )
  )
  return { fingerprint, integration: IntegrationName.make(integration), madeAtMs }
})
