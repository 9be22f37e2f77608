import { createRequire } from "node:module"
import { assert, describe, it } from "@effect/vitest"
import { Server } from "@syncline/connector/sandbox"
import { Effect } from "effect"
import { Invoice, LineAmountTypes, XeroClient } from "xero-node"
import * as XeroSandbox from "../src/sandbox/index.ts"

interface Interceptable {
  readonly interceptors: {
    readonly request: {
      readonly use: (change: (config: { readonly url: string }) => { readonly url: string }) => number
      readonly eject: (id: number) => void
    }
  }
}

/** The client's own copy: the address at which it refreshes tokens cannot be chosen otherwise. */
const axios: Interceptable = createRequire(createRequire(import.meta.url).resolve("xero-node"))("axios")

const world = Effect.fn(function* (options: XeroSandbox.Options = {}) {
  const organisation = yield* XeroSandbox.open(options)
  const { url } = yield* Effect.orDie(Server.listen(organisation.handler))
  const client = new XeroClient()
  client.accountingApi.basePath = `${url}/api.xro/2.0`
  client.setTokenSet({ access_token: XeroSandbox.defaultAccessToken })
  const call = <A>(run: (api: XeroClient["accountingApi"], tenant: string) => Promise<{ readonly body: A }>) =>
    Effect.map(
      Effect.promise(() => run(client.accountingApi, organisation.tenantId)),
      ({ body }) => body
    )
  const refused = (run: (api: XeroClient["accountingApi"], tenant: string) => Promise<unknown>) =>
    Effect.promise(() =>
      run(client.accountingApi, organisation.tenantId).then(
        () => Promise.reject(new Error("the call succeeded")),
        (cause: unknown) => (typeof cause === "string" ? cause : JSON.stringify(cause))
      )
    )
  return { organisation, client, call, refused }
})

/** Xero's own client, of the version that is pinned, on the sandbox. */
describe("xero-node", () => {
  it.live("pages through all contacts, filters, and reads what changed", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { call, organisation } = yield* world({ size: { contacts: 250, items: 3, invoices: 0 } })
        const pages = yield* Effect.forEach([1, 2, 3], (page) =>
          call((api, tenant) =>
            api.getContacts(
              tenant,
              undefined,
              undefined,
              "UpdatedDateUTC DESC",
              undefined,
              page,
              true,
              false,
              undefined,
              100
            )
          )
        )
        const contacts = pages.flatMap((page) => page.contacts ?? [])
        assert.strictEqual(new Set(contacts.map(({ contactID }) => contactID)).size, 250)
        assert.deepInclude(pages[0]?.pagination, { page: 1, pageCount: 3, itemCount: 250 })
        const [first] = contacts
        const named = yield* call((api, tenant) => api.getContacts(tenant, undefined, `Name=="${first?.name}"`))
        assert.deepStrictEqual(
          named.contacts?.map(({ contactID }) => contactID),
          [first?.contactID]
        )
        assert.instanceOf(first?.updatedDateUTC, Date)
        const items = yield* call((api, tenant) => api.getItems(tenant))
        assert.strictEqual(items.items?.length, yield* organisation.count("item"))
      })
    )
  )

  it.live("creates, updates, repeats under a key, and is told what is wrong", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { call, organisation, refused } = yield* world()
        const made = yield* call((api, tenant) =>
          api.createContacts(tenant, { contacts: [{ name: "Ada" }, { name: "" }] }, false, "key-1")
        )
        assert.deepStrictEqual(
          made.contacts?.map(({ hasValidationErrors }) => hasValidationErrors ?? false),
          [false, true]
        )
        yield* call((api, tenant) =>
          api.createContacts(tenant, { contacts: [{ name: "Ada" }, { name: "" }] }, false, "key-1")
        )
        assert.strictEqual(yield* organisation.count("contact"), 1)
        const contactID = made.contacts?.[0]?.contactID ?? ""
        const updated = yield* call((api, tenant) =>
          api.updateContact(tenant, contactID, { contacts: [{ emailAddress: "ada@example.com" }] })
        )
        assert.strictEqual(updated.contacts?.[0]?.emailAddress, "ada@example.com")
        const error = yield* refused((api, tenant) => api.createContacts(tenant, { contacts: [{ name: "Ada" }] }, true))
        assert.match(error, /already assigned to another contact/)
        assert.match(
          yield* refused((api, tenant) => api.getContact(tenant, "00000000-0000-4000-8000-000000000000")),
          /404/
        )
        assert.match(yield* refused((api) => api.getContacts("another")), /AuthenticationUnsuccessful/)
      })
    )
  )

  it.live("an invoice goes from draft to paid, and its payment away again", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { call, organisation } = yield* world()
        const contactID = yield* organisation.user.create("contact", { Name: "Ada" })
        const made = yield* call((api, tenant) =>
          api.createInvoices(tenant, {
            invoices: [
              {
                type: Invoice.TypeEnum.ACCREC,
                contact: { contactID },
                dueDate: "2026-12-31",
                lineAmountTypes: LineAmountTypes.Exclusive,
                status: Invoice.StatusEnum.AUTHORISED,
                lineItems: [{ description: "Work", quantity: 3, unitAmount: 9.99, accountCode: "200" }]
              }
            ]
          })
        )
        const invoice = made.invoices?.[0]
        assert.strictEqual(invoice?.total, 29.97)
        const invoiceID = invoice?.invoiceID ?? ""
        const paid = yield* call((api, tenant) =>
          api.createPayments(tenant, {
            payments: [{ invoice: { invoiceID }, account: { code: "090" }, amount: 29.97 }]
          })
        )
        const one = yield* call((api, tenant) => api.getInvoice(tenant, invoiceID))
        assert.strictEqual(one.invoices?.[0]?.status, Invoice.StatusEnum.PAID)
        yield* call((api, tenant) =>
          api.deletePayment(tenant, paid.payments?.[0]?.paymentID ?? "", { status: "DELETED" })
        )
        const again = yield* call((api, tenant) => api.getInvoice(tenant, invoiceID))
        assert.strictEqual(again.invoices?.[0]?.amountDue, 29.97)
      })
    )
  )

  it.live("refreshes a token, which rotates, enters with it, and may send the spent one again for a while", () =>
    Effect.gen(function* () {
      const { client, organisation } = yield* world()
      const base = new URL(client.accountingApi.basePath).origin
      const { access, refresh } = yield* organisation.authorization.grant
      const elsewhere = axios.interceptors.request.use((config) => ({
        ...config,
        url: config.url.replace("https://identity.xero.com", base)
      }))
      yield* Effect.addFinalizer(() => Effect.sync(() => axios.interceptors.request.eject(elsewhere)))
      const refreshed = () =>
        client.refreshWithRefreshToken(XeroSandbox.defaultClientId, XeroSandbox.defaultClientSecret, refresh)
      const tokens = yield* Effect.promise(refreshed)
      assert.notInclude([access, undefined], tokens.access_token)
      assert.notInclude([refresh, undefined], tokens.refresh_token)
      assert.strictEqual((yield* Effect.promise(refreshed)).refresh_token, tokens.refresh_token)
      const { body } = yield* Effect.promise(() => client.accountingApi.getOrganisations(organisation.tenantId))
      assert.lengthOf(body.organisations ?? [], 1)
      yield* organisation.authorization.revokeAll
      const after = yield* Effect.promise(() => refreshed().then(() => "refreshed", JSON.stringify))
      assert.include(after, "status code 400")
    }).pipe(Effect.scoped)
  )
})
