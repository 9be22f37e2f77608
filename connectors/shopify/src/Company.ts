/** Companies that buy wholesale. https://shopify.dev/docs/api/admin-graphql/latest/objects/Company */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId } from "@syncline/core"
import { Schema } from "effect"
import { fitting, path } from "./Admin.ts"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const Company = Schema.Struct({
  id: RecordId,
  name: Schema.String,
  /** The seller's own number of it, unique. */
  externalId: Field.MaybeText,
  note: Field.MaybeText,
  createdAt: Field.Moment,
  updatedAt: Field.Moment,
  synclineOp: Field.Marker
})
export type Company = typeof Company.Type

export const kind: Source.Kind<Company> = {
  schema: Company,
  type: "Company",
  plural: "companies",
  selection: `id name externalId note createdAt updatedAt ${Field.marker}`,
  cost: 2,
  sortKey: "UPDATED_AT",
  filter: "updated_at",
  filterStepMs: 1000,
  subject: "COMPANY",
  updatedMs: ({ updatedAt }) => Time.ms(updatedAt)
}

const written = Target.plain("name", "externalId", "note")
const fields = written.map(({ field }) => field)

const canonical = CanonicalMapping.of<Company>()("contact", [
  { source: "name", target: "company" },
  { source: "note", target: "note" }
])

export const company: Entity<Company> = entity(Company, {
  id: "id",
  version: "updatedAt",
  canonical,
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path, deltaSyncField: "updatedAt", pageSize: fitting(kind.cost) },
    get: { method: "POST", path },
    changes: { method: "POST", path },
    update: { method: "POST", path, fields },
    delete: { method: "POST", path }
  },
  source: {
    deltaSyncField: "updatedAt",
    ...Source.of(kind),
    lookup: { fields: ["externalId"], max: 50, run: (_, values) => Source.find(kind, "external_id", values) }
  },
  target: {
    update: Target.update({
      kind,
      written,
      locked: {},
      mutation: {
        name: "companyUpdate",
        variables: "$id: ID!, $input: CompanyInput!",
        arguments: "companyId: $id, input: $input",
        payload: "company",
        hasCode: true
      },
      more: (_, id) => ({ id }),
      wrap: ({ id: _id, ...input }) => input
    }),
    remove: Target.remove({
      name: "companyDelete",
      variables: "$id: ID!",
      arguments: "id: $id",
      values: ({ id }) => ({ id })
    })
  }
})
