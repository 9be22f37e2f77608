/** `syncline worker`: drives connections, fires jobs and answers HTTP, until it is stopped. */
import { Config, Effect, Layer, Option } from "effect"
import { Command, Flag } from "../Cli.ts"
import * as ConfigFile from "../ConfigFile.ts"
import { Output } from "../Output.ts"
import { root } from "../Root.ts"
import * as Serving from "../Serving.ts"
import * as MasterKey from "../MasterKey.ts"
import * as Session from "../Session.ts"
import { Shell } from "../Shell.ts"
import { Stop } from "../Stop.ts"
import * as StoreLocation from "../StoreLocation.ts"
import * as Telemetry from "../Telemetry.ts"

const environment = Config.all({
  host: Config.withDefault(Config.String("SYNCLINE_HOST"), "127.0.0.1"),
  port: Config.withDefault(Config.Int("SYNCLINE_PORT"), 8787)
})

interface Flags {
  readonly host: Option.Option<string>
  readonly port: Option.Option<number>
  readonly slots: number
}

const serve = Effect.fn("worker")(function* (flags: Flags) {
  const output = yield* Output
  const { config, databaseUrl } = yield* root
  const { asked } = yield* Stop
  const known = yield* Effect.orDie(environment)
  const { folder } = yield* Shell
  const project = yield* ConfigFile.load(folder, Option.getOrNull(config))
  const location = yield* StoreLocation.find(folder, databaseUrl)
  const work = Effect.gen(function* () {
    const { name, url, worker } = yield* Serving.start(project, {
      host: Option.getOrElse(flags.host, () => known.host),
      port: Option.getOrElse(flags.port, () => known.port),
      slots: flags.slots
    })
    yield* output.print([`The worker ${name} runs; how it is: ${url}/health. Ctrl-C stops it.`])
    yield* asked
    yield* output.print(["Stopping: what has begun is committed, and the rest is left to other workers."])
    yield* worker.stop(8_000)
    yield* output.result({ ok: true, worker: name })
  })
  yield* Session.told(
    work.pipe(
      Effect.scoped,
      Effect.provide(
        Layer.provideMerge(
          Session.openForWorker(project, location, yield* StoreLocation.redis, yield* MasterKey.find(location)),
          Layer.mergeAll(Telemetry.otlp, Telemetry.logs)
        )
      )
    )
  )
})

export const worker = Command.make(
  "worker",
  {
    host: Flag.String("host").pipe(
      Flag.withDescription("The address to listen on (default: SYNCLINE_HOST, else 127.0.0.1)"),
      Flag.optional
    ),
    port: Flag.Int("port").pipe(
      Flag.withDescription("The port to listen on; 0 is any that is free (default: SYNCLINE_PORT, else 8787)"),
      Flag.optional
    ),
    slots: Flag.Int("slots").pipe(Flag.withDescription("How many connections are driven at once"), Flag.withDefault(32))
  },
  (flags) => serve(flags)
).pipe(
  Command.withShortDescription("Run jobs by their schedules, until stopped"),
  Command.withDescription(
    "Runs jobs when they are due and answers HTTP (/health, /ready, /metrics), until it is stopped. Many workers may share one database; what a dead one was doing is taken over by another. Logs are JSON, a line each, on standard error."
  ),
  Command.withExamples([
    { command: "syncline worker --port 8080", description: "One worker; start it again for another" }
  ])
)
