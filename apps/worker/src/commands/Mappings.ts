/** `syncline mappings find|link|unlink|review`: which record is which. */
import { Engine, type MappingSummary } from "@syncline/engine"
import { Clock, Effect, type Option } from "effect"
import { Argument, Command } from "../Cli.ts"
import * as Invocation from "../Invocation.ts"
import * as Listing from "../Listing.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as RecordName from "../RecordName.ts"
import * as Session from "../Session.ts"
import * as Table from "../Table.ts"

/** `customer cus_123 ↔ contacts 42` */
export const endsOf = ({ source, target }: MappingSummary): string =>
  [source, target].map(({ entity, id }) => `${entity} ${id ?? "(none yet)"}`).join(" ↔ ")

const columns: ReadonlyArray<Table.Column> = [
  { title: "JOB", align: "left" },
  { title: "SOURCE", align: "left" },
  { title: "TARGET", align: "left" },
  { title: "STATUS", align: "left" },
  { title: "KEY", align: "left" },
  { title: "VERSION", align: "right" },
  { title: "CHANGED", align: "left" }
]

const row = (mapping: MappingSummary, nowMs: number): ReadonlyArray<string> => [
  mapping.job,
  mapping.source.id ?? "-",
  mapping.target.id ?? "-",
  mapping.isDeleted ? `${mapping.status}, deleted` : mapping.status,
  mapping.key,
  String(mapping.version),
  mapping.updatedAtMs === null ? "" : Quantity.ago(mapping.updatedAtMs, nowMs)
]

const find = Effect.fn("mappings.find")(function* (record: RecordName.RecordName) {
  const engine = yield* Engine
  const output = yield* Output
  const mappings = yield* Effect.mapError(engine.mappings.find(record), ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print(
    mappings.length === 0
      ? [`No record is linked as ${record.entity} "${record.id}".`]
      : Table.render(
          columns,
          mappings.map((mapping) => row(mapping, nowMs))
        )
  )
  yield* output.result({ ok: true, mappings })
})

const link = Effect.fn("mappings.link")(function* (entity: string, sourceId: string, targetId: string) {
  const engine = yield* Engine
  const output = yield* Output
  const mapping = yield* Effect.mapError(engine.mappings.link({ entity, sourceId, targetId }), ofEngine)
  yield* output.print([
    `Linked: ${endsOf(mapping)}. The next run compares them:`,
    `  ${Invocation.of("run", mapping.integration)}`
  ])
  yield* output.result({ ok: true, mapping })
})

const unlink = Effect.fn("mappings.unlink")(function* (record: RecordName.RecordName) {
  const engine = yield* Engine
  const output = yield* Output
  const mapping = yield* Effect.mapError(engine.mappings.unlink(record), ofEngine)
  yield* output.print([
    `No longer linked: ${endsOf(mapping)}. Neither record was touched.`,
    "A change of either is from now on a record of its own. Link it anew with:",
    `  ${Invocation.of("mappings", "link", mapping.job, "<source-id>", "<target-id>")}`
  ])
  yield* output.result({ ok: true, mapping })
})

const reviewed: ReadonlyArray<Table.Column> = [
  { title: "JOB", align: "left" },
  { title: "SIDE", align: "left" },
  { title: "RECORD", align: "left" },
  { title: "MAY BE", align: "left" },
  { title: "WHY", align: "left" }
]

const review = Effect.fn("mappings.review")(function* (name: Option.Option<string>, limit: number) {
  const engine = yield* Engine
  const output = yield* Output
  const reviews = yield* Effect.mapError(engine.mappings.review(Listing.scopeOf(name, limit)), ofEngine)
  yield* output.print(
    reviews.length === 0
      ? ["The first match left nothing to review."]
      : [
          ...Table.render(
            reviewed,
            reviews.map(({ candidates, id, job, side, why }) => [job, side, id, candidates.join(", "), why])
          ),
          "",
          "Link those that are the same with:",
          `  ${Invocation.of("mappings", "link", "<job>", "<source-id>", "<target-id>")}`
        ]
  )
  yield* output.result({ ok: true, reviews })
})

const argument = (name: string, description: string) =>
  Argument.String(name).pipe(Argument.withDescription(description))

export const mappings = Command.make("mappings").pipe(
  Command.withSubcommands([
    Command.make("find", { record: RecordName.argument }, ({ record }) => Session.provide(find(record))).pipe(
      Command.withShortDescription("Show what a record is linked to")
    ),
    Command.make(
      "link",
      {
        entity: argument("entity", "A job, or an entity of either side"),
        sourceId: argument("source-id", "The record's id at the source"),
        targetId: argument("target-id", "The record's id at the target")
      },
      ({ entity, sourceId, targetId }) => Session.provide(link(entity, sourceId, targetId))
    ).pipe(Command.withShortDescription("Say that two records are the same")),
    Command.make("unlink", { record: RecordName.argument }, ({ record }) => Session.provide(unlink(record))).pipe(
      Command.withShortDescription("Forget that two records are the same; neither is touched")
    ),
    Command.make("review", { name: Listing.scope, limit: Listing.limit }, ({ limit, name }) =>
      Session.provide(review(name, limit))
    ).pipe(Command.withShortDescription("Show what the first match could not pair by itself"))
  ]),
  Command.withShortDescription("Show and mend which record is which")
)
