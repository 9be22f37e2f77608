/** Credit notes, to customers (ACCRECCREDIT) and from suppliers (ACCPAYCREDIT). https://developer.xero.com/documentation/api/accounting/creditnotes */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId, Transform } from "@syncline/core"
import { Schema } from "effect"
import * as Document from "./Document.ts"
import * as Field from "./Field.ts"
import { root } from "./Root.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const CreditNote = Schema.Struct({
  CreditNoteID: RecordId,
  Type: Schema.String,
  CreditNoteNumber: Field.Text,
  Reference: Field.Text,
  ...Document.fields,
  RemainingCredit: Field.Amount,
  AppliedAmount: Field.Amount,
  Allocations: Field.Nested
})
export type CreditNote = typeof CreditNote.Type

const path = `${root}/CreditNotes`

const updatable = ["CreditNoteNumber", "Reference", ...Document.updatable] as const satisfies ReadonlyArray<
  keyof CreditNote
>

const creatable = ["Type", ...updatable] as const satisfies ReadonlyArray<keyof CreditNote>

const id = ({ CreditNoteID }: CreditNote): RecordId => CreditNoteID

const kind: Target.Kind<CreditNote> = {
  schema: CreditNote,
  path,
  plural: "CreditNotes",
  idField: "CreditNoteID",
  id,
  idsParameter: null,
  meaning: Document.meaning(id),
  creatable,
  updatable,
  needs: Document.needs,
  locked: { Type: "a credit note to a customer never becomes one from a supplier, nor the other way" },
  mark: { field: "Reference", most: 255 }
}

/** Its state is only read by default, for the reason that an invoice's is. Its reference is not mapped: lost creates are found by it. */
const canonical = CanonicalMapping.of<CreditNote>()("credit_note", [
  { source: "CreditNoteNumber", target: "number" },
  { source: "Type", target: "kind", transform: Transform.oneOf({ ACCRECCREDIT: "sales", ACCPAYCREDIT: "purchase" }) },
  ...Document.rules,
  {
    source: "Status",
    target: "status",
    direction: "source_to_target",
    transform: {
      _tag: "Enum",
      values: { DRAFT: "draft", SUBMITTED: "draft", AUTHORISED: "issued", PAID: "applied", VOIDED: "void" }
    }
  },
  { source: "RemainingCredit", target: "amount_remaining", ...Document.amount }
])

export const creditNote: Entity<CreditNote> = entity(CreditNote, {
  id: "CreditNoteID",
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
    supportsWebhooks: false,
    list: Source.list(kind),
    changes: Source.changes(kind),
    get: Source.get(kind),
    lookup: Source.lookup(kind, ["CreditNoteNumber", "Reference"])
  },
  target: {
    create: Target.create(kind),
    update: Target.update(kind),
    remove: Target.removeByState(kind, "deleted", { Status: "DELETED" }, Document.keeps)
  }
})
