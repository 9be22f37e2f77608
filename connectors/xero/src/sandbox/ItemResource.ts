/** Items. https://developer.xero.com/documentation/api/accounting/items */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { hash, number, rounded, text } from "./Json.ts"
import { noEffects, type Resource, type Stored, type View } from "./Resource.ts"

const entity = "item"

const details = (record: Fields, given: Fields, name: string): Fields => {
  const merged: Fields = { ...hash(record, name), ...hash(given, name) }
  return "UnitPrice" in merged ? { ...merged, UnitPrice: rounded(number(merged, "UnitPrice"), 4) } : merged
}

const applied = (record: Fields, given: Fields): Fields => {
  const next = { ...record, ...given }
  const [sales, purchase] = [details(record, given, "SalesDetails"), details(record, given, "PurchaseDetails")]
  return {
    ...next,
    Code: text(next, "Code").trim(),
    SalesDetails: sales,
    PurchaseDetails: purchase
  }
}

const checked = (fields: Fields, id: string | null, view: View): Stored => {
  const said: Array<string> = []
  const code = text(fields, "Code")
  if (code === "") said.push("Item Code must be specified")
  if (code.length > 30) said.push("Item Code must not be more than 30 characters long")
  if (text(fields, "Name").length > 50) said.push("Item Name must not be more than 50 characters long")
  if (text(fields, "Description").length > 4000) said.push("Description must not be more than 4000 characters long")
  if (view.where(entity, (other) => other["ItemID"] !== id && other["Code"] === code).length > 0)
    said.push(`Price List Item with Code '${code}' already exists`)
  return said.length === 0 ? Result.succeed(fields) : Result.fail(said)
}

export const item: Resource = {
  entity,
  plural: "Items",
  idField: "ItemID",
  scope: "accounting.settings",
  isPaged: false,
  hasIds: false,
  category: null,
  isArchived: () => false,
  natural: (given, view) => view.where(entity, (other) => other["Code"] === text(given, "Code").trim())[0],
  create: (given, view) =>
    checked(
      applied({ ItemID: view.newId(), IsTrackedAsInventory: false, IsSold: true, IsPurchased: true }, given),
      null,
      view
    ),
  update: (given, record, view) => checked(applied(record, given), text(record, "ItemID"), view),
  effects: noEffects,
  remove: () => [],
  removedAs: null
}
