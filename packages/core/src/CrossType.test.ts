import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import type { CanonicalMapping } from "./CanonicalMapping.ts"
import * as CrossType from "./CrossType.ts"
import * as FieldMapping from "./FieldMapping.ts"
import * as Transform from "./Transform.ts"

const order: CanonicalMapping = {
  type: "order",
  rules: [
    { source: "name", target: "number", direction: "source_to_target" },
    { source: "buyer", target: "contact" },
    { source: "created", target: "placed_at", transform: Transform.time("unix_seconds", "iso") },
    {
      source: "lines",
      target: "lines",
      items: [
        { source: "title", target: "description" },
        { source: "cents", target: "amount", transform: Transform.minorToDecimal("EUR") },
        { source: "note", target: "note" }
      ]
    },
    { source: "remark", target: "note" }
  ]
}
const invoice: CanonicalMapping = {
  type: "invoice",
  rules: [
    { source: "No", target: "number" },
    { source: "Kind", target: "kind", transform: Transform.oneOf({ OUT: "sales", IN: "purchase" }) },
    { source: "Contact", target: "contact" },
    { source: "Day", target: "issued_on" },
    {
      source: "Lines",
      target: "lines",
      items: [
        { source: "Text", target: "description" },
        { source: "Amount", target: "amount", transform: Transform.text },
        { source: "Price", target: "unit_price", direction: "source_to_target" }
      ]
    },
    { source: "Total", target: "total", direction: "source_to_target" }
  ]
}

it("an order becomes a sales invoice with its lines, on its day", () => {
  const shared = CrossType.as(order, "invoice")
  assert.isNotNull(shared)
  const mapping = Result.getOrThrow(FieldMapping.load(FieldMapping.join(shared, invoice), "bidirectional"))
  assert.deepStrictEqual(
    FieldMapping.forward(mapping, {
      name: "#1001",
      buyer: "c1",
      created: 1_795_000_000,
      lines: [{ title: "Surfboard", cents: 1999, note: "x" }],
      remark: "y"
    }),
    Result.succeed({
      No: "#1001",
      Kind: "OUT",
      Contact: "c1",
      Day: "2026-11-18",
      Lines: [{ Text: "Surfboard", Amount: 19.99 }]
    })
  )
  assert.deepStrictEqual(FieldMapping.backward(mapping, { No: "1", Lines: [] }), Result.succeed({}))
})

it("nothing is known between types that do not follow from each other", () =>
  assert.isNull(CrossType.as(order, "contact")))
