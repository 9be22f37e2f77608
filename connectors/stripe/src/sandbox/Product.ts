/** Products. https://docs.stripe.com/api/products */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { isHash, merged, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import type { Plan } from "./Plan.ts"
import * as Price from "./Price.ts"
import { invalidValue, notPossible } from "./Refusal.ts"
import { applied, changed, done, equal, referenced, type Resource, stub } from "./Resource.ts"

interface Given {
  readonly id: string
  readonly created: number
  readonly active?: boolean
  readonly defaultPrice?: string | null
  readonly description?: string | null
  readonly metadata?: { readonly [key: string]: string }
  readonly name: string
  readonly packageDimensions?: {
    readonly height: number
    readonly length: number
    readonly weight: number
    readonly width: number
  } | null
  readonly shippable?: boolean | null
  readonly unitLabel?: string | null
  readonly updated?: number
  readonly url?: string | null
}

/** Every field of a product at the pinned version. */
export const shape = (given: Given) => ({
  id: given.id,
  object: "product" as const,
  active: given.active ?? true,
  created: given.created,
  default_price: given.defaultPrice ?? null,
  description: given.description ?? null,
  images: [],
  livemode: false,
  marketing_features: [],
  metadata: given.metadata ?? {},
  name: given.name,
  package_dimensions: given.packageDimensions ?? null,
  shippable: given.shippable ?? null,
  statement_descriptor: null,
  tax_code: null,
  tax_details: null,
  type: "service",
  unit_label: given.unitLabel ?? null,
  updated: given.updated ?? given.created,
  url: given.url ?? null
})

const nouns = [
  "Bicycle Lamp",
  "Support Plan",
  "Café Blend",
  "Ökostrom",
  "盆栽キット",
  "Чай",
  "مصباح",
  'T-shirt "Größe M"',
  "🎁 Gift Box",
  "Seat"
] as const

export const seeded = (plan: Plan, index: number) => {
  const draw = plan.draw("product", index)
  const created = plan.created("product", index)
  const isGood = draw.chance(30)
  return shape({
    id: plan.id("product", index),
    created,
    active: draw.chance(92),
    defaultPrice: index < plan.counts.price ? plan.id("price", index) : null,
    description: draw.chance(60) ? `Item no. ${index}` : null,
    metadata: draw.chance(30) ? { sku: `SKU-${String(index).padStart(5, "0")}` } : {},
    name: `${draw.pick(nouns)} ${index + 1}`,
    packageDimensions: isGood ? { height: 2.5, length: 10 + draw.int(30), weight: 0.75, width: 8 } : null,
    shippable: isGood ? true : null,
    unitLabel: draw.chance(20) ? "seat" : null,
    updated: created + draw.int(86_400),
    url: draw.chance(20) ? `https://shop.example.com/p/${index}` : null
  })
}

const common: P.Parameters = {
  ...P.expand,
  active: P.boolean,
  description: { kind: "text", clears: true, most: 40_000 },
  images: P.list(P.solidText, 8),
  marketing_features: P.list(P.hash({ name: P.solidText }, ["name"]), 15),
  metadata: P.metadata,
  name: P.solidText,
  package_dimensions: P.hash({ height: P.decimal, length: P.decimal, weight: P.decimal, width: P.decimal }, [
    "height",
    "length",
    "weight",
    "width"
  ]),
  shippable: P.boolean,
  statement_descriptor: { kind: "text", clears: true, most: 22 },
  tax_code: P.text,
  tax_details: P.hash({ performance_location: P.text, tax_code: P.text }),
  unit_label: { kind: "text", clears: true, most: 12 },
  url: P.text
}

/** Dimensions are sent as text and answered as numbers. */
const settled = (record: Fields): Fields => {
  const dimensions = record["package_dimensions"]
  return isHash(dimensions)
    ? {
        ...record,
        package_dimensions: Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, Number(value)]))
      }
    : record
}

export const product: Resource = {
  entity: "product",
  path: "products",
  create: {
    parameters: {
      ...common,
      id: P.solidText,
      type: P.choice("service", "good"),
      default_price_data: P.hash(Price.dataParameters, ["currency"])
    },
    required: ["name"],
    run: (given, view) => {
      const { id: ownId, default_price_data: priceData, ...rest } = given
      const id = typeof ownId === "string" ? ownId : view.newId("prod_", false)
      if (view.isKnown("product", id))
        return Result.fail(notPossible("Product already exists.", "resource_already_exists"))
      const blank = shape({ id, created: view.nowSeconds, name: textOf(given, "name") })
      const record = settled(applied(blank, rest, view.profile))
      if (!isHash(priceData)) return done(changed("product", null, record, "product.created"))
      return Result.flatMap(Price.made(merged(priceData, { product: id }), view), (price) =>
        done(
          changed("product", null, { ...record, default_price: price["id"] ?? null }, "product.created"),
          changed("price", null, price, "price.created")
        )
      )
    }
  },
  update: {
    parameters: { ...common, default_price: P.solidText },
    run: (record, given, view) =>
      Result.flatMap(referenced(given, "default_price", "price", view), (price) => {
        if (price !== null && price["product"] !== record["id"]) {
          return Result.fail(
            invalidValue(
              "default_price",
              `The price specified (\`${textOf(price, "id")}\`) does not belong to the product.`
            )
          )
        }
        const after = settled(applied(record, given, view.profile))
        return done(changed("product", record, { ...after, updated: view.nowSeconds }, "product.updated"))
      })
  },
  remove: {
    parameters: {},
    run: (record, _given, view) => {
      const id = textOf(record, "id")
      if (view.where("price", (price) => price["product"] === id).length > 0) {
        return Result.fail(
          notPossible("This product cannot be deleted because it has one or more user-created prices.")
        )
      }
      return Result.succeed({
        answer: stub("product", id),
        changes: [{ entity: "product", id, before: record, after: null, events: ["product.deleted"] }]
      })
    }
  },
  commands: {},
  filters: { active: P.boolean, ids: P.list(P.solidText), shippable: P.boolean, type: P.solidText, url: P.solidText },
  shows: (filters) => {
    const fields = equal(filters, "active", "shippable", "type", "url")
    const { ids } = filters
    if (!Array.isArray(ids)) return fields
    return (record) => ids.includes(record["id"]) && (fields === undefined || fields(record))
  },
  stubAfterDelete: false
}
