/** A field's value by what it means, the same text for what is the same at both sides. */
import type { Fields, Side } from "@syncline/core"
import { type Being, layouts, type Meaning } from "../systems/Layout.ts"
import type { Provider } from "../systems/Provider.ts"
import { textOf } from "../systems/Records.ts"

/** No value. An empty text is one. */
export const nothing = "∅"

export type Sides = Readonly<Record<Side.Side, Provider>>

/** The meanings that a mapping knows, and so the engine may touch. */
export const mapped: Readonly<Record<Being, ReadonlyArray<Meaning>>> = {
  company: ["name"],
  person: ["name", "mail", "phone", "amount", "tags", "company", "boss"]
}

export const isReference = (meaning: Meaning): meaning is "company" | "boss" =>
  meaning === "company" || meaning === "boss"

export const referred = (meaning: "company" | "boss"): Being => (meaning === "company" ? "company" : "person")

/** What a record was called when it was made, also of one that is gone. */
export const birthOf = (provider: Provider, entity: string, id: string): string | null => {
  const kept = provider.records.get(entity, id)
  const fields = kept?.versions.findLast((version) => version.fields !== null)?.fields
  return typeof fields?.["birth"] === "string" ? fields["birth"] : null
}

export const valueOf = (provider: Provider, being: Being, meaning: Meaning, fields: Fields): string => {
  const field = layouts[provider.side][being].fields.find((each) => each.meaning === meaning)
  return field === undefined ? nothing : textFor(provider, meaning, fields[field.name] ?? null)
}

export const textFor = (provider: Provider, meaning: Meaning, value: Fields[string]): string => {
  if (meaning === "tags") return tagsOf(value).join(" ")
  if (value === null) return nothing
  switch (meaning) {
    case "name":
      return textOf(value).trim()
    case "mail":
      return textOf(value).trim().toLowerCase()
    case "amount":
      return provider.side === "source" ? textOf(value) : centsOf(textOf(value))
    case "company":
    case "boss":
      return (
        birthOf(provider, layouts[provider.side][referred(meaning)].name, textOf(value)) ?? `nobody (${textOf(value)})`
      )
    default:
      return textOf(value)
  }
}

export const tagsOf = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? [...new Set(value.map(textOf))].toSorted() : []

/** "12.3" as "1230", without a number in between. */
const centsOf = (decimal: string): string => {
  const [whole = "", part = ""] = decimal.split(".")
  return String(BigInt(`${whole}${part.padEnd(2, "0").slice(0, 2)}`))
}

/** The unique tokens within a text; an amount is told in cents, however the text has it. */
export const tokensOf = (text: string): ReadonlyArray<string> =>
  (text.toLowerCase().match(/[a-z]+-\d+|\d+\.\d{2}(?!\d)|\d{2,}/g) ?? []).map((token) =>
    token.includes(".") ? centsOf(token) : token
  )
