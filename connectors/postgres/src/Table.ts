/** A table as an entity: its rows are records. */
import { type Entity, entity, type Sql, type Target } from "@syncline/connector"
import type { Fields } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Applied from "./Applied.ts"
import { applicationTable } from "./ApplicationTable.ts"
import { mirrorId, known as knownLayout } from "./Layout.ts"
import * as Prepare from "./Prepare.ts"
import * as Rows from "./Rows.ts"
import type { Application, Settings } from "./Settings.ts"
import * as Write from "./Write.ts"

/** `marks`: the schema for the marks of applied batches, or null where the engine commits the writes itself. */
export const table = (settings: Settings, marks: string | null): Entity<Fields, Sql> =>
  settings._tag === "Application" ? applicationTable(settings, marks) : tableOfSource(settings, marks)

type TableOfSource = Exclude<Settings, Application>

/** A table whose rows stand for another system's records, and have their ids. */
const tableOfSource = (settings: TableOfSource, marks: string | null): Entity<Fields, Sql> => {
  const known = knownLayout(settings)
  const path = `${settings.place.schema}.${settings.place.name}`
  const id = settings._tag === "Mirror" ? mirrorId : settings.idColumn
  const as = removal(settings)
  const target: Target<Fields, Sql> = {
    prepare: (columns) =>
      Effect.andThen(Prepare.prepare(settings, known, columns), marks === null ? Effect.void : Applied.prepare(marks)),
    create: { ...Write.create(known), repeat: { _tag: "Unique", field: id } },
    update: Write.update(known),
    ...(as !== null && { remove: Write.remove(known, as) }),
    ...(marks !== null && { applied: Applied.applied(marks) })
  }
  return entity<Fields, Sql>(Schema.Record(Schema.String, Schema.Json), {
    id,
    endpoints: {
      list: { method: "GET", path, deltaSyncField: null, pageSize: Rows.pageSize },
      get: { method: "GET", path },
      create: { method: "POST", path, fields: [] },
      update: { method: "PATCH", path, fields: [] },
      ...(as !== null && { delete: { method: "DELETE", path } })
    },
    source: Rows.source(known),
    target
  })
}

/** How a record is let go of: null is not at all. */
const removal = (settings: TableOfSource): "deleted" | "archived" | null => {
  if (settings._tag === "Mirror") return "archived"
  if (settings.onDelete === "ignore") return null
  return settings.onDelete === "delete" ? "deleted" : "archived"
}
