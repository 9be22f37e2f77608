/** What can be asked of prices. https://docs.stripe.com/api/prices */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { hash, isHash, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import * as Price from "./Price.ts"
import * as Product from "./Product.ts"
import { missing, missingParameter, notPossible, type Refusal } from "./Refusal.ts"
import { applied, type Change, changed, done, equal, type Resource, type View } from "./Resource.ts"

/** The price that gives its lookup key away, if the request takes it from one. */
const takenKey = (given: Fields, view: View, own: string): Result.Result<ReadonlyArray<Change>, Refusal> => {
  const key = given["lookup_key"]
  if (typeof key !== "string") return Result.succeed([])
  const holder = view.where("price", (price) => price["lookup_key"] === key && price["id"] !== own)[0]
  if (holder === undefined) return Result.succeed([])
  return given["transfer_lookup_key"] === true
    ? Result.succeed([changed("price", holder, { ...holder, lookup_key: null }, "price.updated")])
    : Result.fail(notPossible(`A price (\`${textOf(holder, "id")}\`) already uses that lookup key.`))
}

const without = (given: Fields, ...names: ReadonlyArray<string>): Fields =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)))

export const price: Resource = {
  entity: "price",
  path: "prices",
  create: {
    parameters: {
      ...P.expand,
      ...Price.dataParameters,
      active: P.boolean,
      lookup_key: P.solidText,
      nickname: P.solidText,
      product: P.solidText,
      product_data: P.hash(
        {
          active: P.boolean,
          id: P.solidText,
          metadata: P.metadata,
          name: P.solidText,
          unit_label: P.text,
          ...P.unmodelled("statement_descriptor", "tax_code", "tax_details")
        },
        ["name"]
      ),
      transfer_lookup_key: P.boolean,
      ...P.unmodelled("billing_scheme", "tiers", "tiers_mode", "transform_quantity")
    },
    required: ["currency"],
    run: (given, view) =>
      Result.gen(function* () {
        const data = given["product_data"]
        const outcome = isHash(data) ? yield* Product.product.create.run(data, view) : undefined
        const id = outcome === undefined ? textOf(given, "product") : textOf(outcome.answer, "id")
        if (id === "") return yield* Result.fail(missingParameter("product"))
        if (outcome === undefined && view.find("product", id) === undefined)
          return yield* Result.fail(missing("product", id, "product", 400))
        const taken = yield* takenKey(given, view, "")
        const record = yield* Price.made(
          { ...without(given, "product_data", "transfer_lookup_key"), product: id },
          view
        )
        return {
          answer: record,
          changes: [...(outcome?.changes ?? []), ...taken, changed("price", null, record, "price.created")]
        }
      })
  },
  update: {
    // Amount, currency and interval are not here: a changed price is a new price.
    parameters: {
      ...P.expand,
      active: P.boolean,
      lookup_key: P.text,
      metadata: P.metadata,
      nickname: P.text,
      tax_behavior: P.choice("exclusive", "inclusive"),
      transfer_lookup_key: P.boolean,
      ...P.unmodelled("currency_options")
    },
    run: (record, given, view) =>
      Result.flatMap(takenKey(given, view, textOf(record, "id")), (taken) =>
        done(
          changed(
            "price",
            record,
            applied(record, without(given, "transfer_lookup_key"), view.profile),
            "price.updated"
          ),
          ...taken
        )
      )
  },
  commands: {},
  filters: {
    active: P.boolean,
    currency: P.currency,
    lookup_keys: P.list(P.solidText, 10),
    product: P.solidText,
    recurring: P.hash({ interval: P.solidText, ...P.unmodelled("meter", "usage_type") }),
    type: P.solidText
  },
  shows: (filters) => {
    const fields = equal(filters, "active", "currency", "product", "type")
    const keys = filters["lookup_keys"]
    const interval = hash(filters, "recurring")["interval"]
    if (!Array.isArray(keys) && interval === undefined) return fields
    return (record) =>
      (fields === undefined || fields(record)) &&
      (!Array.isArray(keys) || keys.includes(record["lookup_key"])) &&
      (interval === undefined || hash(record, "recurring")["interval"] === interval)
  },
  stubAfterDelete: false
}
