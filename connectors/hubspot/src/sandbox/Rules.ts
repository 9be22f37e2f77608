/** What HubSpot makes of the values of properties, and which it refuses. */
import { Rest } from "@syncline/connector"
import { DateTime, Option, Result } from "effect"
import type { Shape } from "../Kind.ts"
import * as Refusal from "./Refusal.ts"

/** What HubSpot keeps of itself in every record. */
export const system = ["createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_object_id", "hs_merged_object_ids"]

const numbers = new Set([
  "amount",
  "price",
  "quantity",
  "discount",
  "hs_discount_percentage",
  "hs_cost_of_goods_sold",
  "numberofemployees",
  "annualrevenue"
])
const stages = ["appointmentscheduled", "qualifiedtobuy", "contractsent", "closedwon", "closedlost"]
const options: Readonly<Record<string, ReadonlyArray<string>>> = {
  dealstage: stages,
  pipeline: ["default"],
  hs_pipeline: ["0"],
  hs_pipeline_stage: ["1", "2", "3", "4"],
  hs_ticket_priority: ["LOW", "MEDIUM", "HIGH", "URGENT"]
}
const longest = 65_536

export type Values = Readonly<Record<string, string>>

/** One value as it is stored; empty clears. */
const stored = (name: string, value: string): Result.Result<string, Refusal.Refused> => {
  if (value === "") return Result.succeed("")
  if (value.length > longest)
    return Result.fail(Refusal.invalid(name, "TOO_LONG", `${name} is longer than ${longest} characters`))
  if (name === "email") {
    const email = value.trim().toLowerCase()
    return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)
      ? Result.succeed(email)
      : Result.fail(Refusal.invalid(name, "INVALID_EMAIL", `Email address ${value} is invalid`))
  }
  if (numbers.has(name) && !Number.isFinite(Number(value)))
    return Result.fail(Refusal.invalid(name, "INVALID_DOUBLE", `${value} was not a valid number.`))
  if (name === "closedate") {
    const ms = /^-?\d+$/.test(value)
      ? Option.some(Number(value))
      : Option.map(DateTime.make(value), DateTime.toEpochMillis)
    return Option.match(ms, {
      onNone: () => Result.fail(Refusal.invalid(name, "INVALID_DATE", `${value} is not a valid date.`)),
      onSome: (at) => Result.succeed(Rest.iso(at))
    })
  }
  const allowed = options[name]
  return allowed === undefined || allowed.includes(value)
    ? Result.succeed(value)
    : Result.fail(
        Refusal.invalid(name, "INVALID_OPTION", `${value} was not one of the allowed options: [${allowed.join(", ")}]`)
      )
}

/** The values as they are stored, or the first complaint. `known` are the properties that the account has. */
export const values = (
  shape: Shape,
  given: Values,
  known: ReadonlySet<string>
): Result.Result<Values, Refusal.Refused> => {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!known.has(name))
      return Result.fail(Refusal.invalid(name, "PROPERTY_DOESNT_EXIST", `Property "${name}" does not exist`))
    if (system.includes(name) || shape.computed.includes(name))
      return Result.fail(Refusal.invalid(name, "READ_ONLY_VALUE", `"${name}" is a read only property`))
    const checked = stored(name, value)
    if (Result.isFailure(checked)) return Result.fail(checked.failure)
    kept[name] = checked.success
  }
  return Result.succeed(kept)
}

/** What HubSpot fills in by itself. */
export const computed = ({ type }: Shape, values: Values): Values => {
  if (type === "line_items") {
    const amount = Number(values["price"] ?? 0) * Number(values["quantity"] ?? 1)
    return { ...values, amount: String(Math.round(amount * 100) / 100) }
  }
  if (type === "deals") {
    const isClosed = ["closedwon", "closedlost"].includes(values["dealstage"] ?? "")
    return { pipeline: "default", ...values, hs_is_closed: String(isClosed) }
  }
  return type === "tickets" ? { hs_pipeline: "0", ...values } : values
}

/** What a new record must have. */
export const required = ({ type }: Shape): ReadonlyArray<string> =>
  type === "deals" ? ["dealstage"] : type === "tickets" ? ["hs_pipeline_stage"] : []
