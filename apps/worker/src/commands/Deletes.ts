/** `syncline deletes list|approve|reject`: deletions that were found and wait, because they were too many at once. */
import { Engine, type HeldDeletion } from "@syncline/engine"
import { Clock, Effect, Option } from "effect"
import { userInfo } from "node:os"
import { Argument, Command, Flag } from "../Cli.ts"
import * as Following from "../Following.ts"
import * as Invocation from "../Invocation.ts"
import * as Listing from "../Listing.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"
import * as Table from "../Table.ts"

const columns: ReadonlyArray<Table.Column> = [
  { title: "JOB", align: "left" },
  { title: "GONE AT", align: "left" },
  { title: "ID", align: "left" },
  { title: "RECORD", align: "left" },
  { title: "FOUND", align: "left" }
]

const row = ({ foundAtMs, id, job, key, side }: HeldDeletion, nowMs: number): ReadonlyArray<string> => [
  job,
  side,
  id,
  key,
  Quantity.ago(foundAtMs, nowMs)
]

const list = Effect.fn("deletes.list")(function* (name: Option.Option<string>, limit: number) {
  const engine = yield* Engine
  const output = yield* Output
  const deletions = yield* Effect.mapError(engine.deletes.list(Listing.scopeOf(name, limit)), ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  const job = deletions[0]?.job ?? ""
  yield* output.print(
    deletions.length === 0
      ? ["No deletion waits."]
      : [
          ...Table.render(
            columns,
            deletions.map((deletion) => row(deletion, nowMs))
          ),
          "",
          "Let the counterparts be deleted, or keep them:",
          `  ${Invocation.of("deletes", "approve", job)}`,
          `  ${Invocation.of("deletes", "reject", job)}`
        ]
  )
  yield* output.result({ ok: true, deletions })
})

interface Decided {
  readonly name: string
  readonly ids: ReadonlyArray<string>
  readonly by: Option.Option<string>
}

const decisionOf = ({ by, ids }: Decided) => ({
  by: Option.getOrElse(by, () => userInfo().username),
  ...(ids.length === 0 ? {} : { ids })
})

const approve = Effect.fn("deletes.approve")(function* (decided: Decided) {
  const engine = yield* Engine
  yield* Following.follow(["deletes", "approve", decided.name], (options) =>
    engine.deletes.approve(decided.name, { ...options, ...decisionOf(decided) })
  )
})

const reject = Effect.fn("deletes.reject")(function* (decided: Decided) {
  const engine = yield* Engine
  const output = yield* Output
  const told = yield* Effect.mapError(engine.deletes.reject(decided.name, decisionOf(decided)), ofEngine)
  yield* output.print([
    `${Quantity.of(told.decided, "deletion")} rejected: both records stay as they are, and are not asked about again`
  ])
  yield* output.result({ ok: true, decided: told.decided })
})

const decision = {
  name: Argument.String("integration-or-job").pipe(Argument.withDescription("Whose deletions")),
  ids: Argument.String("id").pipe(
    Argument.withDescription("Only these, as syncline deletes list shows them; all unless said"),
    Argument.variadic({ min: 0 })
  ),
  by: Flag.String("by").pipe(Flag.withDescription("Who decides; your user name unless said"), Flag.optional)
}

export const deletes = Command.make("deletes").pipe(
  Command.withSubcommands([
    Command.make("list", { name: Listing.scope, limit: Listing.limit }, ({ limit, name }) =>
      Session.provide(list(name, limit))
    ).pipe(Command.withShortDescription("List the deletions that wait for a person")),
    Command.make("approve", decision, (decided) => Session.provide(approve(decided))).pipe(
      Command.withShortDescription("Carry them out: what is gone still")
    ),
    Command.make("reject", decision, (decided) => Session.provide(reject(decided))).pipe(
      Command.withShortDescription("Keep the counterparts")
    )
  ]),
  Command.withShortDescription("Show, approve and reject deletions that were too many at once")
)
