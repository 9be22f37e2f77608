/** What the two simulated systems hold: the same companies and people, under other names, in other forms. */
import type { Side } from "@syncline/core"

/** What a field is by meaning, the same at both sides. */
export type Meaning = "birth" | "name" | "mail" | "phone" | "amount" | "tags" | "company" | "boss" | "note"

/** What a field holds, and so what its system's habits make of it. */
export type Kind =
  | { readonly _tag: "Text" }
  /** Normalised in lower case. */
  | { readonly _tag: "Mail" }
  /** Minor units, an integer up to 2^53 - 1. */
  | { readonly _tag: "Minor" }
  /** A decimal of two places, as text. */
  | { readonly _tag: "Decimal" }
  | { readonly _tag: "Set" }
  | { readonly _tag: "Reference"; readonly entity: string }

export interface Field {
  readonly name: string
  readonly meaning: Meaning
  readonly kind: Kind
}

export interface EntityLayout {
  readonly name: string
  readonly fields: ReadonlyArray<Field>
}

/** `birth` names what a user once made, at whichever side: it is written once, and tells without our tables which records are one. */
export interface Layout {
  readonly company: EntityLayout
  readonly person: EntityLayout
}

export type Being = keyof Layout

const text: Kind = { _tag: "Text" }

const field = (name: string, meaning: Meaning, kind: Kind = text): Field => ({ name, meaning, kind })

/** `note` is in no mapping: whoever syncs must leave it alone. */
export const layouts: Readonly<Record<Side.Side, Layout>> = {
  source: {
    company: { name: "company", fields: [field("birth", "birth"), field("name", "name"), field("note", "note")] },
    person: {
      name: "contact",
      fields: [
        field("birth", "birth"),
        field("name", "name"),
        field("email", "mail", { _tag: "Mail" }),
        field("phone", "phone"),
        field("credit", "amount", { _tag: "Minor" }),
        field("tags", "tags", { _tag: "Set" }),
        field("company", "company", { _tag: "Reference", entity: "company" }),
        field("boss", "boss", { _tag: "Reference", entity: "contact" }),
        field("note", "note")
      ]
    }
  },
  target: {
    company: { name: "account", fields: [field("birth", "birth"), field("title", "name"), field("memo", "note")] },
    person: {
      name: "person",
      fields: [
        field("birth", "birth"),
        field("full_name", "name"),
        field("mail", "mail", { _tag: "Mail" }),
        field("telephone", "phone"),
        field("limit", "amount", { _tag: "Decimal" }),
        field("labels", "tags", { _tag: "Set" }),
        field("account_id", "company", { _tag: "Reference", entity: "account" }),
        field("manager_id", "boss", { _tag: "Reference", entity: "person" }),
        field("memo", "note")
      ]
    }
  }
}

export const beings: ReadonlyArray<Being> = ["company", "person"]

export const entitiesOf = (side: Side.Side): ReadonlyArray<EntityLayout> => beings.map((being) => layouts[side][being])

export const beingOf = (side: Side.Side, entity: string): Being =>
  layouts[side].company.name === entity ? "company" : "person"
