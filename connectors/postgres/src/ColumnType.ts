/** Which type a column has or may have, and how a value goes in and comes out unchanged. */
import type { Column } from "@syncline/connector"
import { quote } from "./Identifier.ts"

export type Kind = Column["kind"]

/** The type of a column that Syncline makes. Numbers are exact, because many of them are money. */
export const typeOf: Readonly<Record<Kind, string>> = {
  text: "text",
  integer: "bigint",
  number: "numeric",
  boolean: "boolean",
  json: "jsonb"
}

/** The types in which a column of a mirror may be found: its own, or a wider one. */
const mirrorHolds: Readonly<Record<Kind, ReadonlyArray<string>>> = {
  text: ["text", "jsonb"],
  integer: ["bigint", "numeric", "jsonb"],
  number: ["numeric", "jsonb"],
  boolean: ["boolean", "jsonb"],
  json: ["jsonb"]
}

type Family = "text" | "whole" | "exact" | "floating" | "boolean" | "json" | "array" | "bytes" | "other"

const families: Readonly<Record<string, Family>> = {
  text: "text",
  "character varying": "text",
  character: "text",
  name: "text",
  citext: "text",
  smallint: "whole",
  integer: "whole",
  bigint: "whole",
  numeric: "exact",
  real: "floating",
  "double precision": "floating",
  boolean: "boolean",
  json: "json",
  jsonb: "json",
  bytea: "bytes"
}

/** The type without its length or precision: `numeric` of `numeric(10,2)`. */
const withoutModifier = (type: string): string => type.replace(/\([\d,-]+\)/, "")

const familyOf = (type: string): Family =>
  type.endsWith("[]") ? "array" : (families[withoutModifier(type)] ?? "other")

/**
 * Dates, times, UUIDs, enums and the like are "other": their values travel as text. A field of kind json may hold anything, so
 * each value shows whether it fits.
 */
const mappedHolds: Readonly<Record<Kind, ReadonlyArray<Family>>> = {
  text: ["text", "exact", "json", "other"],
  integer: ["whole", "exact", "floating", "text", "json"],
  number: ["exact", "floating", "text", "json"],
  boolean: ["boolean", "text", "json"],
  json: ["text", "whole", "exact", "floating", "boolean", "json", "array", "bytes", "other"]
}

export const holdsInMirror = (type: string, kind: Kind): boolean => mirrorHolds[kind].includes(type)

/** Whether values of this kind can be in such a column at all. One that is too long or too large fails alone. */
export const holdsInMapped = (type: string, kind: Kind): boolean => mappedHolds[kind].includes(familyOf(type))

// Neither U+0000 nor half a surrogate pair can be stored, and an entry of an index has at most 2704 bytes.
const anyText = /^[^\0\p{Surrogate}]{1,600}$/u

/** Types of columns that can hold a record's id, and the ids that each can hold unchanged. */
const idForms: Readonly<Record<string, RegExp>> = {
  text: anyText,
  "character varying": anyText,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  bigint: /^[1-9]\d{0,17}$/
}

export const idTypes: ReadonlyArray<string> = Object.keys(idForms)

/** Whether the id column can hold this id and give back the very same text. */
export const holdsId = (type: string, id: string): boolean => idForms[withoutModifier(type)]?.test(id) ?? false

const wholeBits: Readonly<Record<string, number>> = { smallint: 16, integer: 32, bigint: 64 }

const isWhole = (bits: number, text: string): boolean =>
  /^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text)

/** Types of columns that can be the key of an application's table. */
export const keyTypes: ReadonlyArray<string> = ["text", "character varying", "uuid", ...Object.keys(wholeBits)]

export const canBeKey = (type: string): boolean => keyTypes.includes(withoutModifier(type))

/** The type to compare a text as: without the length, to which a cast would cut it. */
export const comparedAs = (type: string): string => {
  const plain = withoutModifier(type)
  return plain === "character" ? "bpchar" : plain
}

/** Whether a row of a key of this type may have this id, written as the database writes it. */
export const namesRow = (type: string, id: string): boolean => {
  const bits = wholeBits[withoutModifier(type)]
  if (bits !== undefined) return isWhole(bits, id)
  return withoutModifier(type) === "uuid" ? holdsId(type, id) : !id.includes("\0") && id.isWellFormed()
}

/**
 * How rows are found by a value of a column: by its index where the type tells which texts it can hold, else by how the value is shown.
 */
export const isIndexable = (type: string): boolean =>
  familyOf(type) === "text" || familyOf(type) === "whole" || withoutModifier(type) === "uuid"

export const canHoldIds = (type: string): boolean => withoutModifier(type) in idForms

/** Element `index` of the JSON array `row` as a value of the type. */
export const elementSql = (type: string, index: number): string => {
  if (type === "jsonb") return `nullif(e.row->${index}, 'null')`
  if (type === "text") return `e.row->>${index}`
  return familyOf(type) === "array" || type === "json"
    ? `(select v from jsonb_to_record(jsonb_build_object('v', e.row->${index})) as x(v ${type}))`
    : `(e.row->>${index})::${type}`
}

/** A column as a value for `to_jsonb` that loses nothing: exact numbers as text, times in one zone. */
export const shownSql = (type: string, column: string): string => {
  if (isExact(type)) return `${column}::text`
  return withoutModifier(type) === "timestamp with time zone"
    ? `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : column
}

const isExact = (type: string): boolean => type === "bigint" || familyOf(type) === "exact"

/** A shown value as JSON: a number where JavaScript holds it exactly, else its digits as text. */
export const readerOf = (type: string): ((value: string) => string | number) | null => {
  if (isExact(type)) return exactNumber
  return withoutModifier(type) === "timestamp with time zone" ? (at) => at.replace(/000Z$/, "Z") : null
}

/** Exact if the shortest decimal that JavaScript writes for the number is the very decimal that the column holds. */
const exactNumber = (text: string): string | number => {
  const number = Number(text)
  return Number.isFinite(number) && decimalOf(String(number)) === decimalOf(text) ? number : text
}

/** One form for each decimal: `-12.50` and `-1.25e+1` are both `-125e2`. A text that is no decimal stands for itself. */
const decimalOf = (text: string): string => {
  const [, sign = "", whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? []
  if (whole === undefined) return `"${text}"`
  const digits = `${whole}${fraction}`.replace(/^0+/, "")
  const point = digits.length - fraction.length + Number(exponent)
  return digits === "" ? "0" : `${sign}${digits.replace(/0+$/, "")}e${point}`
}

/** Whether two columns of the type hold the same, null being a value like any other. */
export const isSameSql = (type: string, left: string, right: string): string => {
  if (type === "jsonb") return `nullif(${left}, 'null') is not distinct from nullif(${right}, 'null')`
  const comparable =
    type === "json" ? "::jsonb" : /^(xml|point|line|lseg|box|path|polygon|circle)$/.test(type) ? "::text" : ""
  return `${left}${comparable} is not distinct from ${right}${comparable}`
}

/** A list of columns with their types, as a record's definition. */
export const definitionOf = (columns: ReadonlyArray<{ readonly name: string; readonly type: string }>): string =>
  columns.map(({ name, type }) => `${quote(name)} ${type}`).join(", ")
