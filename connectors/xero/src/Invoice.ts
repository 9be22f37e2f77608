/** Invoices: sales (ACCREC) and bills (ACCPAY). https://developer.xero.com/documentation/api/accounting/invoices */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId, Transform } from "@syncline/core"
import { Schema } from "effect"
import * as Document from "./Document.ts"
import * as Field from "./Field.ts"
import { root } from "./Root.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const Invoice = Schema.Struct({
  InvoiceID: RecordId,
  Type: Schema.String,
  InvoiceNumber: Field.Text,
  /** Of sales invoices only; one made by an op without a number bears the op's key here. */
  Reference: Field.Text,
  ...Document.fields,
  DueDate: Field.Day,
  ExpectedPaymentDate: Field.Day,
  PlannedPaymentDate: Field.Day,
  AmountDue: Field.Amount,
  AmountPaid: Field.Amount,
  AmountCredited: Field.Amount,
  TotalDiscount: Field.Amount,
  Payments: Field.Nested,
  CreditNotes: Field.Nested,
  Prepayments: Field.Nested,
  Overpayments: Field.Nested,
  Url: Field.Text
})
export type Invoice = typeof Invoice.Type

const path = `${root}/Invoices`

const updatable = [
  "InvoiceNumber",
  "Reference",
  ...Document.updatable,
  "DueDate",
  "ExpectedPaymentDate",
  "PlannedPaymentDate",
  "Url"
] as const satisfies ReadonlyArray<keyof Invoice>

const creatable = ["Type", ...updatable] as const satisfies ReadonlyArray<keyof Invoice>

const id = ({ InvoiceID }: Invoice): RecordId => InvoiceID

const kind: Target.Kind<Invoice> = {
  schema: Invoice,
  path,
  plural: "Invoices",
  idField: "InvoiceID",
  id,
  query: Source.archivedToo,
  idsParameter: "IDs",
  meaning: Document.meaning(id),
  creatable,
  updatable,
  needs: Document.needs,
  locked: { Type: "a sales invoice never becomes a bill, nor the other way" },
  mark: { field: "Reference", most: 255 }
}

/**
 * A submitted invoice awaits approval, so elsewhere it is a draft still; that is why its state is only read by default. An
 * integration that writes states says which: `{ source: "status", target: "Status", transform: oneOf({ open: "AUTHORISED" }) }`.
 */
const canonical = CanonicalMapping.of<Invoice>()("invoice", [
  { source: "InvoiceNumber", target: "number" },
  { source: "Type", target: "kind", transform: Transform.oneOf({ ACCREC: "sales", ACCPAY: "purchase" }) },
  ...Document.rules,
  {
    source: "Status",
    target: "status",
    direction: "source_to_target",
    transform: {
      _tag: "Enum",
      values: { DRAFT: "draft", SUBMITTED: "draft", AUTHORISED: "open", PAID: "paid", VOIDED: "void" }
    }
  },
  { source: "DueDate", target: "due_on" },
  // Never read, since a document without tax has a third value.
  {
    source: "LineAmountTypes",
    target: "tax_included",
    direction: "target_to_source",
    transform: { _tag: "Enum", values: { Inclusive: true, Exclusive: false } }
  },
  { source: "AmountPaid", target: "amount_paid", ...Document.amount },
  { source: "AmountDue", target: "amount_due", ...Document.amount }
])

export const invoice: Entity<Invoice> = entity(Invoice, {
  id: "InvoiceID",
  version: "UpdatedDateUTC",
  canonical,
  changedAt: ({ UpdatedDateUTC }) => Time.ms(UpdatedDateUTC),
  endpoints: {
    list: { method: "GET", path, deltaSyncField: "UpdatedDateUTC", pageSize: 1000 },
    get: { method: "GET", path: `${path}/{id}` },
    changes: { method: "GET", path },
    create: { method: "PUT", path, fields: creatable },
    update: { method: "POST", path, fields: updatable },
    delete: { method: "POST", path }
  },
  source: {
    deltaSyncField: "UpdatedDateUTC",
    // A due date of a part-paid invoice changes without a trace, so reconciliation has to look.
    supportsWebhooks: false,
    list: Source.list(kind),
    changes: Source.changes(kind),
    get: Source.get(kind),
    lookup: Source.lookup(kind, ["InvoiceNumber", "Reference"])
  },
  target: {
    create: Target.create(kind),
    update: Target.update(kind),
    remove: Target.removeByState(kind, "deleted", { Status: "DELETED" }, Document.keeps)
  }
})
