/** What the connector asks, and the stand-in's schema, against Shopify's own of the pinned version. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { OpKey } from "@syncline/core"
import { Effect, Schema } from "effect"
import {
  buildClientSchema,
  buildSchema,
  getNullableType,
  getVariableValues,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type IntrospectionQuery,
  isEnumType,
  Kind,
  parse,
  validate
} from "graphql"
import * as ShopifySandbox from "../src/sandbox/index.ts"
import { connected, stored } from "./Connected.ts"

const isIntrospection = (value: unknown): value is IntrospectionQuery =>
  typeof value === "object" && value !== null && "__schema" in value

const official = (): GraphQLSchema => {
  const file = fileURLToPath(
    new URL("../node_modules/@shopify/dev-mcp/dist/data/admin_2026-10.json.gz", import.meta.url)
  )
  const json: unknown = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8"))
  const data = isIntrospection(json)
    ? json
    : typeof json === "object" && json !== null && "data" in json
      ? json.data
      : null
  if (!isIntrospection(data)) throw new Error("the file is no introspection")
  // Shopify deprecates fields of types whose interface keeps them, which graphql-js calls invalid.
  return buildClientSchema(data, { assumeValid: true })
}
const schema = official()

const Body = Schema.fromJsonString(
  Schema.Struct({
    query: Schema.String,
    variables: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json))
  })
)

/** What Shopify would complain of before it runs the document: its words, and the values of its variables. */
const complaints = ({ query, variables = {} }: typeof Body.Type): ReadonlyArray<string> => {
  const document = parse(query)
  const words = validate(schema, document)
  const values = document.definitions.flatMap((each) => {
    if (each.kind !== Kind.OPERATION_DEFINITION) return []
    const coerced = getVariableValues(schema, each.variableDefinitions ?? [], variables)
    return coerced.errors ?? []
  })
  return [...words, ...values].map(({ message }) => message)
}

