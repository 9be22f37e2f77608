/** What the conformance checks drive: organisations, how a person fills in each kind of record, and what Xero does that others do not. */
import {
  type ConformanceAccount,
  type ConformanceSandbox,
  noScenes,
  type Opening,
  Wire
} from "@syncline/connector/sandbox"
import { Effect } from "effect"
import {
  defaultAccessToken,
  defaultClientId,
  defaultClientSecret,
  defaultTenantId,
  defaultWebhookKey,
  empty,
  limits
} from "./Options.ts"
import * as Refusal from "./Refusal.ts"
import { open, type XeroOrganisation } from "./XeroOrganisation.ts"

export type Organisation = XeroOrganisation & ConformanceAccount

/** The address serves no one: requests of a client within the process reach the organisation whatever host they name. */
const baseUrl = "http://127.0.0.1:4011"

const opened = Effect.fn("XeroSandbox.opened")(function* ({
  byConsent = false,
  isLimited = false,
  lagMs = 0,
  size = 0,
  skewMs = 0
}: Opening): Effect.fn.Return<Organisation> {
  const organisation = yield* open({
    size: { ...empty, contacts: size },
    skewMs,
    lagMs,
    webhooks: { url: "https://hooks.example.org/xero" },
    limits: isLimited ? limits : null
  })
  return {
    ...organisation,
    config: {
      ...(byConsent
        ? { clientId: defaultClientId, clientSecrets: [defaultClientSecret] }
        : { tenantId: defaultTenantId, accessToken: defaultAccessToken }),
      webhookKeys: [defaultWebhookKey],
      baseUrl,
      ...(!isLimited && { callsPerMinute: 1_000_000 })
    },
    wire: { handler: organisation.handler, faults: organisation.faults }
  }
})

const none = {
  ...noScenes("Xero keeps these values as they are sent"),
  children: { none: "lists of children come whole" },
  cap: { none: "Xero's lists have no cap" },
  fates: { none: "it is neither archived nor merged" }
}

const line = (index: number, count = 1) =>
  Array.from({ length: count }, (_, each) => ({
    Description: `Line ${index}.${each}`,
    Quantity: 1,
    UnitAmount: 10 + index,
    AccountCode: "200"
  }))

const approved = Effect.fn(function* (organisation: Organisation) {
  const contact = yield* organisation.user.create("contact", { Name: "Ada Ltd" })
  return yield* organisation.user.create("invoice", {
    Type: "ACCREC",
    Contact: { ContactID: contact },
    Status: "AUTHORISED",
    DueDate: "2026-12-31",
    LineItems: line(1)
  })
})

const paid = Effect.fn(function* (organisation: Organisation) {
  const id = yield* approved(organisation)
  yield* organisation.user.create("payment", { Invoice: { InvoiceID: id }, Account: { Code: "090" }, Amount: 11 })
  return id
})

export const sandbox: ConformanceSandbox<Organisation> = {
  open: opened,
  openings: { skewMs: true, lagMs: true, isLimited: true, size: true, byConsent: true },
  entities: {
    contact: {
      record: (index) => ({
        Name: `Contact ${index}`,
        EmailAddress: `c${index}@example.com`,
        LastName: `Last ${index}`
      }),
      text: { field: "LastName", longest: 255 },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        empty: [{ Name: "No mail" }, { Name: "A mail", EmailAddress: "a@example.com" }],
        fates: (organisation) => [
          {
            what: "an archived contact",
            id: Effect.tap(organisation.user.create("contact", { Name: "Old" }), (id) =>
              organisation.user.remove("contact", id)
            ),
            seen: "Gone"
          },
          {
            what: "a contact merged into another",
            id: Effect.gen(function* () {
              const winner = yield* organisation.user.create("contact", { Name: "Winner" })
              const loser = yield* organisation.user.create("contact", { Name: "Loser" })
              yield* organisation.merge(loser, winner)
              return loser
            }),
            seen: "Merged"
          }
        ],
        invalid: { fields: { Name: "Ada", EmailAddress: "no address at all" }, path: "EmailAddress" },
        normalised: { sent: { Name: "  Ada Ltd " }, stored: { Name: "Ada Ltd" } }
      }
    },
    item: {
      record: (index) => ({ Code: `SKU-${index}`, Name: `Item ${index}`, Description: `Thing ${index}` }),
      text: { field: "Description", longest: 4000 },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        numbers: [{ Code: "N-1", SalesDetails: { UnitPrice: 0.0001, AccountCode: "200" } }],
        invalid: { fields: { Name: "No code", Code: "" }, path: "Code" }
      }
    },
    invoice: {
      record: (index, referred) => ({
        Type: "ACCREC",
        Contact: { ContactID: referred("contact") },
        Reference: `Reference ${index}`,
        Status: "AUTHORISED",
        DueDate: "2026-12-31",
        LineItems: line(index)
      }),
      text: { field: "Reference", longest: 255 },
      removable: { none: "an approved invoice is voided, never deleted" },
      editsShow: true,
      scenes: {
        ...none,
        times: { none: "what has dates refers to a contact" },
        fates: (organisation) => [
          {
            what: "a voided invoice",
            id: Effect.tap(approved(organisation), (id) => organisation.user.edit("invoice", id, { Status: "VOIDED" })),
            seen: "Present"
          }
        ],
        locked: (organisation) =>
          Effect.map(paid(organisation), (id) => ({ id, patch: { Reference: "Too late" }, says: "paid" }))
      }
    },
    payment: {
      record: (index, referred) => ({
        Invoice: { InvoiceID: referred("invoice") },
        Account: { Code: "090" },
        Amount: 0.01,
        Reference: `Payment ${index}`
      }),
      text: { field: "Reference", longest: 255 },
      removable: true,
      editsShow: { none: "a payment never changes" },
      scenes: none
    },
    credit_note: {
      record: (index, referred) => ({
        Type: "ACCRECCREDIT",
        Contact: { ContactID: referred("contact") },
        Reference: `Credit ${index}`,
        LineItems: line(index)
      }),
      text: { field: "Reference", longest: 255 },
      removable: true,
      editsShow: true,
      scenes: none
    }
  },
  missingScope: { reply: Refusal.missingScope("accounting.contacts"), names: "accounting.contacts" },
  // With summarizeErrors=false every element is answered under 200.
  refusedInside200: Wire.json(
    200,
    JSON.stringify({
      Contacts: [
        {
          ContactID: "00000000-0000-0000-0000-000000000000",
          Name: "",
          HasErrors: true,
          StatusAttributeString: "ERROR",
          ValidationErrors: [{ Message: "The Contact Name must be specified." }]
        }
      ]
    })
  )
}
