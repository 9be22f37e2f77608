/** Small readings of JSON. */
import type { Fields } from "@syncline/core"
import type { Schema } from "effect"

export type Json = Schema.Json

export const isHash = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const hash = (fields: Fields, name: string): Fields => {
  const value = fields[name]
  return isHash(value) ? value : {}
}

/** Its members that are objects. */
export const list = (fields: Fields, name: string): ReadonlyArray<Fields> => {
  const value = fields[name]
  return Array.isArray(value) ? value.filter(isHash) : []
}

/** Texts of a list, or of one text with commas. */
export const texts = (value: Json | undefined): ReadonlyArray<string> =>
  (Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [])
    .map((each: Json) => scalar(each))
    .filter((each) => each !== "")

export const scalar = (value: Json | undefined): string =>
  typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : ""

/** Empty where it is no text and no number. */
export const text = (fields: Fields, name: string): string => scalar(fields[name])
