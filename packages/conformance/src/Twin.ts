/**
 * The application on the other side: a plain REST provider that has, for each entity, the fields that can go both ways. It makes no
 * trouble of its own, so whatever goes wrong is the connector's.
 */
import { connector, type Entity, type Http, ProblemDetails, Resource, type Sql } from "@syncline/connector"
import { type ConformanceSandbox, RestSandbox } from "@syncline/connector/sandbox"
import { type FieldMapping, type Fields, RecordId, Reference, references } from "@syncline/core"
import { type Redacted, Schema } from "effect"
import type { Opened, Person } from "./Subject.ts"

/** A field that goes both ways, and the entity whose records it names, if it names any. */
export interface SharedField {
  readonly name: string
  readonly reference: { readonly entity: string; readonly isOptional: boolean } | null
}

const placeholder = RecordId.make("twin")

/** The fields that a person fills in and that the connector creates, if it does: text, numbers, yes or no, and references. */
export const fieldsOf = (
  person: Person,
  { endpoints: { create }, schema }: Entity<Fields, Http | Sql>
): ReadonlyArray<SharedField> => {
  const referring = new Map(references(schema).map(({ path, ...to }) => [path, to]))
  // Which columns a table has is known only to its database, and no list of them is every one.
  const isWritten = (name: string) => create === undefined || create.fields.length === 0 || create.fields.includes(name)
  return Object.entries(person.record(0, () => placeholder)).flatMap(([name, value]) =>
    isWritten(name) && typeof value !== "object" ? [{ name, reference: referring.get(name) ?? null }] : []
  )
}

/** Names of our own, which no provider's field has. */
const own = { id: "twin_id", version: "twin_version", changedAt: "twin_changed_at", deletedAt: "twin_deleted_at" }

const MaybeText = Schema.NullOr(Schema.String)

const resourceOf = (entity: string, fields: ReadonlyArray<SharedField>): Resource.Resource => {
  const shape: Record<string, Schema.Codec<Schema.Json, Schema.Json>> = {
    [own.id]: RecordId,
    [own.version]: Schema.String,
    [own.changedAt]: MaybeText,
    [own.deletedAt]: MaybeText
  }
  for (const { name, reference } of fields)
    shape[name] =
      reference === null
        ? Schema.Json
        : reference.isOptional
          ? Schema.NullOr(Reference(reference.entity))
          : Reference(reference.entity)
  return {
    schema: Schema.Struct(shape),
    id: own.id,
    path: `/1/${entity}`,
    page: { items: "records", next: "next", after: "after", limit: "limit", size: 100 },
    since: {
      field: own.changedAt,
      from: "from",
      until: "until",
      lagMs: 0,
      precisionMs: 1,
      deletedAt: own.deletedAt
    },
    supportsWebhooks: false,
    version: own.version,
    writes: {
      fields: fields.map(({ name }) => name),
      update: "PATCH",
      removes: true,
      repeat: { _tag: "Keyed", header: "idempotency-key", keptMs: 86_400_000 }
    }
  }
}

const Config = Schema.Struct({ token: Schema.RedactedFromValue(Schema.String) })

export const host = "twin.invalid"

/** The application's connector and stand-in for these entities of a provider. */
export const of = ({ entities, people }: Opened, names: ReadonlyArray<string>) => {
  const shared = new Map(
    names.flatMap((name) => {
      const person = people.get(name)
      const entity = entities[name]
      return person === undefined || entity === undefined ? [] : [[name, fieldsOf(person, entity)] as const]
    })
  )
  const resources = new Map([...shared].map(([name, fields]) => [name, resourceOf(name, fields)]))
  const twin = connector<{ readonly token: Redacted.Redacted }>({
    name: "twin",
    apiVersion: "1",
    config: Config,
    remote: ({ token }) => ({
      _tag: "Http",
      baseUrl: `https://${host}`,
      auth: { _tag: "Bearer", token },
      budgets: [{ units: 1_000_000, windowMs: 1000, of: "connection" }],
      errors: ProblemDetails.errors
    }),
    entities: () => Object.fromEntries([...resources].map(([name, resource]) => [name, Resource.entity(resource)])),
    check: () => Resource.check([...resources.values()])
  })
  const sandbox: ConformanceSandbox<RestSandbox.RestAccount> = RestSandbox.make({
    config: (token) => ({ token }),
    callsPerSecond: 1_000_000,
    entities: Object.fromEntries(
      [...resources].map(([name, resource]) => [name, { resource, record: () => ({}), text: "" }])
    )
  })
  return { connector: twin, sandbox, shared }
}

/** Fields of one name on both sides. */
export const mapping = (fields: ReadonlyArray<SharedField>): ReadonlyArray<FieldMapping.Rule> =>
  fields.map(({ name }) => ({ source: name, target: name }))
