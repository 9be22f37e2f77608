/** What invoices and credit notes have in common. https://developer.xero.com/documentation/api/accounting/invoices */
import { Rejected, type Seen, Verb } from "@syncline/connector"
import { type RecordId, Reference } from "@syncline/core"
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
