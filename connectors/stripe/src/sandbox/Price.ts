/** Prices: immutable but for names, tags and whether they are for sale. https://docs.stripe.com/api/prices */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { isHash, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import { minorUnits } from "./People.ts"
import type { Plan } from "./Plan.ts"
import { missingParameter, type Refusal } from "./Refusal.ts"
import { applied, type View } from "./Resource.ts"

interface Given {
  readonly id: string
  readonly created: number
  readonly active?: boolean
  readonly currency: string
  readonly lookupKey?: string | null
  readonly metadata?: { readonly [key: string]: string }
  readonly nickname?: string | null
  readonly product: string
  readonly recurring: { readonly interval: string; readonly interval_count: number } | null
  readonly unitAmount: number | null
  /** For fractions of the minor unit. */
  readonly unitAmountDecimal?: string
}

/** Every field of a price at the pinned version. */
export const shape = (given: Given) => ({
  id: given.id,
  object: "price" as const,
  active: given.active ?? true,
  billing_scheme: "per_unit",
  created: given.created,
  currency: given.currency,
  custom_unit_amount: null,
  livemode: false,
  lookup_key: given.lookupKey ?? null,
  metadata: given.metadata ?? {},
  nickname: given.nickname ?? null,
  product: given.product,
  recurring:
    given.recurring === null
      ? null
      : { ...given.recurring, meter: null, trial_period_days: null, usage_type: "licensed" },
  tax_behavior: "unspecified",
  tiers_mode: null,
  transform_quantity: null,
  type: given.recurring === null ? "one_time" : "recurring",
  unit_amount: given.unitAmount,
  unit_amount_decimal: given.unitAmountDecimal ?? String(given.unitAmount)
})

export const seeded = (plan: Plan, index: number) => {
  const draw = plan.draw("price", index)
  const currency = plan.currencyOf(index)
  const isFraction = draw.chance(3)
  // Three-decimal amounts must end in 0. https://docs.stripe.com/currencies#three-decimal
  const unitAmount =
    currency === "kwd"
      ? (10 + draw.int(5000)) * 10
      : (1 + draw.int(200)) * minorUnits(currency) * (currency === "krw" ? 1000 : 1) -
        (minorUnits(currency) === 100 ? draw.int(2) : 0)
  return shape({
    id: plan.id("price", index),
    created: plan.created("price", index),
    active: draw.chance(90),
    currency,
    lookupKey: draw.chance(15) ? `price_key_${index}` : null,
    metadata: draw.chance(10) ? { tier: draw.pick(["gold", "silber", "銅"]) } : {},
    nickname: draw.chance(40) ? draw.pick(["Monthly", "Jährlich", "標準", "Pro ⭐️"]) : null,
    product: plan.id("product", plan.productOf(index)),
    recurring: plan.isRecurring(index)
      ? { interval: draw.pick(["month", "month", "year", "week"]), interval_count: draw.chance(5) ? 3 : 1 }
      : null,
    unitAmount: isFraction ? null : unitAmount,
    ...(isFraction ? { unitAmountDecimal: `${unitAmount}.25` } : {})
  })
}

const recurring: P.Parameter = P.hash(
  {
    interval: P.choice("day", "week", "month", "year"),
    interval_count: { kind: "integer", least: 1, clears: false },
    trial_period_days: P.amount,
    usage_type: P.choice("licensed"),
    ...P.unmodelled("meter")
  },
  ["interval"]
)

/** What makes a price inside another request. */
export const dataParameters: P.Parameters = {
  currency: P.currency,
  metadata: P.metadata,
  recurring,
  tax_behavior: P.choice("exclusive", "inclusive", "unspecified"),
  unit_amount: P.amount,
  unit_amount_decimal: P.decimal,
  ...P.unmodelled("currency_options", "custom_unit_amount")
}

/** A new price. Fails when it has no amount, or no product. */
export const made = (given: Fields, view: View): Result.Result<Fields, Refusal> => {
  const { recurring, unit_amount: whole, unit_amount_decimal: decimal, ...rest } = given
  if (typeof whole !== "number" && typeof decimal !== "string") return Result.fail(missingParameter("unit_amount"))
  const amount = typeof whole === "number" ? whole : Number(decimal)
  const blank = shape({
    id: view.newId("price_", true),
    created: view.nowSeconds,
    currency: textOf(given, "currency"),
    product: textOf(given, "product"),
    recurring: isHash(recurring) ? { interval: textOf(recurring, "interval"), interval_count: 1 } : null,
    unitAmount: Number.isInteger(amount) ? amount : null,
    unitAmountDecimal: typeof decimal === "string" ? decimal : String(amount)
  })
  return Result.succeed(applied(blank, isHash(recurring) ? { ...rest, recurring } : rest, view.profile))
}
