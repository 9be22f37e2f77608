/** `syncline failures [job]`: the records that failed, by cause. */
import { Engine, type FailureGroup } from "@syncline/engine"
import { Effect, Option } from "effect"
import { Argument, Command } from "../Cli.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"

const shownIds = 5

/** What is told of one cause: how many, why, and a few ids. */
export const describe = (group: FailureGroup): ReadonlyArray<string> => {
  const { job, count, dead, message, sample } = group
  const ids = sample.slice(0, shownIds)
  return [
    `${job}: ${Quantity.of(count, "record")}${dead === 0 ? "" : `, ${Quantity.count(dead)} of them dead`}`,
    ...message.split("\n").map((line) => `  ${line}`),
    `  ${ids.join(", ")}${count > ids.length ? `, … (${Quantity.count(count - ids.length)} more)` : ""}`
  ]
}

const show = Effect.fn("failures")(function* (job: Option.Option<string>) {
  const engine = yield* Engine
  const output = yield* Output
  const failures = yield* Effect.mapError(
    engine.failures(Option.match(job, { onNone: () => ({}), onSome: (job) => ({ job }) })),
    ofEngine
  )
  yield* output.print(
    failures.length === 0
      ? ["No record has failed."]
      : [
          ...failures.flatMap((group) => [...describe(group), ""]),
          "Each run tries the failed records again, at most once; after three failures a record is dead and waits for you."
        ]
  )
  yield* output.result({ ok: true, failures })
})

export const failures = Command.make(
  "failures",
  { job: Argument.String("job").pipe(Argument.withDescription("Only this job's"), Argument.optional) },
  ({ job }) => Session.provide(show(job))
).pipe(
  Command.withShortDescription("Show the records that failed, by cause"),
  Command.withDescription("Shows the records that failed, by cause, with what to do about it.")
)
