/** A worker as a process of its own, for as long as the demo needs it. */
import { Config, Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import * as ExitCode from "../ExitCode.ts"
import { Problem } from "../Problem.ts"

export interface WorkerProcess {
  readonly pid: number
  /** Ends it as a crash would: nothing is put in order, nothing is given back. */
  readonly kill: Effect.Effect<void>
}

/** From sources, as long as this file is one. */
const isSource = import.meta.url.endsWith(".ts")
const fileBeside = (name: string): string =>
  fileURLToPath(new URL(`${name}${isSource ? ".ts" : ".js"}`, import.meta.url))

/** A port of this machine that nothing listens on at the moment. */
export const freePort: Effect.Effect<number> = Effect.callback((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const text = (name: string) => Config.withDefault(Config.String(name), "")

/** Whatever else this process was told concerns the demo's worker as little as somebody's real database does. */
const inherited = Config.all({ home: text("HOME"), path: text("PATH"), compileCache: text("NODE_COMPILE_CACHE") })

const failed = (why: string) =>
  new Problem({ message: `the demo's worker did not start: ${why}`, wayOut: "", exitCode: ExitCode.failed })

/** Starts it with the demo's configuration; it answers when this ends. The scope's end kills it. */
export const start = Effect.fn("WorkerProcess.start")(function* (
  port: number,
  environment: Readonly<Record<string, string>>
): Effect.fn.Return<WorkerProcess, Problem, Scope.Scope> {
  const { compileCache, home, path } = yield* Effect.orDie(inherited)
  const passed = { HOME: home, PATH: path, ...(compileCache === "" ? {} : { NODE_COMPILE_CACHE: compileCache }) }
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        process.execPath,
        [
          ...(isSource ? ["--conditions=@syncline/source"] : []),
          fileBeside("../main"),
          "worker",
          `--port=${port}`,
          `--config=${fileBeside("./WorkerConfig")}`
        ],
        { env: { ...passed, ...environment }, stdio: ["ignore", "pipe", "pipe"] }
      )
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  yield* answering(child)
  return { pid: child.pid ?? 0, kill: Effect.sync(() => void child.kill("SIGKILL")) }
})

/** It says where it is when it listens. */
const answering = (child: ChildProcess): Effect.Effect<void, Problem> =>
  Effect.callback((resume) => {
    let said = ""
    child.stdout?.on("data", (text) => {
      if (String(text).includes("/health")) resume(Effect.void)
    })
    child.stderr?.on("data", (text) => {
      said = `${said}${String(text)}`.slice(-2_000)
    })
    child.once("exit", (code) => resume(Effect.fail(failed(said === "" ? `it ended with ${code}` : said))))
    child.once("error", ({ message }) => resume(Effect.fail(failed(message))))
  })
