/** Any kind of object as an entity. https://developers.hubspot.com/docs/api-reference/crm-objects-v3/guide */
import { type Entity, entity } from "@syncline/connector"
import type { CanonicalMapping, Fields } from "@syncline/core"
import { DateTime, Option } from "effect"
import * as Kind from "./Kind.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"

const timeOf = (value: unknown): number | null =>
  typeof value === "string" ? Option.getOrNull(Option.map(DateTime.make(value), DateTime.toEpochMillis)) : null

export const crmObject = (kind: Kind.Kind, canonical?: CanonicalMapping.CanonicalMapping): Entity => {
  const { path } = kind
  const fields = Kind.writable(kind)
  return entity<Fields>(Kind.schema(kind), {
    id: "id",
    // `updatedAt` is no version where associations are fields: they change without it.
    ...(kind.associations.length === 0 && { version: "updatedAt" }),
    changedAt: ({ updatedAt }) => timeOf(updatedAt),
    ...(canonical !== undefined && { canonical }),
    endpoints: {
      list: { method: "GET", path, deltaSyncField: kind.modified, pageSize: 100 },
      get: { method: "POST", path: `${path}/batch/read` },
      changes: { method: "POST", path: `${path}/search` },
      create: { method: "POST", path: `${path}/batch/upsert`, fields },
      update: { method: "POST", path: `${path}/batch/update`, fields },
      delete: { method: "POST", path: `${path}/batch/archive` }
    },
    source: {
      // The time of change as a record shows it; a search filters by the property of the same value.
      deltaSyncField: "updatedAt",
      // A change of an association or of a computed property leaves no trace, so reconciliation has to look.
      supportsWebhooks: false,
      list: Source.list(kind),
      changes: Source.changes(kind),
      get: Source.get(kind),
      lookup: Source.lookup(kind)
    },
    target: {
      create: Target.create(kind),
      update: Target.update(kind),
      remove: Target.remove(kind)
    }
  })
}
