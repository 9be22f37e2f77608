/**
 * A short name for the content of a record: equal content, equal fingerprint.
 *
 * Content is equal when it differs only in the order of keys, in how a number is written (`1`, `1.0`, `10e-1`) or in how Unicode
 * composes a character (NFC), since providers change these without meaning anything. Absent, null and "" are three contents.
 *
 * This is the hottest function of the engine. Everything here that is not a plain walk is there for speed, and was measured.
 */
import { hash } from "node:crypto"
import { Schema } from "effect"

/**
 * 192 bits of a SHA-256, base64url. Whoever writes at both sides can choose both contents and search for a collision, so 128 bits
 * (2^64 tries) would be too few; 192 need 2^96. A link row holds two, so the other 64 bits are not kept.
 */
export const Fingerprint = Schema.String.check(Schema.isPattern(/^[\w-]{32}$/)).pipe(Schema.brand("Fingerprint"))
export type Fingerprint = typeof Fingerprint.Type

const digits = 32

export const of = (json: Schema.Json): Fingerprint =>
  hash("sha256", canonical(json), "base64url").slice(0, digits) as Fingerprint

/** The text that is fingerprinted: JSON without spaces, keys sorted by code unit, strings and keys in NFC. Any depth. */
export const canonical = (json: Schema.Json): string => textOf(json, 0)

// Needs no escape, is NFC, and is the common case: printable ASCII without the quote and the backslash.
const isPlain = (text: string): boolean => !/[^ !#-[\]-~]/.test(text)

const textOfString = (text: string): string => (isPlain(text) ? `"${text}"` : JSON.stringify(text.normalize("NFC")))

/** Deeper values go through `textOfDeep`, which needs no stack: a hostile provider must not end the process. */
const maxRecursion = 64

const textOf = (json: Schema.Json, depth: number): string => {
  if (typeof json === "string") return textOfString(json)
  if (json === null || typeof json !== "object") return textOfAtom(json)
  if (depth === maxRecursion) return textOfDeep(json)
  return isArray(json) ? textOfArray(json, depth) : textOfObject(json, depth)
}

// `String` writes a number by its value, and -0 as "0".
const textOfAtom = (json: number | boolean | null): string => String(json)

const isArray: (json: object) => json is ReadonlyArray<Schema.Json> = Array.isArray

const textOfArray = (items: ReadonlyArray<Schema.Json>, depth: number): string => {
  let text = "["
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ","
    text += textOf(items[index] ?? null, depth + 1)
  }
  return text + "]"
}

const textOfObject = (object: { readonly [name: string]: Schema.Json }, depth: number): string => {
  let text = "{"
  for (const { name, prefix } of entriesOf(Object.keys(object))) {
    const value = object[name]
    if (value === undefined) continue
    if (text.length > 1) text += ","
    text += prefix
    text += textOf(value, depth + 1)
  }
  return text + "}"
}

/** One key of an object, and the text that precedes its value. */
interface Entry {
  readonly name: string
  readonly prefix: string
}

interface Shape {
  readonly names: ReadonlyArray<string>
  readonly entries: ReadonlyArray<Entry>
}

// Records of one entity list their keys in one order, so the sorting is remembered. Bounded: one shape per slot, the last one wins.
const slots = 256
const shapes: Array<Shape | undefined> = Array.from({ length: slots })

const slotOf = (names: ReadonlyArray<string>): number => {
  const first = names[0] ?? ""
  const last = names[names.length - 1] ?? ""
  return (
    (names.length * 31 + first.length * 7 + last.length * 13 + first.charCodeAt(0) + last.charCodeAt(0) * 3) &
    (slots - 1)
  )
}

const isShapeOf = (shape: Shape, names: ReadonlyArray<string>): boolean => {
  if (shape.names.length !== names.length) return false
  for (let index = 0; index < names.length; index++) if (shape.names[index] !== names[index]) return false
  return true
}

const entriesOf = (names: ReadonlyArray<string>): ReadonlyArray<Entry> => {
  const slot = slotOf(names)
  const remembered = shapes[slot]
  if (remembered !== undefined && isShapeOf(remembered, names)) return remembered.entries
  const entries = sorted(names)
  shapes[slot] = { names, entries }
  return entries
}

const byCodeUnit = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Two keys that NFC makes equal keep an order of their own, so both values still count. */
const sorted = (names: ReadonlyArray<string>): ReadonlyArray<Entry> =>
  names
    .map((name) => ({ name, normal: name.normalize("NFC") }))
    .sort((left, right) => byCodeUnit(left.normal, right.normal) || byCodeUnit(left.name, right.name))
    .map(({ name, normal }) => ({ name, prefix: `${JSON.stringify(normal)}:` }))

/** A piece of text, or a value whose text is still to be made. */
type Piece = { readonly text: string } | { readonly json: Schema.Json }

const textOfDeep = (root: Schema.Json): string => {
  let text = ""
  const stack: Array<Piece> = [{ json: root }]
  for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
    if ("text" in piece) text += piece.text
    else if (typeof piece.json === "string") text += textOfString(piece.json)
    else if (piece.json === null || typeof piece.json !== "object") text += textOfAtom(piece.json)
    else for (const part of piecesOf(piece.json).reverse()) stack.push(part)
  }
  return text
}

const piecesOf = (json: ReadonlyArray<Schema.Json> | { readonly [name: string]: Schema.Json }): Array<Piece> => {
  if (isArray(json)) {
    return [
      { text: "[" },
      ...json.flatMap((item, index) => [{ text: index > 0 ? "," : "" }, { json: item }]),
      { text: "]" }
    ]
  }
  const members = entriesOf(Object.keys(json)).flatMap(({ name, prefix }) => {
    const value = json[name]
    return value === undefined ? [] : [{ prefix, value }]
  })
  return [
    { text: "{" },
    ...members.flatMap(({ prefix, value }, index) => [{ text: index > 0 ? `,${prefix}` : prefix }, { json: value }]),
    { text: "}" }
  ]
}
