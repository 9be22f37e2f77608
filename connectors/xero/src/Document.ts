/** What invoices and credit notes have in common. https://developer.xero.com/documentation/api/accounting/invoices */
import { Rejected, type Seen, Verb } from "@syncline/connector"
import { type CanonicalMapping, type RecordId, Reference, Transform } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Line from "./Line.ts"

export const fields = {
  Contact: Schema.Struct({ ContactID: Reference("contact"), Name: Field.Text }),
  Date: Field.Day,
  DateString: Field.Text,
  DueDateString: Field.Text,
  Status: Schema.String,
  LineAmountTypes: Field.Text,
  LineItems: Schema.optionalKey(Schema.Array(Line.Line)),
  SubTotal: Field.Amount,
  TotalTax: Field.Amount,
  Total: Field.Amount,
  CurrencyCode: Field.Text,
  CurrencyRate: Field.Amount,
  FullyPaidOnDate: Field.Day,
  BrandingThemeID: Field.Text,
  SentToContact: Field.YesNo,
  HasAttachments: Field.YesNo,
  HasErrors: Field.YesNo,
  UpdatedDateUTC: Field.Moment
}

/** Of these, what may be written. */
export const updatable = [
  "Contact",
  "Date",
  "Status",
  "LineAmountTypes",
  "LineItems",
  "CurrencyCode",
  "CurrencyRate",
  "BrandingThemeID",
  "SentToContact"
] as const satisfies ReadonlyArray<keyof typeof fields>

const Common = Schema.Struct(fields)

/** Xero works it out. */
export const amount = { direction: "source_to_target", transform: Transform.text } as const

/** The rules of both canonical types; what a state is called differs. */
export const rules: ReadonlyArray<
  CanonicalMapping.CanonicalRule<typeof Common.Type, "invoice"> &
    CanonicalMapping.CanonicalRule<typeof Common.Type, "credit_note">
> = [
  { source: "Contact.ContactID", target: "contact" },
  { source: "CurrencyCode", target: "currency" },
  { source: "Date", target: "issued_on" },
  { source: "LineItems", target: "lines", items: Line.canonical },
  { source: "SubTotal", target: "subtotal", ...amount },
  { source: "TotalTax", target: "tax", ...amount },
  { source: "Total", target: "total", ...amount }
]

/** What a buyer without an account lacks. */
export const needs = {
  Contact:
    "a document in Xero belongs to a contact, and this record names none: give it one, or map Contact.ContactID to the contact that stands for all guests"
}

interface Stated {
  readonly Status: string
}

/** A voided document is still there, in that state; a deleted one is gone. */
export const meaning =
  <A extends Stated>(id: (document: A) => RecordId) =>
  (document: A): Seen<A> =>
    document.Status === "DELETED" ? Verb.gone(id(document)) : Verb.present(document)

/** Xero deletes drafts only. */
export const keeps = ({ Status }: Stated): Rejected | null =>
  Status === "DRAFT" || Status === "SUBMITTED" || Status === "DELETED"
    ? null
    : new Rejected({
        fields: {
          Status: `a document in state ${Status} is kept for ever; void it by writing the state VOIDED, after its payments are removed`
        }
      })
