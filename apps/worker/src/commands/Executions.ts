/** `syncline executions [job]`: the last runs. */
import { Engine, type ExecutionSummary } from "@syncline/engine"
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

export const executions = Command.make(
  "executions",
  {
    job: Argument.String("job").pipe(Argument.withDescription("Only this job's"), Argument.optional),
    limit: Listing.limit
  },
  ({ job, limit }) => Session.provide(show(job, limit))
).pipe(
  Command.withShortDescription("Show the last runs"),
  Command.withDescription(
    "Shows the last runs, the newest first: how each was started, how it ended and what became of its records."
  )
)
