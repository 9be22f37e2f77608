/** `syncline executions [job]`: the last runs. */
import { Engine, type ExecutionDetail, type ExecutionSummary } from "@syncline/engine"
import { Clock, Effect, Option } from "effect"
import { Argument, Command } from "../Cli.ts"
import * as Listing from "../Listing.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import { outcomesOf } from "../Progress.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"
import * as Table from "../Table.ts"

const columns: ReadonlyArray<Table.Column> = [
  { title: "EXECUTION", align: "left" },
  { title: "JOB", align: "left" },
  { title: "STATUS", align: "left" },
  { title: "STARTED", align: "left" },
  { title: "TOOK", align: "right" },
  { title: "RECORDS", align: "right" },
  { title: "OUTCOMES", align: "left" }
]

/** The table's cells for one execution. */
export const row = (execution: ExecutionSummary, nowMs: number): ReadonlyArray<string> => [
  execution.execution,
  execution.job,
  execution.status,
  Quantity.ago(execution.startedAtMs, nowMs),
  Quantity.duration((execution.endedAtMs ?? nowMs) - execution.startedAtMs),
  Quantity.count(execution.counters.processed),
  outcomesOf(execution.counters)
]

const show = Effect.fn("executions")(function* (job: Option.Option<string>, limit: number) {
  const engine = yield* Engine
  const output = yield* Output
  const executions = yield* Effect.mapError(
    engine.executions({ limit, ...Option.match(job, { onNone: () => ({}), onSome: (job) => ({ job }) }) }),
    ofEngine
  )
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print(
    executions.length === 0
      ? ["Nothing has run yet. Run an integration or a job with:", "  syncline run <name>"]
      : Table.render(
          columns,
          executions.map((execution) => row(execution, nowMs))
        )
  )
  const [newest] = executions
  if (newest !== undefined && newest.reason !== null) yield* output.print(["", `The newest: ${newest.reason}`])
  yield* output.result({ ok: true, executions })
})

/** What became of it, from what started it down to single records. */
export const tree = (detail: ExecutionDetail): ReadonlyArray<string> => {
  const { apiCalls, execution, failures, unsettled, written } = detail
  const took = Quantity.duration((execution.endedAtMs ?? execution.startedAtMs) - execution.startedAtMs)
  const counted = (records: number) => Quantity.of(records, "record")
  return [
    `${execution.execution}  ${execution.job}: ${execution.status}${execution.reason === null ? "" : `, ${execution.reason}`}`,
    `├ started: ${execution.trigger}, ${detail.mode}, took ${took}`,
    `├ read: ${counted(execution.counters.processed)} in ${Quantity.of(apiCalls, "call")}`,
    `├ decided: ${outcomesOf(execution.counters) || "nothing"}`,
    ...written.map(({ operation, records, side }) => `├ wrote: ${operation} at the ${side}, ${counted(records)}`),
    ...unsettled.map(({ records, side, state }) => `├ under way: ${state} towards the ${side}, ${counted(records)}`),
    ...failures.flatMap(({ examples, message, records }) => [
      `├ failed: ${counted(records)}, ${message}`,
      ...examples.map((example) => `│ ├ ${example.key} at the ${example.side}: ${example.message}`)
    ]),
    "└ end"
  ]
}

const detail = Effect.fn("executions.show")(function* (id: string) {
  const engine = yield* Engine
  const output = yield* Output
  const found = yield* Effect.mapError(engine.jobs.execution(id), ofEngine)
  yield* output.print(tree(found))
  yield* output.result({ ok: true, ...found })
})

const showing = Command.make(
  "show",
  { id: Argument.String("execution").pipe(Argument.withDescription("An execution's id, as the list shows it")) },
  ({ id }) => Session.provide(detail(id))
).pipe(
  Command.withShortDescription("Show what started an execution, and what it read, decided, wrote and could not write")
)

export const executions = Command.make(
  "executions",
  {
    job: Argument.String("job").pipe(Argument.withDescription("Only this job's"), Argument.optional),
    limit: Listing.limit
  },
  ({ job, limit }) => Session.provide(show(job, limit))
).pipe(
  Command.withSubcommands([showing]),
  Command.withShortDescription("Show the last runs"),
  Command.withDescription(
    "Shows the last runs, the newest first: how each was started, how it ended and what became of its records."
  )
)
