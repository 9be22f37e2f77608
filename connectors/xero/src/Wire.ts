/**
 * Xero's JSON as records, and back.
 *
 * Xero writes times as `/Date(1551399321043+0000)/`, an empty text for what is not there, addresses and phones as lists in which the
 * kind is a value. Compared as they come, nothing would ever be equal to what was written. So a record has ISO times, days without
 * a zone, null for what is empty, and addresses and phones by their kind. https://developer.xero.com/documentation/api/accounting/requests-and-responses
 */
import { Rest } from "@syncline/connector"
import type { Fields } from "@syncline/core"
import type { Schema } from "effect"
import * as Line from "./Line.ts"

type Json = Schema.Json

/** Midnight UTC stands for the day itself: never brought through a zone. */
const days = new Set(["Date", "DueDate", "FullyPaidOnDate", "ExpectedPaymentDate", "PlannedPaymentDate"])

const netDate = /^\/Date\((-?\d{1,14})([+-]\d{4})?\)\/$/

/** How lists of an address or a phone per kind are told apart. */
const kinds: Readonly<Record<string, { readonly kind: string }>> = {
  Addresses: { kind: "AddressType" },
  Phones: { kind: "PhoneType" }
}

/** A record as Xero sent it, in our form. What was parsed from JSON is JSON; anything that is no object is for the schema to refuse. */
export const read = (raw: unknown): unknown => (isFields(raw) ? readFields(raw) : raw)

export const readFields = (raw: Fields): Fields => {
  const record: Record<string, Json> = {}
  for (const [name, value] of Object.entries(raw)) record[name] = readValue(name, value)
  return record
}

const readValue = (name: string, value: Json): Json => {
  if (typeof value === "string") return value === "" ? null : readText(name, value)
  if (Array.isArray(value)) {
    const list = kinds[name]
    return list === undefined ? value.map((item) => readValue("", item)) : byKind(value, list.kind)
  }
  return isFields(value) ? readFields(value) : value
}

const readText = (name: string, text: string): string => {
  const ms = netDate.exec(text)?.[1]
  if (ms === undefined) return text
  const moment = Rest.iso(Number(ms))
  return days.has(name) ? moment.slice(0, 10) : moment
}

/** `[{ AddressType: "STREET", City: "Bern" }]` → `{ STREET: { City: "Bern" } }`, without what is empty. */
const byKind = (list: ReadonlyArray<Json>, kind: string): Fields => {
  const found: Record<string, Fields> = {}
  for (const item of list) {
    const name = isFields(item) ? item[kind] : null
    if (!isFields(item) || typeof name !== "string") continue
    const told = Object.entries(readFields(item)).filter(([field, value]) => field !== kind && value !== null)
    if (told.length > 0) found[name] = Object.fromEntries(told)
  }
  return found
}

/** Fields as Xero takes them: null clears by an empty text, and what an address or a phone no longer has is cleared too. */
export const written = (fields: Fields, base: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, writtenValue(name, value, base[name])]))

const writtenValue = (name: string, value: Json, base: Json | undefined): Json => {
  const list = kinds[name]
  if (list !== undefined) return asList(isFields(value) ? value : {}, isFields(base) ? base : {}, list.kind)
  return name === "LineItems" ? Line.sent(value, base ?? null) : (value ?? "")
}

const asList = (now: Fields, before: Fields, kind: string): ReadonlyArray<Fields> =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].map((name) => {
    const [parts, old] = [partsOf(now[name]), partsOf(before[name])]
    const names = new Set([...Object.keys(old), ...Object.keys(parts)])
    return { [kind]: name, ...Object.fromEntries([...names].map((part) => [part, parts[part] ?? ""])) }
  })

const partsOf = (value: Json | undefined): Fields => (isFields(value) ? value : {})

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)
