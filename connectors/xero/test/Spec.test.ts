/** What the connector sends and the sandbox answers, against Xero's own OpenAPI description where it is at hand. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, Schema } from "effect"
import { parse } from "yaml"
import { connected, stored } from "./Connected.ts"

const folder = process.env["SYNCLINE_SPECS"] ?? fileURLToPath(new URL("../../../../shared/specs", import.meta.url))
const file = `${folder}/xero/xero_accounting.yaml`

const Spec = Schema.Struct({
  components: Schema.Struct({ schemas: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Json)) })
})

/** Closed where requests are judged, so that a misspelt field is one; open for answers, which have more than it says. */
const judge = (isClosed: boolean) => {
  const { components } = Schema.decodeUnknownSync(Spec)(parse(readFileSync(file, "utf8")))
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  for (const [name, schema] of Object.entries(components.schemas)) {
    const closed = isClosed && schema["properties"] !== undefined ? { ...schema, additionalProperties: false } : schema
    ajv.addSchema(
      Schema.decodeUnknownSync(Schema.Record(Schema.String, Schema.Json))(closed),
      `#/components/schemas/${name}`
    )
  }
  return (name: string, body: unknown): ReadonlyArray<string> => {
    const check = ajv.getSchema(`#/components/schemas/${name}`)
    if (check === undefined) return [`there is no schema ${name}`]
    return check(body) === true
      ? []
      : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
}

const line = { Description: "Work", Quantity: 2, UnitAmount: 9.99, AccountCode: "200", ItemCode: "A" }

describe("Xero's OpenAPI description", () => {
  it.effect("takes every body that the connector sends, and refuses a misspelt one", ({ skip }) =>
    Effect.gen(function* () {
      if (!existsSync(file)) return skip(`no ${file}`)
      const complaints = judge(true)
      assert.notDeepEqual(complaints("Contacts", { Contacts: [{ Nmae: "Ada" }] }), [])
      const { create, requests, update } = yield* connected()
      const [contact] = yield* create("contact", {
        Name: "Ada",
        EmailAddress: "a@example.com",
        Addresses: { POBOX: { City: "Bern" } },
        Phones: { MOBILE: { PhoneNumber: "123" } }
      })
      const party = { ContactID: stored(contact)["ContactID"] ?? "" }
      const [item] = yield* create("item", {
        Code: "A",
        Name: "Board",
        SalesDetails: { UnitPrice: 5, AccountCode: "200" }
      })
      const [invoice] = yield* create("invoice", {
        Type: "ACCREC",
        Contact: party,
        Date: "2026-11-01",
        DueDate: "2026-12-01",
        Status: "AUTHORISED",
        LineItems: [line]
      })
      const [note] = yield* create("credit_note", { Type: "ACCRECCREDIT", Contact: party, LineItems: [line] })
      yield* create("payment", {
        Invoice: { InvoiceID: stored(invoice)["InvoiceID"] ?? "" },
        Account: { Code: "090" },
        Amount: 1,
        Date: "2026-11-02"
      })
      yield* update("contact", stored(contact), { EmailAddress: null, Phones: { MOBILE: { PhoneNumber: "456" } } })
      yield* update("item", stored(item), { Name: "Long board" })
      yield* update("credit_note", stored(note), { Reference: "R" })
      const sent = requests.filter(({ body }) => body !== "")
      assert.isAtLeast(sent.length, 8)
      for (const { body, path } of sent) {
        assert.deepStrictEqual(complaints(path.split("/").at(-1) ?? "", JSON.parse(body)), [], body)
      }
    })
  )

  it.effect("describes every answer of the sandbox", ({ skip }) =>
    Effect.gen(function* () {
      if (!existsSync(file)) return skip(`no ${file}`)
      const complaints = judge(false)
      const { organisation } = yield* connected({ size: { contacts: 20, items: 20, invoices: 20 } })
      for (const plural of ["Contacts", "Items", "Invoices"]) {
        const reply = yield* organisation.handler({
          method: "GET",
          path: `/api.xro/2.0/${plural}`,
          query: "page=1",
          headers: {
            accept: "application/json",
            authorization: "Bearer sandbox-access-token",
            "xero-tenant-id": organisation.tenantId
          },
          body: ""
        })
        const body: unknown = JSON.parse(typeof reply.body === "string" ? reply.body : "")
        assert.deepStrictEqual(complaints(plural, body), [], plural)
      }
    })
  )
})
