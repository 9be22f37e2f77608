/** What a record of one canonical type becomes as one of another, on its way from source to target: an order that is invoiced. */
import type { CanonicalMapping } from "./CanonicalMapping.ts"
import { pathsOf, type Rule, transformsOf } from "./MappingRule.ts"
import * as Transform from "./Transform.ts"

/** A rule's source is a field of the first type, its target one of the second. All travel one way. */
const rulesByTypes: { readonly [types: string]: ReadonlyArray<Rule> } = {
  "order → invoice": [
    { source: "number", target: "number" },
    { source: "number", target: "kind", transform: Transform.constant("sales") },
    { source: "contact", target: "contact" },
    { source: "currency", target: "currency" },
    // An invoice bears the day of its order, in UTC.
    { source: "placed_at", target: "issued_on", transform: Transform.time("iso", "day") },
    { source: "lines", target: "lines" },
    { source: "tax_included", target: "tax_included" }
  ],
  "refund → credit_note": [
    { source: "total", target: "kind", transform: Transform.constant("sales") },
    { source: "contact", target: "contact" },
    { source: "order", target: "invoice" },
    { source: "reason", target: "reason" },
    { source: "currency", target: "currency" },
    { source: "refunded_at", target: "issued_on", transform: Transform.time("iso", "day") },
    { source: "lines", target: "lines" },
    { source: "note", target: "note" }
  ]
}

/** An entity's mapping as one of another canonical type; null where none is known between the two. */
export const as = (mapping: CanonicalMapping, type: string): CanonicalMapping | null => {
  const rules = rulesByTypes[`${mapping.type} → ${type}`]
  return rules === undefined
    ? null
    : {
        type,
        rules: rules.flatMap((cross) =>
          mapping.rules.filter((own) => isSameField(own, cross)).map((own) => through(own, cross))
        )
      }
}

const isSameField = (own: Rule, cross: Rule): boolean =>
  own.direction !== "target_to_source" && pathsOf(own, "target").join("+") === pathsOf(cross, "source").join("+")

const through = (own: Rule, cross: Rule): Rule => {
  const transform = [...transformsOf(own).source, ...transformsOf(cross).source]
  return {
    source: own.source,
    target: cross.target,
    direction: "source_to_target",
    ...(transform.length > 0 && { transform }),
    ...(own.default !== undefined && { default: own.default }),
    ...(own.items !== undefined && { items: own.items })
  }
}
