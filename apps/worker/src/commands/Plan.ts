/** `syncline plan <integration>`: what a run would do, before its first write. */
import { Engine, type JobPlan, type PlanReport, type WriteCounts } from "@syncline/engine"
import { Clock, Effect, Option } from "effect"
import { resolve } from "node:path"
import { Argument, Command, Flag } from "../Cli.ts"
import * as Diff from "../Diff.ts"
import * as ExitCode from "../ExitCode.ts"
import * as Invocation from "../Invocation.ts"
import { Output } from "../Output.ts"
import * as PlanFile from "../PlanFile.ts"
import { BadOutcome, ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"
import { Shell } from "../Shell.ts"
import * as Style from "../Style.ts"

const operations = ["create", "update", "delete"] as const

const writesTo = (side: string, counts: WriteCounts): ReadonlyArray<string> =>
  operations.flatMap((operation) =>
    counts[operation] === 0 ? [] : [`${Quantity.count(counts[operation])} to ${operation} at the ${side}`]
  )

const countsOf = ({ conflicted, failed, linked, skipped, waiting, writes }: JobPlan): string => {
  const told = [
    ...writesTo("source", writes.source),
    ...writesTo("target", writes.target),
    ...(linked === 0 ? [] : [`${Quantity.count(linked)} to link`]),
    ...(conflicted === 0 ? [] : [Quantity.of(conflicted, "conflict")]),
    ...(waiting === 0 ? [] : [`${Quantity.count(waiting)} waiting`]),
    ...(failed === 0 ? [] : [`${Quantity.count(failed)} failed`])
  ]
  const rest = skipped === 0 ? [] : [`${Quantity.count(skipped)} as they are`]
  return [...(told.length === 0 ? ["nothing to do"] : told), ...rest].join(", ")
}

const planned = ({ samples, writes }: JobPlan): number =>
  operations.reduce((sum, operation) => sum + writes.source[operation] + writes.target[operation], 0) - samples.length

/** What a run of one job would do: how many records, how long, and the first writes and conflicts. */
const describeJob = (plan: JobPlan, page: Diff.Page): ReadonlyArray<string> => {
  const unseen = planned(plan)
  const cost =
    plan.apiCalls === 0
      ? ""
      : `  (${Quantity.of(plan.apiCalls, "API call")}, ${Quantity.duration(plan.expectedMs)} or more)`
  return [
    `${Style.paint(page.style, "strong", plan.job)}  ${countsOf(plan)}${cost}`,
    ...plan.samples.flatMap((write) => Diff.write(write, page)),
    ...(unseen > 0 ? [`  … and ${Quantity.of(unseen, "more write")}`] : []),
    ...plan.conflicts.flatMap(({ contested, key }) => [
      `  ${Style.paint(page.style, "warning", "! conflict")} ${key}`,
      ...Diff.contested(contested, { source: "source", target: "target" }, page).map((line) => `  ${line}`)
    ]),
    ...plan.failures.map(
      ({ message, recordId }) => `  ${Style.paint(page.style, "bad", "✗ fails")} ${recordId}: ${message}`
    )
  ]
}

export const describe = ({ changes, integration, jobs }: PlanReport, page: Diff.Page): ReadonlyArray<string> => [
  ...jobs.flatMap((job) => [...describeJob(job, page), ""]),
  changes
    ? `A run of ${integration} would change what is listed. Nothing has been written.`
    : `Nothing would change: ${integration} is in sync.`
]

const show = Effect.fn("plan")(function* (integration: string, out: Option.Option<string>) {
  const engine = yield* Engine
  const output = yield* Output
  const { folder } = yield* Shell
  const path = Option.map(out, (name) => resolve(folder, name))
  // Before the plan is made, which may take a while.
  if (Option.isSome(path)) yield* PlanFile.mayWrite(path.value)
  const plan = yield* Effect.mapError(engine.plan(integration), ofEngine)
  yield* output.print(describe(plan, yield* Diff.page))
  if (Option.isSome(path)) {
    yield* PlanFile.write(path.value, plan, yield* Clock.currentTimeMillis)
    yield* output.print([`The plan is in ${path.value}. Apply it with:`, `  ${Invocation.of("apply", path.value)}`])
  }
  yield* output.result({ ok: true, plan })
  if (plan.changes) return yield* new BadOutcome({ exitCode: ExitCode.wouldChange })
})

export const plan = Command.make(
  "plan",
  {
    integration: Argument.String("integration").pipe(Argument.withDescription("The integration that a run would sync")),
    out: Flag.String("out").pipe(
      Flag.withMetavar("file"),
      Flag.withDescription("Keep the plan, for syncline apply <file>"),
      Flag.optional
    )
  },
  ({ integration, out }) => Session.provide(show(integration, out))
).pipe(
  Command.withShortDescription("Show what a run would do, and write nothing"),
  Command.withDescription(
    "Shows what a run would create, change, delete and leave to a person, field by field. Ends with 2 when something would change."
  ),
  Command.withExamples([
    { command: "syncline plan crm", description: "Look before you run" },
    { command: "syncline plan crm --out plan.json", description: "Keep it, and apply exactly that later" }
  ])
)
