/** `syncline explain <entity>:<id> [field]`: why a record has the values that it has. */
import { Engine, type FieldEvent, type FieldExplanation, type RecordExplanation } from "@syncline/engine"
import { Clock, Effect, Option, Schema } from "effect"
import { Argument, Command } from "../Cli.ts"
import * as Diff from "../Diff.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as RecordName from "../RecordName.ts"
import * as Session from "../Session.ts"
import * as Style from "../Style.ts"
import { endsOf } from "./Mappings.ts"

const isSettled = Schema.is(Schema.Struct({ winner: Schema.String }))

/** Whose value it became: a person says so by the side, a strategy beside its own name. */
const chosen = (resolution: Schema.Json): Schema.Json => (isSettled(resolution) ? resolution.winner : resolution)

const describeEvent = (event: FieldEvent, page: Diff.Page, nowMs: number): ReadonlyArray<string> => {
  const when = Quantity.ago(event.atMs, nowMs)
  const faint = (text: string): string => `        ${Style.paint(page.style, "faint", text)}`
  const room = page.columns === null ? null : page.columns - when.length - 22
  if (event._tag === "Contested") {
    const { conflict, resolution, resolvedBy, source, strategy, target } = event
    const became =
      resolvedBy === null
        ? "waits for a person"
        : `${resolvedBy} settled it (${strategy}): ${Diff.value(chosen(resolution))}`
    return [
      `      ${when} both sides had changed it: source ${Diff.value(source)}, target ${Diff.value(target)}`,
      faint(`conflict ${conflict}: ${became}`)
    ]
  }
  const { because, execution, side } = event
  const run = execution === null ? "" : `; execution ${execution.execution} of ${execution.job} (${execution.trigger})`
  return [
    `      ${when} at the ${side}: ${Diff.change(event.old, event.new, { ...page, columns: room })}`,
    faint(`${because}${run}`)
  ]
}

const describeField = (
  { events, field, source, target }: FieldExplanation,
  page: Diff.Page,
  nowMs: number
): ReadonlyArray<string> => {
  const [there, here] = [Diff.value(source), Diff.value(target)]
  const held = there === here ? `${there} on both sides` : `${there} at the source, ${here} at the target`
  return [
    `    ${Style.paint(page.style, "strong", field)}: ${held}`,
    ...(events.length === 0
      ? ["      as it was first seen"]
      : events.flatMap((event) => describeEvent(event, page, nowMs)))
  ]
}

export const describe = (
  { events, fields, mapping, pending }: RecordExplanation,
  page: Diff.Page,
  nowMs: number
): ReadonlyArray<string> => [
  `${Style.paint(page.style, "strong", `${mapping.job} ${endsOf(mapping)}`)}  ${mapping.status}${mapping.isDeleted ? ", deleted" : ""}`,
  ...pending.map((line) => `  ${Style.paint(page.style, "warning", "!")} ${line}`),
  ...events.map(({ atMs, because, operation, side }) => {
    const what = operation === "delete" ? `deleted at the ${side}: ` : ""
    return `    ${Quantity.ago(atMs, nowMs)} ${what}${because}`
  }),
  ...fields.flatMap((field) => describeField(field, page, nowMs))
]

const show = Effect.fn("explain")(function* (record: RecordName.RecordName, field: Option.Option<string>) {
  const engine = yield* Engine
  const output = yield* Output
  const asked = { ...record, ...Option.match(field, { onNone: () => ({}), onSome: (field) => ({ field }) }) }
  const records = yield* Effect.mapError(engine.explain(asked), ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  const page = yield* Diff.page
  yield* output.print(
    records.flatMap((record, index) => [...(index === 0 ? [] : [""]), ...describe(record, page, nowMs)])
  )
  yield* output.result({ ok: true, records })
})

export const explain = Command.make(
  "explain",
  {
    record: RecordName.argument,
    field: Argument.String("field").pipe(
      Argument.withDescription("Only this field, by its name in either side"),
      Argument.optional
    )
  },
  ({ field, record }) => Session.provide(show(record, field))
).pipe(
  Command.withShortDescription("Say why a record has the values that it has"),
  Command.withDescription(
    "Says for each field of a record what both sides hold, and the chain of changes that led there: when, at which side, why, in which execution."
  ),
  Command.withExamples([
    { command: "syncline explain customer:cus_123 email", description: "Where this email address comes from" }
  ])
)