describe("Shopify's own schema", () => {
  it.effect("knows every document that the connector sends", () =>
    Effect.gen(function* () {
      const { create, drain, entity, invoke, remove, requests, run, shop, update } = yield* connected({
        size: { customers: 2, products: 2, orders: 2 }
      })
      for (const name of [
        "customer",
        "product",
        "variant",
        "inventory_level",
        "order",
        "fulfillment",
        "refund",
        "company"
      ]) {
        const { changes, list } = entity(name).source
        yield* drain(list)
        if (changes !== undefined) yield* drain(changes)
        const [id] = [...(yield* shop.truth(name)).keys()]
        if (id !== undefined) yield* run(entity(name).source.get.run([id]))
      }
      const address = { address1: "1 Row", city: "Bern", zip: "3000", countryCodeV2: "CH" }
      const [customer] = yield* create("customer", {
        firstName: "Ada",
        email: "ada@example.com",
        defaultAddress: address
      })
      const moved = stored(yield* update("customer", stored(customer), { defaultAddress: { ...address, zip: "3001" } }))
      const homeless = stored(yield* update("customer", moved, { defaultAddress: null }))
      yield* update("customer", homeless, { defaultAddress: address })
      const [product] = yield* create("product", { title: "Board" })
      const [variant] = yield* create("variant", {
        product: { id: stored(product)["id"] ?? "" },
        sku: "A",
        price: "1.00",
        selectedOptions: [{ name: "Size", value: "M" }]
      })
      yield* update("customer", stored(customer), { note: "x" })
      yield* update("product", stored(product), { title: "Long board" })
      yield* update("variant", stored(variant), { sku: "B" })
      const sold = yield* shop.user.create("order", { name: "#9", lines: [] })
      const parcel = yield* shop.user.create("fulfillment", { order: { id: sold }, name: "#9-F1", quantity: 1 })
      const [sent] = yield* run(entity("fulfillment").source.get.run([parcel]))
      if (sent?._tag === "Present")
        yield* update("fulfillment", sent.record, { trackingInfo: [{ company: "DHL", number: "1", url: null }] })
      yield* invoke("fulfillment", "cancel", parcel)
      const company = yield* shop.user.create("company", { name: "Ridgeway" })
      const [seen] = yield* run(entity("company").source.get.run([company]))
      if (seen?._tag === "Present") {
        yield* update("company", seen.record, { note: "x" })
        yield* remove("company", seen.record)
      }
      const [level] = [...(yield* shop.truth("inventory_level")).values()]
      if (level !== undefined) yield* update("inventory_level", level, { available: 9 })
      const [order] = [...(yield* shop.truth("order")).values()]
      if (order !== undefined) yield* update("order", order, { note: "x" })
      const euros = (amount: string) => ({ shopMoney: { amount, currencyCode: "EUR" } })
      const [ordered] = yield* create("order", {
        displayFinancialStatus: "PAID",
        customer: { id: stored(customer)["id"] ?? "" },
        lines: [{ title: "Board", quantity: 1, originalUnitPriceSet: euros("10.00") }],
        shippingLine: { title: "Post", discountedTotalSet: euros("5.00") }
      })
      const of = { order: { id: stored(ordered)["id"] ?? "" } }
      const [dispatched] = yield* create("fulfillment", {
        ...of,
        trackingInfo: [{ company: "DHL", number: "1", url: null }]
      })
      stored(dispatched)
      const [paidBack] = yield* create("refund", { ...of, totalRefundedSet: euros("1.00") })
      stored(paidBack)
      for (const name of ["order", "fulfillment"])
        yield* run(
          entity(name).target?.create?.find?.run([{ key: OpKey.make("k"), patch: of, sentAtMs: 0 }]) ?? Effect.void
        )
      yield* run(
        entity("product").target?.create?.find?.run([{ key: OpKey.make("k"), patch: {}, sentAtMs: 0 }]) ?? Effect.void
      )
      yield* remove("variant", stored(variant))
      yield* remove("product", stored(product))
      yield* remove("customer", stored(customer))
      const bodies = requests
        .filter(({ path }) => path.endsWith("graphql.json"))
        .map(({ body }) => Schema.decodeUnknownSync(Body)(body))
      assert.isAtLeast(new Set(bodies.map(({ query }) => query)).size, 30)
      for (const body of bodies) assert.deepStrictEqual(complaints(body), [], JSON.stringify(body))
      assert.isNotEmpty(complaints({ query: "{ shop { nmae } }" }))
      const asked = "query($id: ID!) { node(id: $id) { id } }"
      assert.isNotEmpty(complaints({ query: asked, variables: { di: "1" } }))
    })
  )

  it("has every type, field and argument of the stand-in's", () => {
    const own = buildSchema(ShopifySandbox.sdl)
    const missing: Array<string> = []
    for (const type of Object.values(own.getTypeMap())) {
      if (type.name.startsWith("__") || type.name === "CodedUserError") continue
      const theirs = schema.getType(type.name)
      if (theirs === undefined) {
        missing.push(type.name)
        continue
      }
      if (isEnumType(type) && isEnumType(theirs)) {
        for (const { name } of type.getValues())
          if (theirs.getValue(name) === undefined) missing.push(`${type.name}.${name}`)
      }
      if (!(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) continue
      if (!(isObjectType(theirs) || isInterfaceType(theirs) || isInputObjectType(theirs))) continue
      const fields = theirs.getFields()
      for (const [name, field] of Object.entries(type.getFields())) {
        const other = fields[name]
        if (other === undefined) {
          missing.push(`${type.name}.${name}`)
          continue
        }
        const [ours, real] = [String(getNullableType(field.type)), String(getNullableType(other.type))]
        const isLoose = /^\[?(String|CodedUserError)\b/.test(ours)
        if (!isLoose && ours !== real) missing.push(`${type.name}.${name}: ${ours}, not ${real}`)
      }
    }
    assert.deepStrictEqual(missing, [])
  })
})
