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

export const list = (fields: Fields, name: string): ReadonlyArray<Fields> => {
  const value = fields[name]
  return Array.isArray(value) ? value.filter(isHash) : []
}

/** Empty where it is no text. */
export const text = (fields: Fields, name: string): string => {
  const value = fields[name]
  return typeof value === "string" ? value : ""
}

export const number = (fields: Fields, name: string): number => {
  const value = fields[name]
  const read = typeof value === "string" && value !== "" ? Number(value) : value
  return typeof read === "number" && Number.isFinite(read) ? read : 0
}

/** To so many decimals, half away from zero. */
export const rounded = (value: number, decimals = 2): number =>
  (Math.sign(value) * Math.round(Math.abs(value) * 10 ** decimals + 1e-9)) / 10 ** decimals
