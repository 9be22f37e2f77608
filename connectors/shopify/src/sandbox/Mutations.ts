/** What the API writes, and what it refuses. */
import type { Fields } from "@syncline/core"
import type { Reads } from "./Root.ts"
import { type Json, type Row, type Shop, stock } from "./Shop.ts"

export interface UserError {
  readonly field: ReadonlyArray<string> | null
  readonly message: string
  readonly code?: string
}

export type Input = Readonly<Record<string, Json>>

interface Addressed {
  readonly customerId: string
  readonly addressId?: string
  readonly address?: Input
}

export const refused = (payload: string, ...userErrors: ReadonlyArray<UserError>) => ({ [payload]: null, userErrors })

export const text = (fields: Fields, name: string): string => {
  const value = fields[name]
  return typeof value === "string" ? value : ""
}

/** Trimmed, mail in lower case, tags as a set. */
const normalised = (fields: Input): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (name === "email" && typeof value === "string") return [name, value.trim().toLowerCase()]
      if (name === "tags" && Array.isArray(value)) return [name, [...new Set(value)].filter((tag) => tag !== "")]
      return [name, typeof value === "string" && name !== "descriptionHtml" ? value.trim() : value]
    })
  )

export const make = (shop: Shop, reads: Reads, nowMs: number) => {
  const missing = (noun: string): UserError => ({ field: ["id"], message: `${noun} does not exist` })

  const customerErrors = (fields: Fields, id: string | null): ReadonlyArray<UserError> => {
    const errors: Array<UserError> = []
    const [email, phone] = [text(fields, "email"), text(fields, "phone")]
    const others = shop.all("Customer").filter((row) => row.id !== id)
    if (email !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
      errors.push({ field: ["email"], message: "Email is invalid" })
    if (email !== "" && others.some((row) => row.fields["email"] === email))
      errors.push({ field: ["email"], message: "Email has already been taken" })
    if (phone !== "" && !/^\+\d{6,15}$/.test(phone)) errors.push({ field: ["phone"], message: "Phone is invalid" })
    if (phone !== "" && others.some((row) => row.fields["phone"] === phone))
      errors.push({ field: ["phone"], message: "Phone has already been taken" })
    if (email === "" && phone === "" && text(fields, "firstName") === "" && text(fields, "lastName") === "")
      errors.push({ field: null, message: "A name, phone number, or email address must be present" })
    return errors
  }
  const productErrors = (fields: Fields): ReadonlyArray<UserError> =>
    text(fields, "title") === "" ? [{ field: ["title"], message: "Title can't be blank" }] : []

  const written = (payload: string, row: Row) => ({ [payload]: reads.show(row), userErrors: [] })

  const customerCreate = ({ input: { addresses, ...input } }: { readonly input: Input }) => {
    const [address = null] = Array.isArray(addresses) ? addresses : []
    const fields: Fields = { ...normalised(input), address }
    const errors = customerErrors(fields, null)
    return errors.length > 0
      ? refused("customer", ...errors)
      : written("customer", shop.create("Customer", { state: "DISABLED", ...fields }, nowMs))
  }
  const edited = (
    payload: string,
    noun: string,
    id: Json | undefined,
    input: Input,
    errorsOf: (fields: Fields, id: string) => ReadonlyArray<UserError>
  ) => {
    const row = typeof id === "string" ? shop.get(id) : undefined
    if (row === undefined) return refused(payload, missing(noun))
    const fields = normalised(Object.fromEntries(Object.entries(input).filter(([name]) => name !== "id")))
    const errors = errorsOf({ ...row.fields, ...fields }, row.id)
    return errors.length > 0 ? refused(payload, ...errors) : written(payload, shop.edit(row.id, fields, nowMs))
  }
  const destroyed = (
    payload: string,
    noun: string,
    id: Json | undefined,
    why: (row: Row) => string | null = () => null
  ) => {
    const row = typeof id === "string" ? shop.get(id) : undefined
    if (row === undefined) return refused(payload, missing(noun))
    const reason = why(row)
    if (reason !== null) return refused(payload, { field: ["id"], message: reason })
    shop.destroy(row.id, nowMs)
    return { [payload]: row.id, userErrors: [] }
  }

  const variantFields = (input: Input): Fields => {
    const { inventoryItem, optionValues, id: _, ...rest } = input
    const options = Array.isArray(optionValues) ? optionValues.filter(isInput) : []
    return {
      ...normalised(rest),
      ...(isInput(inventoryItem) && "sku" in inventoryItem && { sku: inventoryItem["sku"] ?? null }),
      ...(options.length > 0 && {
        title: options.map((option) => text(option, "name")).join(" / "),
        options: options.map((option) => ({ name: text(option, "optionName"), value: text(option, "name") }))
      }),
      ...(typeof rest["price"] === "string" && { price: Number(rest["price"]).toFixed(2) })
    }
  }
  const variantErrors = (input: Input, at: number): ReadonlyArray<UserError> => {
    const price = input["price"]
    return typeof price === "string" && !(Number(price) >= 0)
      ? [{ field: ["variants", String(at), "price"], message: "Price must be at least 0", code: "INVALID" }]
      : []
  }
  const variants = (
    { productId, variants: inputs }: { readonly productId: string; readonly variants: ReadonlyArray<Input> },
    store: (input: Input) => Row | UserError
  ) => {
    const product = shop.get(productId)
    if (product === undefined)
      return refused("productVariants", {
        field: ["productId"],
        message: "Product does not exist",
        code: "PRODUCT_DOES_NOT_EXIST"
      })
    const errors = inputs.flatMap(variantErrors)
    if (errors.length > 0) return { ...refused("productVariants", ...errors), product: reads.show(product) }
    const stored = inputs.map(store)
    const failed = stored.filter(isError)
    const rows = stored.flatMap((each) => (isError(each) ? [] : [each]))
    return failed.length > 0
      ? refused("productVariants", ...failed)
      : { product: reads.show(product), productVariants: rows.map(reads.show), userErrors: [] }
  }

  /** A customer has one address here, which counts by default. */
  const addressed = (
    { addressId, customerId }: Addressed,
    change: (address: Fields | null) => Fields | null
  ): Readonly<Record<string, unknown>> => {
    const row = shop.get(customerId)
    const found = row?.fields["address"]
    const address = isInput(found) ? found : null
    if (row === undefined)
      return { address: null, userErrors: [{ field: ["customerId"], message: "Customer does not exist" }] }
    if (addressId !== undefined && address === null)
      return { address: null, userErrors: [{ field: ["addressId"], message: "Address does not exist" }] }
    const shown = reads.show(shop.edit(row.id, { address: change(address) }, nowMs))
    return { address: shown["defaultAddress"], deletedAddressId: addressId, userErrors: [] }
  }

  return {
    customerCreate,
    customerAddressCreate: (given: Addressed) => addressed(given, () => given.address ?? null),
    customerAddressUpdate: (given: Addressed) => addressed(given, (before) => ({ ...before, ...given.address })),
    customerAddressDelete: (given: Addressed) => addressed(given, () => null),
    customerUpdate: ({ input }: { readonly input: Input }) =>
      edited("customer", "Customer", input["id"], input, customerErrors),
    customerDelete: ({ input }: { readonly input: Input }) =>
      destroyed("deletedCustomerId", "Customer", input["id"], (row) =>
        shop.referring("Order", "customerId", row.id).length > 0
          ? "Customer can't be deleted because they have associated orders"
          : null
      ),
    productCreate: ({ product }: { readonly product: Input }) => {
      const fields = normalised(product)
      const errors = productErrors(fields)
      if (errors.length > 0) return refused("product", ...errors)
      const row = shop.create("Product", fields, nowMs)
      const variant = shop.create("ProductVariant", { productId: row.id, title: "Default Title", price: "0.00" }, nowMs)
      stock(shop, variant.id, 0, nowMs)
      return written("product", row)
    },
    productUpdate: ({ product }: { readonly product: Input }) =>
      edited("product", "Product", product["id"], product, productErrors),
    productDelete: ({ input }: { readonly input: Input }) => destroyed("deletedProductId", "Product", input["id"]),
    productVariantsBulkCreate: (given: { readonly productId: string; readonly variants: ReadonlyArray<Input> }) =>
      variants(given, (input) => {
        const row = shop.create("ProductVariant", { productId: given.productId, ...variantFields(input) }, nowMs)
        stock(shop, row.id, 0, nowMs)
        return row
      }),
    productVariantsBulkUpdate: (given: { readonly productId: string; readonly variants: ReadonlyArray<Input> }) =>
      variants(given, (input) => {
        const row = shop.get(text(input, "id"))
        return row === undefined
          ? { field: ["variants", "0", "id"], message: "Product variant does not exist", code: "NOT_FOUND" }
          : shop.edit(row.id, variantFields(input), nowMs)
      }),
    productVariantsBulkDelete: (given: { readonly productId: string; readonly variantsIds: ReadonlyArray<string> }) => {
      for (const id of given.variantsIds) shop.destroy(id, nowMs)
      return { product: reads.find(given.productId), userErrors: [] }
    },
    inventorySetQuantities: ({ input }: { readonly input: { readonly quantities: ReadonlyArray<Input> } }) => {
      const errors: Array<UserError> = []
      const rows: Array<readonly [Row, Input]> = []
      for (const [at, quantity] of input.quantities.entries()) {
        const row = shop
          .referring("InventoryLevel", "itemId", quantity["inventoryItemId"])
          .find((level) => placeOf(shop, level) === quantity["locationId"])
        const field = ["input", "quantities", String(at)]
        if (row === undefined)
          errors.push({
            field: [...field, "inventoryItemId"],
            message: "The inventory item does not exist",
            code: "NOT_FOUND"
          })
        else if (
          typeof quantity["changeFromQuantity"] === "number" &&
          quantity["changeFromQuantity"] !== row.fields["available"]
        )
          errors.push({
            field: [...field, "changeFromQuantity"],
            message: "The quantity no longer matches",
            code: "CHANGE_FROM_QUANTITY_STALE"
          })
        else rows.push([row, quantity])
      }
      if (errors.length > 0) return refused("inventoryAdjustmentGroup", ...errors)
      for (const [row, quantity] of rows)
        shop.edit(row.id, { available: quantity["quantity"] ?? 0, on_hand: quantity["quantity"] ?? 0 }, nowMs)
      return {
        inventoryAdjustmentGroup: {
          __typename: "InventoryAdjustmentGroup",
          id: "gid://shopify/InventoryAdjustmentGroup/1"
        },
        userErrors: []
      }
    },
    fulfillmentTrackingInfoUpdate: ({
      fulfillmentId,
      trackingInfoInput
    }: {
      readonly fulfillmentId: string
      readonly trackingInfoInput: Input
    }) =>
      edited("fulfillment", "Fulfillment", fulfillmentId, { trackingInfo: tracked(trackingInfoInput) }, (fields) =>
        fields["status"] === "CANCELLED" ? [{ field: ["fulfillmentId"], message: "The fulfillment is cancelled" }] : []
      ),
    fulfillmentCancel: ({ id }: { readonly id: string }) =>
      edited("fulfillment", "Fulfillment", id, { status: "CANCELLED" }, (fields) =>
        (fields["deliveredAt"] ?? null) === null
          ? []
          : [{ field: ["id"], message: "A fulfillment that was delivered cannot be cancelled" }]
      ),
    orderUpdate: ({ input }: { readonly input: Input }) => edited("order", "Order", input["id"], input, () => []),
    companyCreate: ({ input }: { readonly input: { readonly company: Input } }) =>
      written("company", shop.create("Company", normalised(input.company), nowMs)),
    companyUpdate: ({ companyId, input }: { readonly companyId: string; readonly input: Input }) =>
      edited("company", "Company", companyId, input, (fields) =>
        text(fields, "name") === "" ? [{ field: ["name"], message: "Name can't be blank" }] : []
      ),
    companyDelete: ({ id }: { readonly id: string }) => destroyed("deletedCompanyId", "Company", id)
  }
}

/** A number and an address each, of one carrier. */
/** A level lies at the shop's own location unless it says another. */
const placeOf = (shop: Shop, { fields: { location } }: Row): Json | undefined =>
  isInput(location) ? location["id"] : shop.location.id

export const tracked = ({ company, number, numbers, url, urls }: Input): ReadonlyArray<Fields> => {
  const all = (many: Json | undefined, one: Json | undefined) =>
    Array.isArray(many) ? many : one === undefined || one === null ? [] : [one]
  const [allNumbers, allUrls] = [all(numbers, number), all(urls, url)]
  return Array.from({ length: Math.max(allNumbers.length, allUrls.length) }, (_, index) => ({
    company: company ?? null,
    number: allNumbers[index] ?? null,
    url: allUrls[index] ?? null
  }))
}

export const isInput = (value: Json | undefined): value is Input =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isError = (each: Row | UserError): each is UserError => "message" in each
