/** A plain REST provider with everything that a resource can say, so that there is something to break. */
import { connector, type Entity, type Http, ProblemDetails, Resource, Signature } from "@syncline/connector"
import { RestSandbox } from "@syncline/connector/sandbox"
import { RecordId, Reference } from "@syncline/core"
import { Effect, Redacted, Schema } from "effect"

const MaybeText = Schema.NullOr(Schema.String)

const page = { items: "data", next: "next_cursor", after: "cursor", limit: "limit", size: 20 } as const
const since = {
  field: "updated_at",
  from: "updated_after",
  until: "updated_before",
  lagMs: 60_000,
  precisionMs: 1,
  deletedAt: "deleted_at"
} as const
const header = { _tag: "Keyed", header: "idempotency-key", keptMs: 86_400_000 } as const

export const company = Resource.resource({
  schema: Schema.Struct({
    id: RecordId,
    name: MaybeText,
    email: MaybeText,
    note: MaybeText,
    updated_at: Schema.String,
    deleted_at: MaybeText
  }),
  id: "id",
  path: "/2026-10/companies",
  page,
  since,
  supportsWebhooks: true,
  writes: { fields: ["name", "email", "note"], update: "PATCH", removes: true, repeat: header }
})

export const person = Resource.resource({
  schema: Schema.Struct({
    id: RecordId,
    etag: Schema.String,
    name: MaybeText,
    email: MaybeText,
    note: MaybeText,
    company: Schema.NullOr(Reference("company")),
    updated_at: Schema.String,
    deleted_at: MaybeText
  }),
  id: "id",
  version: "etag",
  path: "/2026-10/people",
  page,
  since,
  supportsWebhooks: true,
  filters: ["email"],
  writes: { fields: ["name", "email", "note", "company"], update: "PATCH", removes: true, repeat: header }
})

const Config = Schema.Struct({
  token: Schema.RedactedFromValue(Schema.String),
  webhookSecret: Schema.RedactedFromValue(Schema.String)
})

const Event = Schema.Struct({
  event: Schema.String,
  entity: Schema.String,
  id: RecordId,
  kind: Schema.Literals(["saved", "deleted"])
})

/** The connector, its entities changed by whoever wants to see the checks turn red. */
export const acme = (change: (entity: Entity, name: string) => Entity = (entity) => entity) =>
  connector<typeof Config.Type, Http>({
    name: "acme",
    apiVersion: "2026-10",
    config: Config,
    remote: ({ token }) => ({
      _tag: "Http",
      baseUrl: "https://api.acme.example",
      auth: { _tag: "Bearer", token },
      budgets: [{ units: 50, windowMs: 1000, of: "connection" }],
      errors: ProblemDetails.errors
    }),
    entities: () => ({
      company: change(Resource.entity(company), "company"),
      person: change(Resource.entity(person), "person")
    }),
    check: () => Resource.check([company]),
    webhooks: {
      signature: {
        encoding: "hex",
        toleranceMs: null,
        secrets: ({ webhookSecret }) => [webhookSecret],
        proof: Signature.ofBody("x-acme-signature")
      },
      repeatsForMs: 86_400_000,
      parse: (json) =>
        Effect.map(Schema.decodeUnknownEffect(Event)(json), ({ entity, event, id, kind }) => ({
          claims: [{ deliveryId: event, entity, change: { _tag: kind === "deleted" ? "Gone" : "Touched", id } }]
        }))
    }
  })

const webhookSecret = "the secret of the webhooks"

export const sandbox = RestSandbox.make({
  config: (token) => ({ token, webhookSecret }),
  webhooks: {
    body: ({ deliveryId, entity, id, kind }) => ({ event: deliveryId, entity, id, kind }),
    headers: (body) => ({ "X-Acme-Signature": Signature.sign(Redacted.make(webhookSecret), [body]).toString("hex") })
  },
  callsPerSecond: 60,
  entities: {
    company: {
      resource: company,
      text: "note",
      record: (index) => ({ name: `Company ${index}`, email: `c${index}@example.com`, note: `Note ${index}` })
    },
    person: {
      resource: person,
      text: "note",
      record: (index, referred) => ({
        name: `Person ${index}`,
        email: `p${index}@example.com`,
        note: `Note ${index}`,
        company: referred("company")
      })
    }
  }
})
