/** `syncline status`: each job and where it stands. */
import { Engine, type JobStatus } from "@syncline/engine"
import { Clock, Effect } from "effect"
import { Command } from "../Cli.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"
import * as Table from "../Table.ts"

const columns: ReadonlyArray<Table.Column> = [
  { title: "JOB", align: "left" },
  { title: "STAGE", align: "left" },
  { title: "LINKED", align: "right" },
  { title: "WAITING", align: "right" },
  { title: "DEAD", align: "right" },
  { title: "LAST RUN", align: "left" }
]

/** The table's cells for one job. */
export const row = (job: JobStatus, nowMs: number): ReadonlyArray<string> => [
  job.job,
  job.stage,
  Quantity.count(job.linked),
  Quantity.count(job.waiting),
  Quantity.count(job.dead),
  job.lastExecution === null
    ? "never"
    : `${job.lastExecution.status}, ${Quantity.ago(job.lastExecution.endedAtMs ?? job.lastExecution.startedAtMs, nowMs)}`
]

const show = Effect.fn("status")(function* () {
  const engine = yield* Engine
  const output = yield* Output
  const jobs = yield* Effect.mapError(engine.status, ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print(
    Table.render(
      columns,
      jobs.map((job) => row(job, nowMs))
    )
  )
  if (jobs.some(({ waiting, dead }) => waiting + dead > 0)) {
    yield* output.print(["", "Records failed; see them with:", "  syncline failures"])
  }
  yield* output.result({ ok: true, jobs })
})

export const status = Command.make("status", {}, () => Session.provide(show())).pipe(
  Command.withShortDescription("Show each job and where it stands"),
  Command.withDescription(
    "Shows each job: what it does next, how many records are linked, how many failed, and how its last run ended."
  )
)
