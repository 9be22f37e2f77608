/** `syncline apply [file]`: does what was planned, and nothing else. */
import { Engine } from "@syncline/engine"
import { Clock, Effect, Option } from "effect"
import { resolve } from "node:path"
import { Argument, Command, Flag } from "../Cli.ts"
import * as Diff from "../Diff.ts"
import * as ExitCode from "../ExitCode.ts"
import * as Following from "../Following.ts"
import * as Invocation from "../Invocation.ts"
import { Output } from "../Output.ts"
import * as PlanFile from "../PlanFile.ts"
import { BadOutcome, badInput, ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"
import { Shell } from "../Shell.ts"
import * as Plan from "./Plan.ts"

const applyFile = Effect.fn("apply.file")(function* (name: string, yes: boolean) {
  const engine = yield* Engine
  const output = yield* Output
  const path = resolve((yield* Shell).folder, name)
  const plan = yield* PlanFile.read(path)
  const age = Quantity.ago(plan.madeAtMs, yield* Clock.currentTimeMillis)
  yield* output.print([`Applies the plan of ${plan.integration} that was made ${age}.`])
  yield* Following.follow(["apply", path], (options) =>
    engine.apply(plan.integration, plan, { ...options, overwrite: yes })
  )
})

/** Plans, shows it, and with `--yes` does it, unless the world has moved in between. */
const applyNow = Effect.fn("apply.now")(function* (integration: string, yes: boolean) {
  const engine = yield* Engine
  const output = yield* Output
  const plan = yield* Effect.mapError(engine.plan(integration), ofEngine)
  yield* output.print([...Plan.describe(plan, yield* Diff.page), ""])
  if (!plan.changes) return yield* output.result({ ok: true, executions: [], notStarted: [] })
  const words = ["apply", "--integration", integration, "--yes"]
  if (!yes) {
    yield* output.print(["Do it with:", `  ${Invocation.of(...words)}`])
    yield* output.result({ ok: false, plan })
    return yield* new BadOutcome({ exitCode: ExitCode.wouldChange })
  }
  yield* Following.follow(words, (options) => engine.apply(integration, plan, { ...options, overwrite: true }))
})

const perform = Effect.fn("apply")(function* (
  file: Option.Option<string>,
  integration: Option.Option<string>,
  yes: boolean
) {
  if (Option.isSome(file)) {
    if (Option.isNone(integration)) return yield* applyFile(file.value, yes)
    return yield* badInput(
      `the plan in ${file.value} says which integration it is of`,
      "Leave --integration out, or the file"
    )
  }
  if (Option.isSome(integration)) return yield* applyNow(integration.value, yes)
  const engine = yield* Engine
  const jobs = yield* Effect.mapError(engine.status, ofEngine)
  const [first, ...others] = new Set(jobs.map(({ integration }) => integration))
  if (first !== undefined && others.length === 0) return yield* applyNow(first, yes)
  return yield* badInput(
    `there are several integrations: ${[first, ...others].map((name) => `"${name}"`).join(", ")}`,
    "Say which: --integration <name>, or name the file of a plan"
  )
})

export const apply = Command.make(
  "apply",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription("A plan, as syncline plan --out wrote it; without one, a plan is made and shown now"),
      Argument.optional
    ),
    integration: Flag.String("integration").pipe(
      Flag.withDescription("Without a file: what to plan (default: the only integration)"),
      Flag.optional
    ),
    yes: Flag.Boolean("yes").pipe(
      Flag.withDescription(
        "Do it without a file; with one, let the first match overwrite more than 10 records and 5 %"
      ),
      Flag.withDefault(false)
    )
  },
  ({ file, integration, yes }) => Session.provide(perform(file, integration, yes))
).pipe(
  Command.withShortDescription("Do what was planned, and nothing else"),
  Command.withDescription(
    "Does what a plan says. Refuses, with 7, when by now another plan would be made: nothing is written then."
  )
)
