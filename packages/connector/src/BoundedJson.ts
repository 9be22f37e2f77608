/**
 * JSON from somebody who may mean harm: measured before it is parsed, so that neither depth nor number of its parts can take the
 * process down, and refused where a name is given twice, since two readers of it may then see two things.
 */
import { Schema } from "effect"

export interface Limits {
  /** Objects and lists within each other. */
  readonly depth: number
  /** Values of any kind, names not counted. */
  readonly nodes: number
  /** Characters of a name. */
  readonly nameLength: number
}

export const limits: Limits = { depth: 64, nodes: 100_000, nameLength: 1000 }

/** Not to be read; `why` says what is wrong with it and shows nothing of it. */
export class Malformed extends Schema.TaggedError<Malformed>()("Malformed", { why: Schema.String }) {}

/** The value, or `Malformed`. Bytes that are no UTF-8 are malformed too. */
export const parse = (bytes: Uint8Array, bounds: Limits = limits): { readonly json: unknown } | Malformed => {
  const text = textOf(bytes)
  if (text === null) return new Malformed({ why: "the body is not UTF-8" })
  const why = exceeds(text, bounds)
  if (why !== null) return new Malformed({ why })
  try {
    return { json: JSON.parse(text) }
  } catch {
    return new Malformed({ why: "the body is not JSON" })
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const textOf = (bytes: Uint8Array): string | null => {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

const quote = 0x22
const backslash = 0x5c

/**
 * What of the text is out of bounds, or null. One pass over its characters without recursion. It need not know whether the text is
 * JSON at all: whatever it lets by wrongly, the parser then refuses.
 */
const exceeds = (text: string, { depth, nameLength, nodes }: Limits): string | null => {
  // Of each open object the names so far; null for a list.
  const open: Array<Set<string> | null> = []
  let count = 0
  let isName = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === quote) {
      const end = endOfString(text, at)
      if (end < 0) return "the body is not JSON"
      const names = open.at(-1)
      if (isName && names !== null && names !== undefined) {
        if (end - at - 1 > nameLength) return `a name is longer than ${nameLength} characters`
        const name = unescaped(text.slice(at, end + 1))
        if (name === null) return "the body is not JSON"
        if (names.has(name)) return "an object has a name twice"
        names.add(name)
        isName = false
      } else count += 1
      at = end
    } else if (char === 0x7b || char === 0x5b) {
      open.push(char === 0x7b ? new Set() : null)
      if (open.length > depth) return `values lie more than ${depth} deep`
      count += 1
      isName = char === 0x7b
    } else if (char === 0x7d || char === 0x5d) {
      open.pop()
      isName = false
    } else if (char === 0x2c) isName = open.at(-1) instanceof Set
    else if (!isBetween(char) && !isWithin(text, at)) count += 1
    if (count > nodes) return `there are more than ${nodes} values`
  }
  return null
}

/** The place of the closing quote, or -1. */
const endOfString = (text: string, start: number): number => {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return at
  }
  return -1
}

/** Two spellings of one name are one name. */
const unescaped = (quoted: string): string | null => {
  if (!quoted.includes("\\")) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted))
  } catch {
    return null
  }
}

/** Space, or the colon. */
const isBetween = (char: number): boolean => char <= 0x20 || char === 0x3a

/** Whether this character goes on with a number or a word. */
const isWithin = (text: string, at: number): boolean => {
  const before = text.charCodeAt(at - 1)
  return at > 0 && !isBetween(before) && before !== 0x2c && before !== 0x5b && before !== 0x7b
}
