/** `syncline jobs list|run|pause|resume`: jobs as workers run them. */
import type { SyncJob } from "@syncline/core"
import { Engine, type JobSummary } from "@syncline/engine"
import { Clock, Effect, Option } from "effect"
import { Argument, Command, Flag } from "../Cli.ts"
import { Output } from "../Output.ts"
import { badInput, ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"
import * as Table from "../Table.ts"

const columns: ReadonlyArray<Table.Column> = [
  { title: "JOB", align: "left" },
  { title: "SCHEDULE", align: "left" },
  { title: "LAST", align: "left" },
  { title: "NEXT", align: "left" },
  { title: "STATE", align: "left" }
]

const scheduleOf = (schedule: SyncJob.Schedule): string => {
  switch (schedule._tag) {
    case "Manual":
      return "by hand"
    case "Every":
      return `every ${Quantity.duration(schedule.everyMs)}`
    case "Cron":
      return `${schedule.expression} (${schedule.timeZone})`
  }
}

const stateOf = ({ held, isPaused, retries }: JobSummary): string =>
  [
    ...(isPaused ? ["paused"] : []),
    ...held.map(({ connection, why }) => `"${connection}" ${why}`),
    ...(retries > 0 ? [`retried ${retries} times`] : [])
  ].join("; ") || "ready"

/** The table's cells for one job. */
export const row = (job: JobSummary, nowMs: number): ReadonlyArray<string> => [
  job.job,
  scheduleOf(job.schedule),
  job.lastStartedAtMs === null ? "never" : Quantity.ago(job.lastStartedAtMs, nowMs),
  job.nextRunAtMs === null
    ? "-"
    : job.nextRunAtMs <= nowMs
      ? "now"
      : `in ${Quantity.duration(job.nextRunAtMs - nowMs)}`,
  stateOf(job)
]

const list = Effect.fn("jobs.list")(function* () {
  const engine = yield* Engine
  const output = yield* Output
  const jobs = yield* Effect.mapError(engine.jobs.list, ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print(
    Table.render(
      columns,
      jobs.map((job) => row(job, nowMs))
    )
  )
  yield* output.result({ ok: true, jobs })
})

const run = Effect.fn("jobs.run")(function* (name: string, full: boolean) {
  const engine = yield* Engine
  const output = yield* Output
  const jobs = yield* Effect.mapError(engine.jobs.request(name, { full }), ofEngine)
  yield* output.print([`Asked the workers to run ${jobs.join(", ")}. See what comes of it with: syncline executions`])
  yield* output.result({ ok: true, jobs })
})

const pause = Effect.fn("jobs.pause")(function* (
  name: Option.Option<string>,
  connection: Option.Option<string>,
  isPaused: boolean
) {
  const engine = yield* Engine
  const output = yield* Output
  const verb = isPaused ? "rests" : "goes on"
  if (Option.isSome(connection)) {
    yield* Effect.mapError(engine.jobs.pauseConnection(connection.value, isPaused), ofEngine)
    yield* output.print([`Connection "${connection.value}" ${verb}.`])
    return yield* output.result({ ok: true, connection: connection.value, isPaused })
  }
  if (Option.isNone(name))
    return yield* badInput("nothing is named", "Name an integration or a job, or a connection with --connection")
  const jobs = yield* Effect.mapError(engine.jobs.pause(name.value, isPaused), ofEngine)
  yield* output.print(jobs.map((job) => `"${job}" ${verb}.`))
  yield* output.result({ ok: true, jobs, isPaused })
})

const name = Argument.String("integration-or-job").pipe(
  Argument.withDescription("An integration, for all its jobs, or one job, such as billing/customer")
)

const connection = Flag.String("connection").pipe(
  Flag.withDescription("A connection, which workers then leave alone"),
  Flag.optional
)

const resting = (word: "pause" | "resume", description: string) =>
  Command.make(word, { name: Argument.optional(name), connection }, (given) =>
    Session.provide(pause(given.name, given.connection, word === "pause"))
  ).pipe(Command.withShortDescription(description))

export const jobs = Command.make("jobs").pipe(
  Command.withSubcommands([
    Command.make("list", {}, () => Session.provide(list())).pipe(
      Command.withShortDescription("Show when jobs run, and what holds them up")
    ),
    Command.make(
      "run",
      {
        name,
        full: Flag.Boolean("full").pipe(
          Flag.withDescription("List every record again, though only what changed would do"),
          Flag.withDefault(false)
        )
      },
      ({ full, name }) => Session.provide(run(name, full))
    ).pipe(Command.withShortDescription("Ask the workers to run a job as soon as they can")),
    resting("pause", "Let a job or a connection rest; what runs ends first"),
    resting("resume", "Let it go on")
  ]),
  Command.withShortDescription("See and steer jobs as workers run them")
)
