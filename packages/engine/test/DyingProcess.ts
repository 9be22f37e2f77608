/** A process that creates customers and dies on the way, by SIGKILL. */
import { Effect } from "effect"
import { fork } from "node:child_process"
import { once } from "node:events"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const program = join(dirname(fileURLToPath(import.meta.url)), "DyingProcessMain.ts")

/** Where the process ends itself: its intent is durable and its request not sent; or the answer has come and nothing is settled. */
export type Death = "intent committed" | "answer received"

/** Starts the process, which ends itself at `death`, or is ended. Answers with how to end it and to wait for its end. */
export const start = Effect.fn("DyingProcess.start")(function* (
  url: string,
  apiKey: string,
  baseUrl: string,
  death: Death | null
) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      fork(program, [url, apiKey, baseUrl, death ?? ""], {
        execArgv: ["--conditions=@syncline/source"],
        stdio: "inherit"
      })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  const ended = once(child, "exit")
  return {
    kill: Effect.sync(() => void child.kill("SIGKILL")),
    /** The signal that ended it; null: it ended by itself. */
    ended: Effect.map(
      Effect.promise(() => ended),
      (): string | null => child.signalCode
    )
  }
})
