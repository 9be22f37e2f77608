/** Form-encoded parameters with brackets: `items[0][price]=price_1`, `expand[]=data.customer`. */
import type { Schema } from "effect"

/** A parameter as sent: text, or a hash or list by key. A list is a hash whose keys are its indexes. */
export type Tree = string | Hash
export type Hash = ReadonlyMap<string, Tree>

type Growing = Map<string, string | Growing>

/** Accepts brackets as they are and as `%5B`, as Stripe does. A name given twice keeps its last value. */
export const decode = (text: string): Hash => {
  const root: Growing = new Map()
  for (const [name, value] of new URLSearchParams(text)) {
    const start = name.indexOf("[")
    const path =
      start < 0
        ? [name]
        : [name.slice(0, start), ...[...name.slice(start).matchAll(/\[([^\]]*)\]/g)].map(([, key]) => key ?? "")]
    set(root, path, value)
  }
  return root
}

const set = (hash: Growing, path: ReadonlyArray<string>, value: string): void => {
  let at = hash
  path.forEach((segment, depth) => {
    const key = segment === "" ? String(at.size) : segment
    if (depth === path.length - 1) {
      at.set(key, value)
      return
    }
    const known = at.get(key)
    const next: Growing = known instanceof Map ? known : new Map()
    if (next !== known) at.set(key, next)
    at = next
  })
}

/** JSON as the parameters that would have been sent for it; null is the empty string, which clears. */
export const fromJson = (value: Schema.Json): Tree => {
  if (value === null) return ""
  if (typeof value !== "object") return String(value)
  return new Map(Object.entries(value).map(([key, inner]) => [key, fromJson(inner)]))
}

/** The same text for the same parameters, whatever their order and escaping. */
export const canonical = (tree: Tree): string =>
  typeof tree === "string"
    ? JSON.stringify(tree)
    : `{${[...tree]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
        .join(",")}}`
