/** Contacts. https://developer.xero.com/documentation/api/accounting/contacts */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { list, text, type Json } from "./Json.ts"
import { noEffects, type Resource, type View } from "./Resource.ts"

const entity = "contact"

const lengths: Readonly<Record<string, number>> = {
  Name: 255,
  FirstName: 255,
  LastName: 255,
  EmailAddress: 255,
  ContactNumber: 50,
  AccountNumber: 50,
  CompanyNumber: 50,
  TaxNumber: 50
}

const addressTypes = ["STREET", "POBOX"]
const phoneTypes = ["DDI", "DEFAULT", "FAX", "MOBILE"]
const addressFields = ["City", "Region", "PostalCode", "Country"]
const phoneFields = ["PhoneNumber", "PhoneAreaCode", "PhoneCountryCode"]

/** Every type always, empty where nothing was said; what is sent of a type is merged into it. */
const typed = (
  record: Fields,
  given: Fields,
  [name, kind, types, always]: readonly [string, string, ReadonlyArray<string>, ReadonlyArray<string>]
): ReadonlyArray<Fields> => {
  const sent = list(given, name)
  return types.map((type) => {
    const before = list(record, name).find((item) => item[kind] === type) ?? {
      [kind]: type,
      ...Object.fromEntries(always.map((field) => [field, ""]))
    }
    return { ...before, ...sent.find((item) => item[kind] === type) }
  })
}

const trimmed = (value: Json): Json => (typeof value === "string" ? value.trim() : value)

const complaints = (fields: Fields, id: string | null, view: View): ReadonlyArray<string> => {
  const said: Array<string> = []
  const name = text(fields, "Name")
  if (name === "") said.push("The Contact Name must be specified.")
  for (const [field, most] of Object.entries(lengths))
    if (text(fields, field).length > most) said.push(`The ${field} field must not exceed ${most} characters.`)
  const email = text(fields, "EmailAddress")
  if (email !== "" && !/^[^\s@]+@[^\s@]+$/.test(email)) said.push("Email address must be valid.")
  const isTaken =
    text(fields, "ContactStatus") !== "ARCHIVED" &&
    view.where(
      entity,
      (other) =>
        other["ContactID"] !== id &&
        other["ContactStatus"] === "ACTIVE" &&
        text(other, "Name").toLowerCase() === name.toLowerCase()
    ).length > 0
  if (name !== "" && isTaken)
    said.push(
      `The contact name ${name} is already assigned to another contact. The contact name must be unique across all active contacts.`
    )
  return said
}

const applied = (record: Fields, given: Fields): Fields => ({
  ...record,
  ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, trimmed(value)])),
  Addresses: typed(record, given, ["Addresses", "AddressType", addressTypes, addressFields]),
  Phones: typed(record, given, ["Phones", "PhoneType", phoneTypes, phoneFields])
})

const checked = (fields: Fields, id: string | null, view: View) => {
  const said = complaints(fields, id, view)
  return said.length === 0 ? Result.succeed(fields) : Result.fail(said)
}

export const contact: Resource = {
  entity,
  plural: "Contacts",
  idField: "ContactID",
  scope: "accounting.contacts",
  isPaged: true,
  hasIds: true,
  category: "CONTACT",
  isArchived: (record) => record["ContactStatus"] !== "ACTIVE",
  natural: (given, view) => {
    const [number, name] = [text(given, "ContactNumber"), text(given, "Name").trim().toLowerCase()]
    const by = (matches: (record: Fields) => boolean) => view.where(entity, matches)[0]
    return (
      (number === "" ? undefined : by((other) => other["ContactNumber"] === number)) ??
      (name === ""
        ? undefined
        : by((other) => other["ContactStatus"] === "ACTIVE" && text(other, "Name").toLowerCase() === name))
    )
  },
  create: (given, view) =>
    checked(
      applied(
        {
          ContactID: view.newId(),
          ContactStatus: "ACTIVE",
          ContactGroups: [],
          ContactPersons: [],
          IsSupplier: false,
          IsCustomer: false,
          HasAttachments: false,
          HasValidationErrors: false
        },
        given
      ),
      null,
      view
    ),
  update: (given, record, view) => checked(applied(record, given), text(record, "ContactID"), view),
  effects: noEffects,
  remove: null,
  removedAs: { ContactStatus: "ARCHIVED" }
}
