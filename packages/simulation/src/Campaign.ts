/** Many histories: a server, a worker process and a database for each core, seeds handed out one at a time. */
import { Clock, Effect, Schema } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { env } from "node:process"
import { fileURLToPath } from "node:url"
import type { Place } from "./BackendPool.ts"
import { type Answer, type Ask, FromWorker } from "./HistoryMessage.ts"
import * as SimulationServer from "./SimulationServer.ts"

export interface Options {
  /** In this order; each worker takes the next when it is done with one. */
  readonly asks: Iterable<Ask>
  readonly workers: number
  /** Names of mistakes to put into what the workers load, joined by `+`; empty for none. */
  readonly mistakes: string
  /** No history begins later than this after the first. */
  readonly forMs: number
  /** Called with each answer as it comes. */
  readonly onAnswer: (answer: Answer) => void
}

export interface Told {
  /** By seed. */
  readonly answers: ReadonlyArray<Answer>
  readonly lastedMs: number
}

const entry = fileURLToPath(new URL("main.ts", import.meta.url))

export const run = (options: Options) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* SimulationServer.start
      const places = yield* Effect.forEach(
        Array.from({ length: options.workers }, (_, index) => `simulation_${index}`),
        server.database
      )
      const clock = yield* Clock.Clock
      const startedAtMs = clock.currentTimeMillisUnsafe()
      const untilMs = startedAtMs + options.forMs
      const asks = options.asks[Symbol.iterator]()
      const next = (): Ask | null => {
        if (clock.currentTimeMillisUnsafe() >= untilMs) return null
        const { done, value } = asks.next()
        return done === true ? null : value
      }
      const answers: Array<Answer> = []
      yield* Effect.forEach(
        places,
        (place, core) =>
          serve({ place, core, mistakes: options.mistakes }, next, (answer) => {
            answers.push(answer)
            options.onAnswer(answer)
          }),
        { concurrency: "unbounded", discard: true }
      )
      const told: Told = {
        answers: answers.toSorted((one, other) => one.seed - other.seed),
        lastedMs: clock.currentTimeMillisUnsafe() - startedAtMs
      }
      return told
    })
  )

export interface WorkerOptions {
  readonly place: Place
  /** The core that it runs on with its sessions of the server, counted from 0. */
  readonly core: number
  /** Names of mistakes in what it loads. */
  readonly mistakes: string
}

/** A worker ended before its histories did. */
export class WorkerFailed extends Schema.TaggedError<WorkerFailed>()("WorkerFailed", { detail: Schema.String }) {}

/** A worker on a database, until `next` has nothing more to ask. */
export const serve = (
  options: WorkerOptions,
  next: () => Ask | null,
  onAnswer: (answer: Answer) => void
): Effect.Effect<void, WorkerFailed> =>
  Effect.scoped(
    Effect.gen(function* () {
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => forkWorker(options)),
        (running) => Effect.promise(() => end(running))
      )
      yield* Effect.tryPromise({
        try: () => drive(child, next, onAnswer),
        catch: (cause) => new WorkerFailed({ detail: cause instanceof Error ? cause.message : String(cause) })
      })
    })
  )

const mistaken = fileURLToPath(new URL("MistakenSource.ts", import.meta.url))

/** A history makes much that is forgotten at once; with more room (megabytes) for it, it is collected less often. */
const roomForTheYoung = "--max-semi-space-size=32"

const forkWorker = ({ core, mistakes, place }: WorkerOptions): ChildProcess =>
  fork(entry, ["worker", JSON.stringify(place), String(core)], {
    execArgv: ["--conditions=@syncline/source", roomForTheYoung, ...(mistakes === "" ? [] : [`--import=${mistaken}`])],
    env: { ...env, SYNCLINE_MISTAKES: mistakes }
  })

const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once("exit", () => resolve())
    if (child.connected) child.disconnect()
    else child.kill()
  })

/** Asks a worker for one history after another. */
const drive = (child: ChildProcess, next: () => Ask | null, onAnswer: (answer: Answer) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    let asked: Ask | null = null
    const askNext = () => {
      asked = next()
      if (asked === null) resolve()
      else child.send(asked)
    }
    child.on("message", (message) => {
      const heard = Schema.decodeUnknownSync(FromWorker)(message)
      if ("seed" in heard) onAnswer(heard)
      askNext()
    })
    child.once("exit", (code) => {
      const what = asked === null ? "before its first history" : `in the history of seed ${asked.seed}`
      const seed = asked?.seed ?? 1
      reject(new Error(`a worker of the simulation ended ${what} (exit code ${code}): run it with --seed ${seed}`))
    })
  })
