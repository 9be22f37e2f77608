/** A process that drives one side, each time when it is told to, and the handle by which another one tells it. */
import type { Side } from "@syncline/core"
import { Deferred, Effect, Schema } from "effect"
import { fork } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const program = join(dirname(fileURLToPath(import.meta.url)), "SideProcessMain.ts")

/** What the process is told: run, this much later. */
export const Go = Schema.Struct({ heldMs: Schema.Finite })

/** What it tells: it may be told to run, or how its run ended. */
export const Told = Schema.TaggedUnion({
  Ready: {},
  Ran: { statuses: Schema.Array(Schema.String) },
  Failed: { message: Schema.String }
})

const decode = Schema.decodeUnknownEffect(Told)

/** Starts the process and waits until its engine is open. The scope's end kills it. */
export const start = Effect.fn("SideProcess.start")(function* (url: string, strategy: string, side: Side.Side) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      fork(program, [url, strategy, side], { execArgv: ["--conditions=@syncline/source"], stdio: "inherit" })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  let next = Deferred.makeUnsafe<unknown>()
  const hear = (message: unknown) => Deferred.doneUnsafe(next, Effect.succeed(message))
  child.on("message", hear)
  child.on("exit", (code) => hear({ _tag: "Failed", message: `the process of the ${side} ended with ${code}` }))
  const told = Effect.suspend(() => Deferred.await(next)).pipe(
    Effect.tap(() => Effect.sync(() => void (next = Deferred.makeUnsafe()))),
    Effect.flatMap(decode),
    Effect.flatMap((told) => (told._tag === "Failed" ? Effect.die(new Error(told.message)) : Effect.succeed(told)))
  )
  yield* told
  /** Lets it go; answers when its run has ended. */
  const run = (heldMs: number) =>
    Effect.flatMap(
      Effect.suspend(() => {
        child.send({ heldMs })
        return told
      }),
      (ran) =>
        ran._tag === "Ran" && ran.statuses.every((status) => status === "completed")
          ? Effect.void
          : Effect.die(new Error(`the run of the ${side} ended ${JSON.stringify(ran)}`))
    )
  return { run, side }
})
