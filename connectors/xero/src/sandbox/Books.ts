/** The organisation's books: every record, when it last changed, and what it looks like on the wire. */
import type { Fields } from "@syncline/core"
import { Seed } from "@syncline/connector/sandbox"
import * as Time from "../Time.ts"
import { contact } from "./ContactResource.ts"
import { creditNote, invoice } from "./DocumentResource.ts"
import { item } from "./ItemResource.ts"
import { isHash, type Json, text } from "./Json.ts"
import type { Size } from "./Options.ts"
import { payment } from "./PaymentResource.ts"
import type { Kept, Resource, View } from "./Resource.ts"

export const resources: ReadonlyArray<Resource> = [contact, item, invoice, payment, creditNote]

export interface Books {
  readonly view: (nowMs: number) => View
  readonly get: (entity: string, id: string) => Kept | undefined
  /** Newest change first. */
  readonly list: (entity: string) => ReadonlyArray<Kept>
  readonly put: (resource: Resource, fields: Fields, nowMs: number) => void
  readonly destroy: (entity: string, id: string) => void
}

export const make = (options: {
  readonly size: Size
  readonly seed: number
  readonly epochMs: number
  readonly baseCurrency: string
}): Books => {
  const tables = new Map(resources.map(({ entity }) => [entity, new Map<string, Kept>()]))
  const sorted = new Map<string, ReadonlyArray<Kept>>()
  const numbers = new Map<string, number>()
  let made = 0

  const table = (entity: string): Map<string, Kept> => {
    const found = tables.get(entity)
    if (found === undefined)
      throw new Error(`the Xero sandbox has no "${entity}", only ${[...tables.keys()].join(", ")}`)
    return found
  }
  const put: Books["put"] = ({ entity, idField }, fields, nowMs) => {
    // No two records change at one millisecond, so that their order is theirs.
    table(entity).delete(text(fields, idField))
    table(entity).set(text(fields, idField), { fields, updatedMs: nowMs })
    sorted.delete(entity)
  }
  const view = (nowMs: number): View => ({
    nowMs,
    baseCurrency: options.baseCurrency,
    find: (entity, id) => table(entity).get(id)?.fields,
    where: (entity, matches) => [...table(entity).values()].map(({ fields }) => fields).filter(matches),
    newId: () => {
      made += 1
      return uuid(options.seed, made)
    },
    nextNumber: (prefix) => {
      const next = (numbers.get(prefix) ?? 0) + 1
      numbers.set(prefix, next)
      return `${prefix}-${String(next).padStart(4, "0")}`
    }
  })
  const books: Books = {
    view,
    get: (entity, id) => table(entity).get(id),
    list: (entity) => {
      const known = sorted.get(entity)
      if (known !== undefined) return known
      const list = [...table(entity).values()].reverse().sort((one, other) => other.updatedMs - one.updatedMs)
      sorted.set(entity, list)
      return list
    },
    put,
    destroy: (entity, id) => {
      table(entity).delete(id)
      sorted.delete(entity)
    }
  }
  seed(books, options)
  return books
}

/** The nth id that a seed gives. */
const uuid = (seed: number, index: number): string => {
  const draw = new Seed.Draw(seed, 7, index)
  const hex = Array.from({ length: 32 }, () => draw.int(16).toString(16)).join("")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

const names = ["Katherine Warren", "Zoë Müller", "ねこ商店", "Søren Æbel", "Анна Орлова", "O'Brien & Sons"] as const
const goods = ["Surfboard", "Wetsuit", "Café Blend", "盆栽キット", "Gift Box 🎁", "Support hour"] as const

const seed = (
  books: Books,
  { size, seed, epochMs }: { readonly size: Size; readonly seed: number; readonly epochMs: number }
): void => {
  const at = (index: number, of: number) => epochMs - (of - index) * 1000
  const store = (resource: Resource, given: Fields, updatedMs: number): string => {
    const stored = resource.create(given, books.view(updatedMs))
    if (stored._tag === "Failure") throw new Error(`a seed is refused: ${stored.failure.join("; ")}`)
    books.put(resource, stored.success, updatedMs)
    return text(stored.success, resource.idField)
  }
  // The rules that look at every other record cost too much for many; what is seeded keeps them by its numbers.
  const unchecked = (resource: Resource, given: Fields, updatedMs: number): string => {
    const stored = resource.create(given, { ...books.view(updatedMs), where: () => [] })
    if (stored._tag === "Failure") throw new Error(`a seed is refused: ${stored.failure.join("; ")}`)
    books.put(resource, stored.success, updatedMs)
    return text(stored.success, resource.idField)
  }
  const contacts: Array<string> = []
  for (let index = 0; index < size.contacts; index += 1) {
    const draw = new Seed.Draw(seed, 1, index)
    const given: Fields = {
      Name: `${draw.pick(names)} ${index + 1}`,
      EmailAddress: draw.chance(80) ? `contact${index + 1}@example.com` : "",
      ...(draw.chance(60) && {
        Addresses: [
          { AddressType: "POBOX", AddressLine1: `${index + 1} Main Street`, City: "Oaktown", PostalCode: "6011" }
        ]
      })
    }
    contacts.push(unchecked(contact, given, at(index, size.contacts)))
  }
  for (let index = 0; index < size.items; index += 1) {
    const draw = new Seed.Draw(seed, 2, index)
    const given = {
      Code: `SKU-${String(index + 1).padStart(5, "0")}`,
      Name: `${draw.pick(goods)} ${index + 1}`,
      SalesDetails: { UnitPrice: 1 + draw.int(10_000) / 100, AccountCode: "200" }
    }
    unchecked(item, given, at(index, size.items))
  }
  for (let index = 0; index < size.invoices; index += 1) {
    const draw = new Seed.Draw(seed, 3, index)
    const given: Fields = {
      Type: "ACCREC",
      Contact: { ContactID: contacts[index % Math.max(1, contacts.length)] ?? "" },
      Status: draw.chance(70) ? "AUTHORISED" : "DRAFT",
      DueDate: "2026-12-31",
      LineItems: [
        { Description: "Work", Quantity: 1 + draw.int(5), UnitAmount: draw.int(20_000) / 100, AccountCode: "200" }
      ]
    }
    store(invoice, given, at(index, size.invoices))
  }
}

const days = new Set(["Date", "DueDate", "FullyPaidOnDate", "ExpectedPaymentDate", "PlannedPaymentDate"])

/** A record as Xero sends it: `/Date(…)/`, with the twins that have no zone. */
export const shown = ({ fields, updatedMs }: Kept, withLines = true): Fields => {
  const record: Record<string, Json> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (name === "LineItems" && !withLines) record[name] = []
    else if (days.has(name) && typeof value === "string") Object.assign(record, dayOf(name, value))
    else record[name] = isHash(value) || Array.isArray(value) ? value : (value ?? "")
  }
  return { ...record, UpdatedDateUTC: `/Date(${updatedMs}+0000)/` }
}

const dayOf = (name: string, day: string): Fields =>
  day === "" ? {} : { [`${name}String`]: `${day}T00:00:00`, [name]: `/Date(${Time.ms(day) ?? 0}+0000)/` }
