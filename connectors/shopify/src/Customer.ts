/** Customers. https://shopify.dev/docs/api/admin-graphql/latest/objects/Customer */
import { ConnectorError, type Entity, entity, NotFound, type Update, Verb } from "@syncline/connector"
import { CanonicalMapping, type Fields, RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import { fitting, path } from "./Admin.ts"
import * as CustomerAddress from "./CustomerAddress.ts"
import * as Field from "./Field.ts"
import * as Node from "./Node.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const Customer = Schema.Struct({
  id: RecordId,
  legacyResourceId: Schema.String,
  firstName: Field.MaybeText,
  lastName: Field.MaybeText,
  displayName: Schema.String,
  /** `defaultEmailAddress.emailAddress`. */
  email: Field.MaybeText,
  /** `defaultPhoneNumber.phoneNumber`, E.164. */
  phone: Field.MaybeText,
  defaultAddress: Schema.NullOr(Field.OwnAddress),
  note: Field.MaybeText,
  tags: Schema.Array(Schema.String),
  state: Schema.String,
  taxExempt: Schema.Boolean,
  locale: Schema.String,
  amountSpent: Field.Money,
  numberOfOrders: Schema.String,
  createdAt: Field.Moment,
  updatedAt: Field.Moment,
  synclineOp: Field.Marker
})
export type Customer = typeof Customer.Type

const selection = `id legacyResourceId firstName lastName displayName defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber } defaultAddress ${Field.ownAddress} note tags state taxExempt locale amountSpent { amount currencyCode } numberOfOrders createdAt updatedAt ${Field.marker}`

/** Mail and phone are objects of their own at Shopify; as fields they can be matched and looked for. */
const shaped = ({ defaultEmailAddress, defaultPhoneNumber, ...rest }: Fields): Fields => ({
  ...rest,
  email: textIn(defaultEmailAddress, "emailAddress"),
  phone: textIn(defaultPhoneNumber, "phoneNumber")
})

const textIn = (value: Schema.Json | undefined, name: string): Schema.Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (new Map(Object.entries(value)).get(name) ?? null)
    : null

export const kind: Source.Kind<Customer> = {
  shaped,
  schema: Customer,
  type: "Customer",
  plural: "customers",
  selection,
  cost: 6,
  sortKey: "UPDATED_AT",
  // The filter is said to match whole days.
  filter: "updated_at",
  filterStepMs: 86_400_000,
  subject: "CUSTOMER",
  updatedMs: ({ updatedAt }) => Time.ms(updatedAt)
}

const written = Target.plain("firstName", "lastName", "email", "phone", "note", "tags", "taxExempt", "locale")
const atBirth: ReadonlyArray<Target.Written> = [
  ...written,
  {
    field: "defaultAddress",
    argument: "addresses",
    as: (address) => (CustomerAddress.isNone(address) ? [] : [Field.addressInput(address)])
  }
]
const mutation = (name: string): Target.Mutation => ({
  name,
  variables: "$input: CustomerInput!",
  arguments: "input: $input",
  payload: "customer",
  hasCode: false
})
const fields = atBirth.map(({ field }) => field)

const changed = Effect.fnUntraced(function* ({ base, id, patch }: Update<Customer>) {
  const { defaultAddress, ...others } = patch
  const input = yield* Target.inputOf(others, base, written, {})
  const isMoved = defaultAddress !== undefined && (yield* CustomerAddress.put(id, base.defaultAddress, defaultAddress))
  // Its answer shows the address too.
  if (Object.keys(input).length > 0)
    return yield* Target.run(kind, mutation("customerUpdate"), { input: { id, ...input } }, Target.fieldIn(written))
  if (!isMoved) return base
  const [now] = yield* Node.get(kind).run([id])
  if (now?._tag === "Present") return now.record
  return yield* new ConnectorError({ operation: "customerUpdate", reason: new NotFound({ detail: `${id} is gone` }) })
})

/**
 * An address is only read by default: Shopify takes provinces and countries by their codes, which others write as they like. Where the
 * other side has codes too, an integration maps `defaultAddress` both ways.
 */
const canonical = CanonicalMapping.of<Customer>()("contact", [
  { source: "displayName", target: "full_name", direction: "source_to_target" },
  { source: "firstName", target: "first_name" },
  { source: "lastName", target: "last_name" },
  { source: "email", target: "email", transform: { _tag: "Lower" } },
  { source: "phone", target: "phone" },
  { source: "defaultAddress.company", target: "company", direction: "source_to_target" },
  { source: "defaultAddress.address1", target: "address.line1", direction: "source_to_target" },
  { source: "defaultAddress.address2", target: "address.line2", direction: "source_to_target" },
  { source: "defaultAddress.city", target: "address.city", direction: "source_to_target" },
  { source: "defaultAddress.provinceCode", target: "address.region", direction: "source_to_target" },
  { source: "defaultAddress.zip", target: "address.postal_code", direction: "source_to_target" },
  { source: "defaultAddress.countryCodeV2", target: "address.country", direction: "source_to_target" },
  { source: "tags", target: "tags", merge: "set" },
  { source: "note", target: "note" }
])

export const customer: Entity<Customer> = entity(Customer, {
  id: "id",
  version: "updatedAt",
  canonical,
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path, deltaSyncField: "updatedAt", pageSize: fitting(kind.cost) },
    get: { method: "POST", path },
    changes: { method: "POST", path },
    create: { method: "POST", path, fields },
    update: { method: "POST", path, fields },
    delete: { method: "POST", path }
  },
  source: {
    deltaSyncField: "updatedAt",
    ...Source.of(kind),
    lookup: {
      fields: ["email", "phone"],
      max: 50,
      run: (field, values) => Source.find(kind, field, values)
    }
  },
  target: {
    create: Target.create({
      kind,
      written: atBirth,
      locked: {},
      mutation: mutation("customerCreate"),
      createdAt: "customer_date"
    }),
    update: { ...Verb.each(changed), refusesStale: false },
    remove: Target.remove({
      name: "customerDelete",
      variables: "$input: CustomerDeleteInput!",
      arguments: "input: $input",
      values: ({ id }) => ({ input: { id } })
    })
  }
})
