/** `syncline conflicts list|show|resolve`: what both sides changed, and a person decides. */
import type { Planner } from "@syncline/core"
import { type ConflictReport, type ConflictSummary, Engine } from "@syncline/engine"
import { Clock, Effect, Option } from "effect"
import { userInfo } from "node:os"
import * as Choices from "../Choices.ts"
import { Argument, Command, Flag } from "../Cli.ts"
import * as Diff from "../Diff.ts"
import * as Invocation from "../Invocation.ts"
import * as Listing from "../Listing.ts"
import { Output } from "../Output.ts"
import { badInput, ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"
import * as Style from "../Style.ts"
import * as Table from "../Table.ts"

const columns: ReadonlyArray<Table.Column> = [
  { title: "CONFLICT", align: "left" },
  { title: "JOB", align: "left" },
  { title: "SOURCE", align: "left" },
  { title: "TARGET", align: "left" },
  { title: "FIELDS", align: "left" },
  { title: "STATUS", align: "left" },
  { title: "SINCE", align: "left" }
]

const row = (conflict: ConflictSummary, nowMs: number): ReadonlyArray<string> => [
  conflict.id,
  conflict.job,
  conflict.sourceId ?? "-",
  conflict.targetId ?? "-",
  conflict.fields.map(Diff.fieldName).join(", "),
  conflict.status === "open" ? "open" : `resolved by ${conflict.resolvedBy ?? "system"} (${conflict.strategy})`,
  Quantity.ago(conflict.createdAtMs, nowMs)
]

/** What to type to decide an open conflict. */
const answering = ({ contested, id, status, version }: ConflictReport): ReadonlyArray<string> => {
  if (status !== "open") return []
  const field = Diff.fieldName(contested[0]?.field ?? "")
  return [
    "Decide it with:",
    `  ${Invocation.of("conflicts", "resolve", id, `${field}=source`, "--seen", version)}`,
    `  (=source, =target, or ${field}:='"another value"'; --take source for all that is not named)`
  ]
}

/** A conflict as a person sees it: both sides of each contested field, and what else waits. */
export const describe = (conflict: ConflictReport, page: Diff.Page, nowMs: number): ReadonlyArray<string> => {
  const { contested, job, key, sourceId, targetId, withheld } = conflict
  const waits = (["source", "target"] as const).flatMap((side) =>
    withheld[side].length === 0
      ? []
      : [`  Waits to be written to the ${side}:`, ...Diff.fields(withheld[side], page, "    ")]
  )
  const state =
    conflict.status === "open"
      ? Style.paint(page.style, "warning", "open")
      : Style.paint(page.style, "good", `resolved by ${conflict.resolvedBy ?? "system"}`)
  return [
    `${Style.paint(page.style, "strong", `${job} ${sourceId ?? key} ↔ ${targetId ?? "nothing yet"}`)}  ${state}, since ${Quantity.ago(conflict.createdAtMs, nowMs)}`,
    ...Diff.contested(contested, { source: "SOURCE", target: "TARGET" }, page),
    ...waits,
    ...(conflict.status === "open" ? [] : [`  It became: ${Diff.value(conflict.resolution)}`])
  ]
}

const list = Effect.fn("conflicts.list")(function* (name: Option.Option<string>, resolved: boolean, limit: number) {
  const engine = yield* Engine
  const output = yield* Output
  const scope = { ...Listing.scopeOf(name, limit), resolved }
  const conflicts = yield* Effect.mapError(engine.conflicts.list(scope), ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print(
    conflicts.length === 0
      ? [resolved ? "No conflict has been resolved." : "No conflict is open."]
      : [
          ...Table.render(
            columns,
            conflicts.map((conflict) => row(conflict, nowMs))
          ),
          "",
          "Look at one with:",
          `  ${Invocation.of("conflicts", "show", conflicts[0]?.id ?? "")}`
        ]
  )
  yield* output.result({ ok: true, conflicts })
})

const show = Effect.fn("conflicts.show")(function* (id: string) {
  const engine = yield* Engine
  const output = yield* Output
  const conflict = yield* Effect.mapError(engine.conflicts.get(id), ofEngine)
  const told = describe(conflict, yield* Diff.page, yield* Clock.currentTimeMillis)
  yield* output.print([...told, ...answering(conflict)])
  yield* output.result({ ok: true, conflict })
})

interface Resolution {
  readonly id: string
  readonly choices: ReadonlyArray<Choices.Named>
  readonly take: Option.Option<"source" | "target">
  readonly seen: Option.Option<string>
  readonly by: Option.Option<string>
}

const resolve = Effect.fn("conflicts.resolve")(function* ({ by, choices, id, seen, take }: Resolution) {
  const engine = yield* Engine
  const output = yield* Output
  if (Option.isNone(seen)) {
    return yield* badInput(
      "a resolution says what it was made for: the version of the conflict that you saw",
      `Look at it, and take --seen from there: ${Invocation.of("conflicts", "show", id)}`
    )
  }
  const { contested } = yield* Effect.mapError(engine.conflicts.get(id), ofEngine)
  const rest: Record<string, Planner.Choice> = Option.match(take, {
    onNone: () => ({}),
    onSome: (side) => Object.fromEntries(contested.map(({ field }) => [field, side]))
  })
  const resolution = {
    version: seen.value,
    choices: { ...rest, ...Object.fromEntries(choices.map(({ choice, field }) => [field, choice])) },
    by: Option.getOrElse(by, () => userInfo().username)
  }
  const conflict = yield* Effect.mapError(engine.conflicts.resolve(id, resolution), ofEngine)
  yield* output.print([`Resolved. The next run writes it:`, `  ${Invocation.of("run", conflict.integration)}`])
  yield* output.result({ ok: true, conflict })
})

const id = Argument.String("id").pipe(Argument.withDescription("As syncline conflicts list shows it"))

export const conflicts = Command.make("conflicts").pipe(
  Command.withSubcommands([
    Command.make(
      "list",
      {
        name: Listing.scope,
        resolved: Flag.Boolean("resolved").pipe(
          Flag.withDescription("Those that were settled, by a strategy or a person"),
          Flag.withDefault(false)
        ),
        limit: Listing.limit
      },
      ({ limit, name, resolved }) => Session.provide(list(name, resolved, limit))
    ).pipe(Command.withShortDescription("List the conflicts that wait for a person")),
    Command.make("show", { id }, ({ id }) => Session.provide(show(id))).pipe(
      Command.withShortDescription("Show what both sides made of a record")
    ),
    Command.make(
      "resolve",
      {
        id,
        choices: Choices.argument,
        take: Flag.Literals("take", ["source", "target"]).pipe(
          Flag.withDescription("The side whose value counts for every field that is not named"),
          Flag.optional
        ),
        seen: Flag.String("seen").pipe(
          Flag.withMetavar("version"),
          Flag.withDescription("As syncline conflicts show tells it; refused with 7 when the record has moved since"),
          Flag.optional
        ),
        by: Flag.String("by").pipe(Flag.withDescription("Who decides (default: your user name)"), Flag.optional)
      },
      (resolution) => Session.provide(resolve(resolution))
    ).pipe(
      Command.withShortDescription("Decide a conflict"),
      Command.withDescription("Decides every contested field of a conflict; the next run writes what follows.")
    )
  ]),
  Command.withShortDescription("Show and decide what both sides changed")
)
