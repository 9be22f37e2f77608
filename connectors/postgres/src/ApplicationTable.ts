/** An application's table as an entity of its own: both sides of a two-way sync can be one. */
import { type Entity, entity, type Sql, type Target } from "@syncline/connector"
import { type Fields, RecordId, Reference } from "@syncline/core"
import { DateTime, Effect, Option, Schema } from "effect"
import * as Applied from "./Applied.ts"
import * as ApplicationPlan from "./ApplicationPlan.ts"
import * as ApplicationRows from "./ApplicationRows.ts"
import * as ApplicationWrite from "./ApplicationWrite.ts"
import * as Captured from "./Captured.ts"
import * as Created from "./Created.ts"
import { type ApplicationLayout, type Known, knownApplication } from "./Layout.ts"
import * as Polled from "./Polled.ts"
import * as Rows from "./Rows.ts"
import { type Application, changesTable } from "./Settings.ts"
import * as Write from "./Write.ts"

/** `marks`: the schema for the marks of applied batches, or null where the engine commits the writes itself. */
export const applicationTable = (settings: Application, marks: string | null): Entity<Fields, Sql> => {
  const { key, onDelete, place, updatedAt, version } = settings
  const known = knownApplication(settings)
  const path = `${place.schema}.${place.name}`
  const as = onDelete === "ignore" ? null : onDelete === "delete" ? "deleted" : "archived"
  const deltaSyncField = settings.capture === "updated_at" ? updatedAt : null
  const target: Target<Fields, Sql> = {
    prepare: (columns) =>
      Effect.all(
        [
          ApplicationPlan.verify(settings, columns),
          Created.prepare(place.schema),
          ...(marks === null ? [] : [Applied.prepare(marks)])
        ],
        { discard: true }
      ),
    create: {
      ...ApplicationWrite.create(known, place),
      repeat: { _tag: "Keyed", keptMs: Number.MAX_SAFE_INTEGER },
      find: ApplicationWrite.find(known, place)
    },
    update: ApplicationWrite.update(known),
    ...(as !== null && { remove: Write.remove(known, as) }),
    ...(marks !== null && { applied: Applied.applied(marks) })
  }
  return entity<Fields, Sql>(schemaOf(settings), {
    id: key,
    ...(version !== null && { version }),
    ...(updatedAt !== null && { changedAt: (record: Fields) => timeOf(record[updatedAt]) }),
    endpoints: {
      list: { method: "GET", path, deltaSyncField, pageSize: Rows.pageSize },
      get: { method: "GET", path },
      ...(settings.capture !== null && {
        changes: { method: "GET", path: settings.capture === "log" ? `${place.schema}.${changesTable}` : path }
      }),
      create: { method: "POST", path, fields: [] },
      update: { method: "PATCH", path, fields: [] },
      ...(as !== null && { delete: { method: "DELETE", path } })
    },
    source: { ...ApplicationRows.source(known), deltaSyncField, ...changesOf(settings, known) },
    target
  })
}

const changesOf = ({ capture, place, updatedAt }: Application, known: Known<ApplicationLayout>) => {
  if (capture === "log") return { changes: Captured.changes(known, place) }
  return capture === "updated_at" && updatedAt !== null ? { changes: Polled.changes(known, updatedAt) } : {}
}

/** The key and the declared references; every other column is as the row holds it. */
const schemaOf = ({ key, references }: Application): Schema.Codec<Fields, Schema.Json> => {
  const fields: Record<string, Schema.Codec<Schema.Json, Schema.Json>> = { [key]: RecordId }
  for (const [column, { entity: name, isRequired }] of references) {
    fields[column] = isRequired ? Reference(name) : Schema.NullOr(Reference(name))
  }
  return Schema.StructWithRest(Schema.Struct(fields), [Schema.Record(Schema.String, Schema.Json)])
}

/** A time as a row shows it. One without a zone is taken for UTC. */
const timeOf = (shown: Schema.Json | undefined): number | null => {
  if (typeof shown !== "string") return null
  const at = /(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(shown) ? shown : `${shown}Z`
  return Option.getOrNull(Option.map(DateTime.make(at), DateTime.toEpochMillis))
}
