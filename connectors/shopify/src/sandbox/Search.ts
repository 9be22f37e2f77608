/** Shopify's search language, as far as clients use it: `updated_at:>='2026-11-20T10:00:00Z' email:"a@b.c" OR sku:A`. */
export interface Term {
  readonly field: string
  readonly operator: "" | ">" | ">=" | "<" | "<="
  readonly value: string
}

const term = /\s*(?:(OR|AND)\b|([a-z_]+):(>=|<=|>|<)?(?:'([^']*)'|"((?:\\.|[^"\\])*)"|(\S+)))/y

/** Alternatives of terms that all hold. What is not understood is left out, as Shopify does. */
export const parse = (query: string): ReadonlyArray<ReadonlyArray<Term>> => {
  const any: Array<Array<Term>> = [[]]
  term.lastIndex = 0
  while (term.lastIndex < query.trimEnd().length) {
    const at = term.lastIndex
    const found = term.exec(query)
    if (found === null) {
      const space = query.indexOf(" ", at + 1)
      if (space < 0) break
      term.lastIndex = space
      continue
    }
    const [, joint, field = "", operator = "", single, double, bare] = found
    if (joint === "OR") any.push([])
    if (joint !== undefined) continue
    const value = single ?? double?.replaceAll(/\\(.)/g, "$1") ?? bare ?? ""
    any.at(-1)?.push({ field, operator: operatorOf(operator), value })
  }
  return any.filter((all) => all.length > 0)
}

const operatorOf = (text: string): Term["operator"] =>
  text === ">" || text === ">=" || text === "<" || text === "<=" ? text : ""

export const compares = (found: number, operator: Term["operator"], wanted: number): boolean => {
  switch (operator) {
    case ">":
      return found > wanted
    case ">=":
      return found >= wanted
    case "<":
      return found < wanted
    case "<=":
      return found <= wanted
    case "":
      return found === wanted
  }
}
