/** `syncline deadletters list|retry|discard`: what is no longer tried by itself. */
import { type DeadLetter, Engine } from "@syncline/engine"
import { Clock, Effect, type Option } from "effect"
import { Argument, Command } from "../Cli.ts"
import * as Invocation from "../Invocation.ts"
import * as Listing from "../Listing.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"

/** One dead letter: what it is, why it died, what it holds up. */
export const describe = (letter: DeadLetter, nowMs: number): ReadonlyArray<string> => {
  const { attempts, blocks, diedAtMs, id, job, message, operation, recordId, side } = letter
  const what = operation === null ? "could not be decided on" : `${operation} at the ${side ?? "target"}`
  return [
    `${id}  ${job} ${recordId}: ${what}, dead since ${Quantity.ago(diedAtMs, nowMs)} after ${Quantity.of(attempts, "attempt")}`,
    ...message.split("\n").map((line) => `  ${line}`),
    ...(blocks === 0 ? [] : [`  ${Quantity.of(blocks, "record")} wait for it`])
  ]
}

const list = Effect.fn("deadletters.list")(function* (name: Option.Option<string>, limit: number) {
  const engine = yield* Engine
  const output = yield* Output
  const deadLetters = yield* Effect.mapError(engine.deadLetters.list(Listing.scopeOf(name, limit)), ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print(
    deadLetters.length === 0
      ? ["Nothing is dead."]
      : [
          ...deadLetters.flatMap((letter) => [...describe(letter, nowMs), ""]),
          "When the cause is mended:",
          `  ${Invocation.of("deadletters", "retry", deadLetters[0]?.id ?? "")}`
        ]
  )
  yield* output.result({ ok: true, deadLetters })
})

const groups = Effect.fn("deadletters.groups")(function* (name: Option.Option<string>, limit: number) {
  const engine = yield* Engine
  const output = yield* Output
  const groups = yield* Effect.mapError(engine.deadLetters.groups(Listing.scopeOf(name, limit)), ofEngine)
  yield* output.print(
    groups.length === 0
      ? ["Nothing is dead."]
      : [
          ...groups.flatMap(({ blocks, example, job, letters }) => [
            `${Quantity.of(letters, "dead letter")} of ${job}${blocks === 0 ? "" : `, for which ${Quantity.of(blocks, "record")} wait`}`,
            ...example.message.split("\n").map((line) => `  ${line}`),
            ""
          ]),
          "When a cause is mended:",
          `  ${Invocation.of("deadletters", "retry", ...(groups[0]?.ids.slice(0, 3) ?? []))}`
        ]
  )
  yield* output.result({ ok: true, groups })
})

/** One after another, so that an unknown id leaves those before it done and says so. */
const each = Effect.fn("deadletters.each")(function* (verb: "retry" | "discard", ids: ReadonlyArray<string>) {
  const engine = yield* Engine
  const output = yield* Output
  for (const id of ids) {
    yield* Effect.mapError(engine.deadLetters[verb](id), ofEngine)
    yield* output.print([verb === "retry" ? `${id} is tried by the next run` : `${id} is given up`])
  }
  yield* output.result({ ok: true, ids })
})

const ids = Argument.String("id").pipe(
  Argument.withDescription("As syncline deadletters list shows them"),
  Argument.variadic({ min: 1 })
)

export const deadletters = Command.make("deadletters").pipe(
  Command.withSubcommands([
    Command.make("list", { name: Listing.scope, limit: Listing.limit }, ({ limit, name }) =>
      Session.provide(list(name, limit))
    ).pipe(Command.withShortDescription("List what is no longer tried by itself, and why")),
    Command.make("groups", { name: Listing.scope, limit: Listing.limit }, ({ limit, name }) =>
      Session.provide(groups(name, limit))
    ).pipe(Command.withShortDescription("The same by cause: what mends one of a group mends all")),
    Command.make("retry", { ids }, ({ ids }) => Session.provide(each("retry", ids))).pipe(
      Command.withShortDescription("Let the next run try it again")
    ),
    Command.make("discard", { ids }, ({ ids }) => Session.provide(each("discard", ids))).pipe(
      Command.withShortDescription("Give it up; a later change of the record is synced as any other")
    )
  ]),
  Command.withShortDescription("Show, retry and discard what is no longer tried by itself")
)
