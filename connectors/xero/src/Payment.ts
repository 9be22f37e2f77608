/** Payments of invoices. One never changes: it is made, and deleted. https://developer.xero.com/documentation/api/accounting/payments */
import { type Entity, entity, Rest, type Seen, Verb } from "@syncline/connector"
import { RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import { root } from "./Root.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const Payment = Schema.Struct({
  PaymentID: RecordId,
  Invoice: Schema.optionalKey(Schema.Struct({ InvoiceID: Reference("invoice"), InvoiceNumber: Field.Text })),
  Account: Field.Nested,
  Date: Field.Day,
  DateString: Field.Text,
  Amount: Field.Amount,
  BankAmount: Field.Amount,
  CurrencyRate: Field.Amount,
  /** One made by an op without one bears the op's key here. */
  Reference: Field.Text,
  IsReconciled: Field.YesNo,
  PaymentType: Field.Text,
  Status: Schema.String,
  HasAccount: Field.YesNo,
  UpdatedDateUTC: Field.Moment
})
export type Payment = typeof Payment.Type

const path = `${root}/Payments`

const creatable = [
  "Invoice",
  "Account",
  "Date",
  "Amount",
  "CurrencyRate",
  "Reference"
] as const satisfies ReadonlyArray<keyof Payment>

const meaning = (payment: Payment): Seen<Payment> =>
  payment.Status === "DELETED" ? Verb.gone(payment.PaymentID) : Verb.present(payment)

const kind: Target.Kind<Payment> = {
  schema: Payment,
  path,
  plural: "Payments",
  idField: "PaymentID",
  id: ({ PaymentID }) => PaymentID,
  idsParameter: null,
  meaning,
  creatable,
  updatable: [],
  locked: {},
  mark: { field: "Reference", most: 255 }
}

export const payment: Entity<Payment> = entity(Payment, {
  id: "PaymentID",
  version: "UpdatedDateUTC",
  changedAt: ({ UpdatedDateUTC }) => Time.ms(UpdatedDateUTC),
  endpoints: {
    list: { method: "GET", path, deltaSyncField: "UpdatedDateUTC", pageSize: 1000 },
    get: { method: "GET", path: `${path}/{id}` },
    changes: { method: "GET", path },
    create: { method: "PUT", path, fields: creatable },
    delete: { method: "POST", path: `${path}/{id}` }
  },
  source: {
    deltaSyncField: "UpdatedDateUTC",
    supportsWebhooks: false,
    list: Source.list(kind),
    changes: Source.changes(kind),
    get: Source.get(kind),
    lookup: Source.lookup(kind, ["Reference"])
  },
  target: {
    create: Target.create(kind),
    remove: {
      ...Verb.each(({ id }) =>
        Verb.removed(
          Rest.call(
            { method: "POST", path: `${path}/${encodeURIComponent(id)}`, json: { Status: "DELETED" } },
            Schema.Unknown
          )
        )
      ),
      as: "deleted"
    }
  }
})
