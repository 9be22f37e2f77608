/** Loads the configuration file and checks that it is a project. What is in the project is the engine's to check. */
import type { Project } from "@syncline/engine"
import { Effect, Result } from "effect"
import { execFile } from "node:child_process"
import { stat } from "node:fs/promises"
import { dirname, extname, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { badInput, type Problem } from "./Problem.ts"
import * as ProjectShape from "./ProjectShape.ts"

export const defaultNames: ReadonlyArray<string> = ["syncline.config.ts", "syncline.config.js", "syncline.config.mjs"]

const extensions: ReadonlyArray<string> = [".ts", ".mts", ".js", ".mjs"]

const kindOf = (path: string): Effect.Effect<"file" | "folder" | "nothing"> =>
  Effect.promise(() =>
    stat(path).then(
      (found) => (found.isDirectory() ? "folder" : "file"),
      () => "nothing"
    )
  )

/** The file that `--config` names, or the first of the default names that is there. */
const find = Effect.fn("ConfigFile.find")(function* (
  folder: string,
  named: string | null
): Effect.fn.Return<string, Problem> {
  for (const name of named === null ? defaultNames : [named]) {
    const path = resolve(folder, name)
    const kind = yield* kindOf(path)
    if (kind === "file") return path
    if (kind === "folder") {
      return yield* badInput(`--config: ${path} is a folder`, "Name the file in it: --config <file>")
    }
  }
  return yield* named === null
    ? badInput(
        `there is no ${defaultNames[0]} in ${folder}`,
        "Write one with: syncline init\nor name yours with: --config <file>"
      )
    : badInput(`--config: there is no file ${resolve(folder, named)}`, "Write one with: syncline init")
})

const importing = (path: string): Promise<Result.Result<Record<string, unknown>, unknown>> =>
  import(pathToFileURL(path).href).then(Result.succeed, Result.fail)

/** Loads the project. `named` is as `--config` has it, relative to `folder`; null: by the default names. */
export const load = Effect.fn("ConfigFile.load")(function* (
  folder: string,
  named: string | null
): Effect.fn.Return<Project, Problem> {
  const path = yield* find(folder, named)
  if (!extensions.includes(extname(path))) {
    return yield* badInput(
      `${path} is no module`,
      `A configuration is TypeScript or JavaScript: ${extensions.join(", ")}`
    )
  }
  const loaded = yield* Effect.promise(() => importing(path))
  if (Result.isFailure(loaded)) return yield* yield* describe(loaded.failure, path)
  const module = loaded.success
  if (!("default" in module)) {
    const names = Object.keys(module)
    return yield* badInput(
      `${path} has no default export${names.length === 0 ? "" : `; it exports ${names.join(", ")}`}`,
      "End it with: export default defineConfig({ connections: { … }, integrations: { … } })"
    )
  }
  const checked = ProjectShape.check(module.default)
  if (Result.isSuccess(checked)) return checked.success
  const { failure } = checked
  return yield* badInput(
    `${path} is not a project:\n${failure.map((line) => `- ${line}`).join("\n")}`,
    "It must be: export default defineConfig({ connections: { … }, integrations: { … } })"
  )
})

/** `file:line` where an error of loading begins with it, or where its first frame in a file of the user is. */
const placeOf = (stack: string): string | null => {
  const head = /^(?:file:\/\/)?(\/[^\n]*?|[A-Za-z]:[^\n]*?):(\d+)\r?\n/.exec(stack)
  if (head !== null) return `${decodeURI(head[1] ?? "")}:${head[2]}`
  const frame = /\(?(?:file:\/\/)(\/[^\n)]*?):(\d+):\d+\)?/.exec(stack)
  return frame === null ? null : `${decodeURI(frame[1] ?? "")}:${frame[2]}`
}

/** Node keeps the place of a syntax error in JavaScript to itself, but its checker prints it. */
const placeByChecker = (path: string): Effect.Effect<string | null> =>
  Effect.callback((resume) => {
    execFile(process.execPath, ["--check", path], (_error, _stdout, stderr) => resume(Effect.succeed(placeOf(stderr))))
  })

const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : "")

const describe = Effect.fn("ConfigFile.describe")(function* (error: unknown, path: string): Effect.fn.Return<Problem> {
  if (!(error instanceof Error)) return badInput(`${path} threw ${String(error)} when it was loaded`)
  const stack = error.stack ?? ""
  const missing = /^Cannot find (package|module) '([^']*)'/.exec(error.message)
  if (codeOf(error) === "ERR_MODULE_NOT_FOUND" && missing !== null) {
    const [, kind, name = ""] = missing
    return kind === "package"
      ? badInput(
          `${path} imports "${name}", which is not installed`,
          `Install it beside the file: cd ${dirname(path)} && npm install ${name}`
        )
      : badInput(`${path} imports ${name}, which does not exist`, "Mend the import")
  }
  if (codeOf(error) === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return badInput(
      `${placeOf(stack) ?? path}: ${error.message}`,
      "Node only removes types. Write it without enum, namespace and parameter properties"
    )
  }
  if (error instanceof SyntaxError) {
    const place = placeOf(stack) ?? (yield* placeByChecker(path)) ?? path
    return badInput(`${place}: ${error.message}`, "Mend that line, then look again with: syncline check")
  }
  return badInput(
    `${placeOf(stack) ?? path}: ${error.name}: ${error.message}`,
    "It was thrown while the file was loaded"
  )
})
