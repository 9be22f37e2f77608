/** `syncline reconcile <integration|job>`: compares all ids of both sides with the links, and syncs what every other way missed. */
import { Engine, type ReconcileReport, type SideComparison } from "@syncline/engine"
import { Effect } from "effect"
import { Argument, Command, Flag } from "../Cli.ts"
import * as Display from "../Display.ts"
import * as ExitCode from "../ExitCode.ts"
import * as Invocation from "../Invocation.ts"
import { Output } from "../Output.ts"
import { BadOutcome, ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"

const kinds = [
  ["unlisted", "linked and not listed"],
  ["missed", "listed and not linked"],
  ["drifted", "changed unnoticed"],
  ["back", "back after a deletion"]
] as const

const ofSide = (side: string, compared: SideComparison): ReadonlyArray<string> => {
  const lines = kinds.flatMap(([kind, meaning]) => {
    const sample = compared.sample[kind]
    const shown = sample.length === 0 ? "" : `: ${sample.join(", ")}${compared[kind] > sample.length ? " …" : ""}`
    return compared[kind] === 0 ? [] : [`    ${Quantity.count(compared[kind])} ${meaning}${shown}`]
  })
  return [
    `  ${side}: ${Quantity.of(compared.listed, "record")} listed${lines.length === 0 ? ", nothing differs" : ""}`,
    ...lines
  ]
}

/** What reconciling one job came to, as a person reads it. */
export const describe = ({
  compared,
  execution,
  found,
  job,
  notReconciled
}: ReconcileReport): ReadonlyArray<string> => {
  if (notReconciled !== null) return [notReconciled]
  const held = (found?.source.held ?? 0) + (found?.target.held ?? 0)
  return [
    `${job}: ${compared === null ? (execution?.reason ?? "it was not finished") : `${Quantity.of(compared.mapped, "record")} linked`}`,
    ...(compared === null ? [] : [...ofSide("source", compared.source), ...ofSide("target", compared.target)]),
    ...(execution?.notes ?? []).map((note) => `  ${note}`),
    ...(held === 0 ? [] : ["  Look at them with:", `    ${Invocation.of("deletes", "list", job)}`])
  ]
}

const isDifferent = ({ compared }: ReconcileReport): boolean =>
  compared !== null && [compared.source, compared.target].some((side) => kinds.some(([kind]) => side[kind] > 0))

const perform = Effect.fn("reconcile")(function* (name: string, isDry: boolean) {
  const engine = yield* Engine
  const output = yield* Output
  const display = yield* Display.make()
  const reports = yield* engine
    .reconcile(name, { isDry, onProgress: display.onProgress, onEnded: display.onEnded })
    .pipe(
      Effect.mapError(ofEngine),
      Effect.onInterrupt(() => display.clear)
    )
  const executions = reports.flatMap(({ execution }) => (execution === null ? [] : [execution]))
  yield* display.close({ executions, notStarted: [] })
  yield* output.print(reports.flatMap(describe))
  const isUndone = reports.some(({ notReconciled }) => notReconciled !== null)
  const ofRuns = ExitCode.ofRun({ executions, notStarted: [] })
  const exitCode =
    ofRuns !== ExitCode.completed
      ? ofRuns
      : isUndone
        ? ExitCode.failed
        : isDry && reports.some(isDifferent)
          ? ExitCode.wouldChange
          : ExitCode.completed
  yield* output.result({ ok: exitCode === ExitCode.completed, reconciliations: reports })
  if (exitCode !== ExitCode.completed) return yield* new BadOutcome({ exitCode })
})

export const reconcile = Command.make(
  "reconcile",
  {
    name: Argument.String("integration-or-job").pipe(Argument.withDescription("An integration, or one of its jobs")),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Only tell what differs; ends with 2 when something does"),
      Flag.withDefault(false)
    )
  },
  ({ dryRun, name }) => Session.provide(perform(name, dryRun))
).pipe(
  Command.withShortDescription("Find what every other way missed: deletions above all"),
  Command.withDescription(
    "Lists all ids of both sides, compares them with the links, and syncs what differs. Only what the provider confirms by its id is a deletion; more than 10 of them, or 5 %, wait for: syncline deletes approve."
  ),
  Command.withExamples([
    { command: "syncline reconcile billing --dry-run", description: "What differs, without a write" }
  ])
)
