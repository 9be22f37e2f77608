/** What the conformance checks drive: accounts, how a person fills in each kind of object, and what HubSpot does that others do not. */
import {
  type ConformanceAccount,
  type ConformanceSandbox,
  noScenes,
  type Opening,
  Wire
} from "@syncline/connector/sandbox"
import { Effect } from "effect"
import { type HubSpotPortal, open } from "./HubSpotPortal.ts"
import { defaultAccessToken, defaultClientId, defaultClientSecret, limits } from "./Options.ts"
import * as Refusal from "./Refusal.ts"

export type Portal = HubSpotPortal & ConformanceAccount

/**
 * How far a search of these accounts reaches. HubSpot's own reach further, but whoever reads past this one reads past theirs, and
 * reads a fifth of the records.
 */
const searchCap = 2000

/** The address serves no one: requests of a client within the process reach the account whatever host they name. */
const baseUrl = "http://127.0.0.1:4012"

const opened = Effect.fn("HubSpotSandbox.opened")(function* ({
  byConsent = false,
  isLimited = false,
  lagMs = 0,
  size = 0,
  skewMs = 0
}: Opening): Effect.fn.Return<Portal> {
  const portal = yield* open({
    companies: size,
    skewMs,
    lagMs,
    profile: { searchCap },
    webhooks: { url: "https://hooks.example.org/hubspot" },
    limits: isLimited ? limits : null
  })
  return {
    ...portal,
    config: {
      ...(byConsent ? { clientId: defaultClientId } : { accessToken: defaultAccessToken }),
      clientSecrets: [defaultClientSecret],
      baseUrl,
      ...(!isLimited && { callsPer10Seconds: 1_000_000, callsPerDay: 1_000_000_000 })
    },
    wire: { handler: portal.handler, faults: portal.faults }
  }
})

const none = { ...noScenes("HubSpot keeps these values as they are sent"), cap: searchCap }
const text = { longest: 65_536 }

export const sandbox: ConformanceSandbox<Portal> = {
  open: opened,
  openings: { skewMs: true, lagMs: true, isLimited: true, size: true, byConsent: true },
  entities: {
    company: {
      record: (index) => ({
        name: `Company ${index}`,
        domain: `c${index}.example.com`,
        description: `About ${index}`,
        annualrevenue: `${index}000`
      }),
      text: { field: "description", ...text },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        numbers: [{ name: "Numbers", annualrevenue: "0.1", numberofemployees: "9007199254740993" }],
        invalid: { fields: { name: "Big", annualrevenue: "much" }, path: "annualrevenue" }
      }
    },
    contact: {
      record: (index) => ({ email: `c${index}@example.com`, firstname: `First ${index}`, lastname: `Last ${index}` }),
      text: { field: "jobtitle", ...text },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        empty: [{ firstname: "No mail" }, { firstname: "A mail", email: "a@example.com" }],
        fates: (portal) => [
          {
            what: "an archived contact",
            id: Effect.tap(portal.user.create("contact", { firstname: "Old" }), (id) =>
              portal.user.remove("contact", id)
            ),
            seen: "Gone"
          },
          {
            what: "a contact merged into another",
            id: Effect.gen(function* () {
              const winner = yield* portal.user.create("contact", { firstname: "Winner" })
              const loser = yield* portal.user.create("contact", { firstname: "Loser" })
              yield* portal.merge("contact", loser, winner)
              return loser
            }),
            seen: "Merged"
          }
        ],
        invalid: { fields: { firstname: "Ada", email: "no address at all" }, path: "email" },
        normalised: { sent: { email: " Ada@Example.com" }, stored: { email: "ada@example.com" } }
      }
    },
    product: {
      record: (index) => ({ name: `Product ${index}`, hs_sku: `SKU-${index}`, price: "19.90" }),
      text: { field: "description", ...text },
      removable: true,
      editsShow: true,
      scenes: { ...none, invalid: { fields: { name: "Dear", price: "much" }, path: "price" } }
    },
    deal: {
      record: (index, referred) => ({
        dealname: `Deal ${index}`,
        dealstage: "appointmentscheduled",
        amount: `${index}.50`,
        company_id: referred("company"),
        contact_ids: [referred("contact")]
      }),
      text: { field: "description", ...text },
      removable: true,
      editsShow: { none: "what a deal belongs to changes without a trace in the deal" },
      scenes: {
        ...none,
        times: [{ dealname: "Times", dealstage: "closedwon", closedate: "2028-02-29T23:59:59.000Z" }]
      }
    },
    line_item: {
      record: (index, referred) => ({
        name: `Line ${index}`,
        quantity: "2",
        price: "10.50",
        hs_product_id: referred("product"),
        deal_id: referred("deal")
      }),
      text: { field: "description", ...text },
      removable: true,
      editsShow: { none: "what a line item belongs to changes without a trace in it" },
      scenes: none
    },
    ticket: {
      record: (index, referred) => ({
        subject: `Ticket ${index}`,
        hs_pipeline_stage: "1",
        contact_ids: [referred("contact")]
      }),
      text: { field: "content", ...text },
      removable: true,
      editsShow: { none: "what a ticket belongs to changes without a trace in the ticket" },
      scenes: none
    }
  },
  missingScope: { reply: Refusal.missingScope("crm.objects.contacts.read"), names: "crm.objects.contacts.read" },
  // 207: the batch was understood, and nothing of it done.
  refusedInside200: Wire.json(
    207,
    JSON.stringify({
      status: "COMPLETE",
      results: [],
      numErrors: 1,
      errors: [
        {
          ...Refusal.fields(Refusal.invalid("email", "INVALID_EMAIL", "Email address x is invalid")),
          context: { objectWriteTraceId: ["0"] }
        }
      ]
    })
  )
}
