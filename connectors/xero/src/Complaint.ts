/**
 * What Xero's words mean. It has no status for a conflict: a document that is locked, a name that is taken and a field that is
 * wrong are all validation errors, told apart by their text. https://developer.xero.com/documentation/api/accounting/responsecodes
 */
import { Conflicted, NotFound, type Reason, Rejected } from "@syncline/connector"
import { Schema } from "effect"

interface Line {
  readonly matches: RegExp
  /** A message that this line is for; a test checks that it is. */
  readonly example: string
  readonly reason: (text: string) => Reason
}

const whole = (text: string, remedy: string): Reason => new Rejected({ fields: { "": `${text} ${remedy}` } })

/** First match wins; without one the values are refused. */
export const lines: ReadonlyArray<Line> = [
  {
    matches: /already (assigned|exists|in use)|must be unique/i,
    example: "The contact name Ridgeway is already assigned to another contact. The contact name must be unique.",
    reason: (text) => new Conflicted({ detail: text })
  },
  {
    matches: /lock(ed)? date|period lock/i,
    example: "The document date cannot be before the end of year lock date, currently set at 31 March 2026",
    reason: (text) => whole(text, "Move the lock date in Xero, or date the document after it.")
  },
  {
    matches: /not of valid status for modification|cannot be edited as it is currently/i,
    example: "Invoice not of valid status for modification",
    reason: (text) =>
      whole(text, "A paid, voided or deleted document never changes: remove its payments first, or make a credit note.")
  },
  {
    matches: /(has|have) payments? or credit notes? allocated/i,
    example: "Invoice cannot be voided as it has payments or credit notes allocated",
    reason: (text) => whole(text, "Remove its payments and allocations first.")
  },
  {
    matches: /archived/i,
    example: "The contact is archived and cannot be used",
    reason: (text) => whole(text, "Restore the contact in Xero.")
  },
  {
    matches: /could not be found|does not exist|not found/i,
    example: "The Contact could not be found",
    reason: (text) => new NotFound({ detail: text })
  }
]

/** Which field a message is about, by the words Xero uses for it. */
const fields: ReadonlyArray<readonly [words: RegExp, field: string]> = [
  [/contact name/i, "Name"],
  [/email/i, "EmailAddress"],
  [/item code|price list item/i, "Code"],
  [/invoice (number|#)/i, "InvoiceNumber"],
  [/credit note (number|#)/i, "CreditNoteNumber"],
  [/due date/i, "DueDate"],
  [/account code|valid account/i, "LineItems"],
  [/line item/i, "LineItems"],
  [/currency/i, "CurrencyCode"],
  [/amount/i, "Amount"]
]

/** Why an op was refused, from its messages. */
export const reason = (messages: ReadonlyArray<string>): Reason => {
  const text = messages.length === 0 ? "Xero refused it and did not say why." : messages.join("; ")
  const line = lines.find(({ matches }) => matches.test(text))
  if (line !== undefined) return line.reason(text)
  return new Rejected({
    fields: Object.fromEntries(
      (messages.length === 0 ? [text] : messages).map((message) => [
        fields.find(([words]) => words.test(message))?.[1] ?? "",
        message
      ])
    )
  })
}

const Validation = Schema.Struct({
  ValidationErrors: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Struct({ Message: Schema.String }))))
})
const isValidation = Schema.is(Validation)

/** The messages of an element of an answer, or of an error's. */
export const messagesOf = (element: unknown): ReadonlyArray<string> =>
  isValidation(element) ? (element.ValidationErrors ?? []).map(({ Message }) => Message) : []
