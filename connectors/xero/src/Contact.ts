/** Contacts: customers and suppliers. Never deleted: archived, or merged into another. https://developer.xero.com/documentation/api/accounting/contacts */
import { type Entity, entity, type Seen, Verb } from "@syncline/connector"
import { CanonicalMapping, RecordId, Transform } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import { root } from "./Root.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

/** `POBOX` is the postal address, which stands on invoices. */
const Address = Schema.Struct({
  AttentionTo: Field.Text,
  AddressLine1: Field.Text,
  AddressLine2: Field.Text,
  AddressLine3: Field.Text,
  AddressLine4: Field.Text,
  City: Field.Text,
  Region: Field.Text,
  PostalCode: Field.Text,
  Country: Field.Text
})
const Phone = Schema.Struct({
  PhoneNumber: Field.Text,
  PhoneAreaCode: Field.Text,
  PhoneCountryCode: Field.Text
})

export const Contact = Schema.Struct({
  ContactID: RecordId,
  /** A number of one's own, not shown to people; a record made by an op without one bears the op's key here. */
  ContactNumber: Field.Text,
  AccountNumber: Field.Text,
  ContactStatus: Schema.String,
  MergedToContactID: Schema.optionalKey(Schema.NullOr(RecordId)),
  Name: Schema.String,
  FirstName: Field.Text,
  LastName: Field.Text,
  CompanyNumber: Field.Text,
  EmailAddress: Field.Text,
  BankAccountDetails: Field.Text,
  TaxNumber: Field.Text,
  AccountsReceivableTaxType: Field.Text,
  AccountsPayableTaxType: Field.Text,
  DefaultCurrency: Field.Text,
  Website: Field.Text,
  Addresses: Schema.optionalKey(
    Schema.Struct({ STREET: Schema.optionalKey(Address), POBOX: Schema.optionalKey(Address) })
  ),
  Phones: Schema.optionalKey(
    Schema.Struct({
      DEFAULT: Schema.optionalKey(Phone),
      DDI: Schema.optionalKey(Phone),
      MOBILE: Schema.optionalKey(Phone),
      FAX: Schema.optionalKey(Phone)
    })
  ),
  ContactPersons: Field.Nested,
  ContactGroups: Field.Nested,
  Balances: Field.Nested,
  IsSupplier: Field.YesNo,
  IsCustomer: Field.YesNo,
  HasAttachments: Field.YesNo,
  HasValidationErrors: Field.YesNo,
  UpdatedDateUTC: Field.Moment
})
export type Contact = typeof Contact.Type

const path = `${root}/Contacts`

const fields = [
  "ContactNumber",
  "AccountNumber",
  "Name",
  "FirstName",
  "LastName",
  "CompanyNumber",
  "EmailAddress",
  "BankAccountDetails",
  "TaxNumber",
  "AccountsReceivableTaxType",
  "AccountsPayableTaxType",
  "DefaultCurrency",
  "Addresses",
  "Phones",
  "ContactPersons"
] as const satisfies ReadonlyArray<keyof Contact>

const meaning = (contact: Contact): Seen<Contact> => {
  const { ContactID: id, MergedToContactID: into, ContactStatus } = contact
  if (into !== undefined && into !== null) return { _tag: "Merged", id, into }
  return ContactStatus === "ACTIVE" ? Verb.present(contact) : Verb.gone(id)
}

const kind: Target.Kind<Contact> = {
  schema: Contact,
  path,
  plural: "Contacts",
  idField: "ContactID",
  id: ({ ContactID }) => ContactID,
  query: Source.archivedToo,
  idsParameter: "IDs",
  meaning,
  creatable: fields,
  updatable: fields,
  locked: {
    ContactStatus: "a contact is archived by removing it",
    IsCustomer: "Xero sets this when an invoice is made",
    IsSupplier: "Xero sets this when a bill is made",
    Website: "Xero takes this from its own screens only"
  },
  mark: { field: "ContactNumber", most: 50 }
}

/** Country and phone numbers are not mapped by default: people write both in Xero as they like, which no other system takes. */
const canonical = CanonicalMapping.of<Contact>()("contact", [
  { source: "Name", target: "full_name", transform: Transform.trim },
  { source: "FirstName", target: "first_name" },
  { source: "LastName", target: "last_name" },
  { source: "EmailAddress", target: "email" },
  { source: "Addresses.POBOX.AddressLine1", target: "address.line1" },
  { source: "Addresses.POBOX.AddressLine2", target: "address.line2" },
  { source: "Addresses.POBOX.City", target: "address.city" },
  { source: "Addresses.POBOX.Region", target: "address.region" },
  { source: "Addresses.POBOX.PostalCode", target: "address.postal_code" }
])

export const contact: Entity<Contact> = entity(Contact, {
  id: "ContactID",
  version: "UpdatedDateUTC",
  canonical,
  changedAt: ({ UpdatedDateUTC }) => Time.ms(UpdatedDateUTC),
  endpoints: {
    list: { method: "GET", path, deltaSyncField: "UpdatedDateUTC", pageSize: 1000 },
    get: { method: "GET", path: `${path}/{id}` },
    changes: { method: "GET", path },
    create: { method: "PUT", path, fields },
    update: { method: "POST", path, fields },
    delete: { method: "POST", path }
  },
  source: {
    deltaSyncField: "UpdatedDateUTC",
    // Balances and the customer and supplier marks change without a trace, so reconciliation has to look.
    supportsWebhooks: false,
    list: Source.list(kind),
    changes: Source.changes(kind),
    get: Source.get(kind),
    lookup: Source.lookup(kind, ["EmailAddress", "Name", "ContactNumber", "AccountNumber"])
  },
  target: {
    create: Target.create(kind),
    update: Target.update(kind),
    remove: Target.removeByState(kind, "archived", { ContactStatus: "ARCHIVED" })
  }
})
