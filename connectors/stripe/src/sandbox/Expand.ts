/** References replaced by the records they name, where a request asks for it. https://docs.stripe.com/api/expanding_objects */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { isHash, type Json } from "./Json.ts"
import type { Entity } from "./Plan.ts"
import { invalidValue, type Refusal } from "./Refusal.ts"

const entityOf: Readonly<Record<string, Entity>> = {
  customer: "customer",
  product: "product",
  price: "price",
  default_price: "price",
  subscription: "subscription",
  invoice: "invoice",
  latest_invoice: "invoice"
}

const depth = 4

export type Find = (entity: Entity, id: string) => Fields | undefined

/** The value with each path expanded. Fails for a path that is too deep or names nothing that can be expanded. */
export const expanded = (value: Fields, paths: ReadonlyArray<Json>, find: Find): Result.Result<Fields, Refusal> => {
  let result = value
  for (const path of paths.filter((path) => typeof path === "string")) {
    const segments = path.split(".")
    if (segments.length > depth) {
      return Result.fail(
        invalidValue("expand", `You cannot expand more than ${depth} levels of a property. Property: ${path}`)
      )
    }
    const next = within(result, segments, find)
    if (next === undefined) {
      return Result.fail(invalidValue("expand", `This property cannot be expanded (${path}).`))
    }
    result = next
  }
  return Result.succeed(result)
}

/** Undefined where the path leads nowhere. A list is expanded in each of its members. */
const within = (value: Fields, segments: ReadonlyArray<string>, find: Find): Fields | undefined => {
  const [name = "", ...rest] = segments
  const inner = value[name]
  if (inner === undefined) return undefined
  const whole = resolved(name, inner, find)
  if (whole === undefined) return undefined
  if (rest.length === 0) return typeof inner === "string" && whole === inner ? undefined : { ...value, [name]: whole }
  if (whole === null) return value
  if (Array.isArray(whole)) {
    const members: Array<Json> = []
    for (const member of whole) {
      const next = isHash(member) ? within(member, rest, find) : undefined
      if (next === undefined) return undefined
      members.push(next)
    }
    return { ...value, [name]: members }
  }
  const next = isHash(whole) ? within(whole, rest, find) : undefined
  return next === undefined ? undefined : { ...value, [name]: next }
}

/** An id becomes its record, or the stub of one that was deleted; anything else stays. */
const resolved = (name: string, value: Json, find: Find): Json | undefined => {
  const entity = entityOf[name]
  if (typeof value !== "string" || entity === undefined) return value
  return find(entity, value)
}
