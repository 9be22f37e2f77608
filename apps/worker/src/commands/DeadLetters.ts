/** `syncline deadletters list|groups|retry|edit|discard`: what is no longer tried by itself. */
import { type DeadLetter, type DiscardedLetter, Engine } from "@syncline/engine"
import { Clock, Effect, Option } from "effect"
import { userInfo } from "node:os"
import { Argument, Command, Flag } from "../Cli.ts"
import * as FieldWords from "../FieldWords.ts"
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

/** One that was given up: what, by whom and why. */
const describeDiscarded = (letter: DiscardedLetter, nowMs: number): ReadonlyArray<string> => {
  const { atMs, by, cause, job, operation, recordId, side, why } = letter
  const what = operation === null ? "" : `: ${operation} at the ${side ?? "target"}`
  return [
    `${job} ${recordId}${what}, given up ${Quantity.ago(atMs, nowMs)} by ${by}${why === "" ? "" : `: ${why}`}`,
    ...cause.split("\n").map((line) => `  ${line}`)
  ]
}

const listDiscarded = Effect.fn("deadletters.discarded")(function* (name: Option.Option<string>, limit: number) {
  const engine = yield* Engine
  const output = yield* Output
  const discarded = yield* Effect.mapError(engine.deadLetters.discarded(Listing.scopeOf(name, limit)), ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print(
    discarded.length === 0
      ? ["Nothing was given up."]
      : discarded.flatMap((letter) => [...describeDiscarded(letter, nowMs), ""])
  )
  yield* output.result({ ok: true, discarded })
})

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
          `  ${Invocation.of("deadletters", "retry", "--cause", groups[0]?.ids[0] ?? "")}`
        ]
  )
  yield* output.result({ ok: true, groups })
})

/** One after another, so that an unknown id leaves those before it done and says so. */
const retry = Effect.fn("deadletters.retry")(function* (named: ReadonlyArray<string>, hasCause: boolean) {
  const { deadLetters } = yield* Engine
  const output = yield* Output
  const ids: Array<string> = []
  for (const id of named) {
    if (!hasCause) yield* Effect.mapError(deadLetters.retry(id), ofEngine)
    const retried = hasCause ? yield* Effect.mapError(deadLetters.retryCause(id), ofEngine) : [id]
    ids.push(...retried)
    yield* output.print(retried.map((each) => `${each} is tried again`))
  }
  yield* output.result({ ok: true, ids })
})

const edit = Effect.fn("deadletters.edit")(function* (id: string, words: ReadonlyArray<string>) {
  const { deadLetters } = yield* Engine
  const output = yield* Output
  const values = yield* FieldWords.read(words)
  yield* Effect.mapError(deadLetters.retry(id, { values }), ofEngine)
  yield* output.print([`${id} is tried again with ${Object.keys(values).join(", ")} as given`])
  yield* output.result({ ok: true, ids: [id] })
})

const discard = Effect.fn("deadletters.discard")(function* (
  ids: ReadonlyArray<string>,
  by: Option.Option<string>,
  why: string
) {
  const { deadLetters } = yield* Engine
  const output = yield* Output
  const givingUp = { by: Option.getOrElse(by, () => userInfo().username), why }
  for (const id of ids) {
    yield* Effect.mapError(deadLetters.discard(id, givingUp), ofEngine)
    yield* output.print([`${id} is given up`])
  }
  yield* output.result({ ok: true, ids })
})

const ids = Argument.String("id").pipe(
  Argument.withDescription("As syncline deadletters list shows them"),
  Argument.variadic({ min: 1 })
)

export const deadletters = Command.make("deadletters").pipe(
  Command.withSubcommands([
    Command.make(
      "list",
      {
        name: Listing.scope,
        limit: Listing.limit,
        discarded: Flag.Boolean("discarded").pipe(
          Flag.withDescription("What was given up instead, by whom and why"),
          Flag.withDefault(false)
        )
      },
      ({ discarded, limit, name }) => Session.provide((discarded ? listDiscarded : list)(name, limit))
    ).pipe(Command.withShortDescription("List what is no longer tried by itself, and why")),
    Command.make("groups", { name: Listing.scope, limit: Listing.limit }, ({ limit, name }) =>
      Session.provide(groups(name, limit))
    ).pipe(Command.withShortDescription("The same by cause: what mends one of a group mends all")),
    Command.make(
      "retry",
      {
        ids,
        cause: Flag.Boolean("cause").pipe(
          Flag.withDescription("And all that died of the same in the same job"),
          Flag.withDefault(false)
        )
      },
      ({ cause, ids }) => Session.provide(retry(ids, cause))
    ).pipe(Command.withShortDescription("Try it again")),
    Command.make(
      "edit",
      {
        id: Argument.String("id").pipe(Argument.withDescription("Of a write, as syncline deadletters list shows it")),
        fields: Argument.String("field=value").pipe(
          Argument.withDescription(`What the write carries instead: name=Ada, or JSON: tags:='["a"]'`),
          Argument.variadic({ min: 1 })
        )
      },
      ({ fields, id }) => Session.provide(edit(id, fields))
    ).pipe(Command.withShortDescription("Try a write again with other values")),
    Command.make(
      "discard",
      {
        ids,
        by: Flag.String("by").pipe(Flag.withDescription("Who decides (default: your user name)"), Flag.optional),
        why: Flag.String("why").pipe(Flag.withDescription("Written down beside it"), Flag.withDefault(""))
      },
      ({ by, ids, why }) => Session.provide(discard(ids, by, why))
    ).pipe(
      Command.withShortDescription(
        "Give it up, which is written down; a later change of the record is synced as any other"
      )
    )
  ]),
  Command.withShortDescription("Show, retry, edit and discard what is no longer tried by itself")
)
