/** One kind of object of the CRM, as data: contacts, deals, an account's own objects. https://developers.hubspot.com/docs/guides/crm/understanding-the-crm */
import { type Fields, RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"

/** Records of one kind that belong to records of another. HubSpot keeps these apart from the properties. */
export interface Association {
  /** The field of our record that holds it: `company_id`. */
  readonly field: string
  /** The entity that is referred to. */
  readonly entity: string
  /** Its kind, as paths name it: `companies`. */
  readonly to: string
  readonly category: "HUBSPOT_DEFINED" | "USER_DEFINED" | "INTEGRATOR_DEFINED"
  readonly typeId: number
  /** The field is a list of ids, sorted; else it is one id or null. */
  readonly isMany: boolean
}

/** What is known of a kind before a connection is configured. */
export interface Shape {
  readonly entity: string
  /** As paths name it: `contacts`, `2-3456789`. */
  readonly type: string
  readonly properties: ReadonlyArray<string>
  /** Those of the properties that HubSpot computes. */
  readonly computed: ReadonlyArray<string>
  /** Properties that hold the id of a record of another entity. */
  readonly references: Readonly<Record<string, string>>
  readonly associations: ReadonlyArray<Association>
  /** The property that a search for what changed is filtered by. */
  readonly modified: "lastmodifieddate" | "hs_lastmodifieddate"
  /** Where a new property is filed. */
  readonly group: string
}

export interface Kind extends Shape {
  /** `/crm/objects/2026-09/contacts`. */
  readonly path: string
  readonly apiVersion: string
  /** The unique property that bears the marker of the op which made the record. */
  readonly marker: string
  /** How late a change may become visible to searches. */
  readonly lagMs: number
  /** What a search costs of the budget, for it has a narrower limit. */
  readonly searchCost: number
}

const Value = Schema.NullOr(Schema.String)

type Field = Schema.Codec<Schema.Json> | Schema.optionalKey<Schema.Codec<Schema.Json>>

/** A record: its id, its times, its properties as HubSpot writes them (text or null), and who it belongs to. */
export const schema = ({ associations, properties, references }: Shape): Schema.Codec<Fields, Schema.Json> => {
  const fields: Record<string, Field> = { id: RecordId, createdAt: Schema.String, updatedAt: Schema.String }
  for (const name of properties) {
    const entity = references[name]
    fields[name] = Schema.optionalKey(entity === undefined ? Value : Schema.NullOr(Reference(entity)))
  }
  for (const { entity, field, isMany } of associations) {
    fields[field] = Schema.optionalKey(isMany ? Schema.Array(Reference(entity)) : Schema.NullOr(Reference(entity)))
  }
  return Schema.Struct(fields)
}

const isComputed = ({ computed }: Shape, name: string): boolean => computed.includes(name)

/** The fields of a record that can be written. */
export const writable = (shape: Shape): ReadonlyArray<string> => [
  ...shape.properties.filter((name) => !isComputed(shape, name)),
  ...shape.associations.map(({ field }) => field)
]
