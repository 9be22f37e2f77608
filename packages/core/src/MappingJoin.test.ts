import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as CanonicalMapping from "./CanonicalMapping.ts"
import * as FieldMapping from "./FieldMapping.ts"
import type { Fields } from "./Fields.ts"
import type { Side } from "./Side.ts"
import * as Transform from "./Transform.ts"

const unlinked: FieldMapping.References = { keyOf: () => null, idAt: () => null }

/** Knows whole names, and addresses in an object. */
const whole = CanonicalMapping.of<Fields>()("contact", [
  { source: "name", target: "full_name" },
  { source: "email", target: "email", transform: [Transform.trim, Transform.lower] },
  { source: "address.town", target: "address.city" },
  { source: "labels", target: "tags", transform: Transform.split(",") },
  { source: "comment", target: "note", direction: "source_to_target" }
])
/** Knows names in parts. */
const inParts = CanonicalMapping.of<Fields>()("contact", [
  { source: ["firstname", "lastname"], target: "full_name", transform: Transform.join() },
  { source: "firstname", target: "first_name" },
  { source: "lastname", target: "last_name" },
  { source: "mail", target: "email", authority: "source" },
  { source: "city", target: "address.city" },
  { source: "tags", target: "tags" },
  { source: "remark", target: "note", direction: "source_to_target" }
])
/** Knows both, the whole one being its own. */
const both = CanonicalMapping.of<Fields>()("contact", [
  { source: "Name", target: "full_name" },
  { source: "FirstName", target: "first_name" },
  { source: "LastName", target: "last_name" }
])

const shown = (rules: ReadonlyArray<FieldMapping.Rule>) =>
  rules.map(
    ({ source, target, name, direction }) => `${String(source)} ${direction ?? "-"} ${String(target)}: ${name ?? "-"}`
  )

const loaded = (rules: ReadonlyArray<FieldMapping.Rule>) => Result.getOrThrow(FieldMapping.load(rules, "bidirectional"))
const lift = (mapping: FieldMapping.Mapping, side: Side, record: Fields) =>
  Result.getOrThrow(FieldMapping.lift(mapping, side, record, unlinked))
const lower = (mapping: FieldMapping.Mapping, side: Side, changes: Fields) =>
  Result.getOrThrow(FieldMapping.lower(mapping, side, changes, null, unlinked))

describe("two entities are joined", () => {
  it("through every canonical field that both know, a name in parts through the whole", () =>
    assert.deepStrictEqual(shown(FieldMapping.join(whole, inParts)), [
      "email bidirectional mail: email",
      "address.town bidirectional city: address.city",
      "labels bidirectional tags: tags",
      "name bidirectional firstname,lastname: full_name"
    ]))

  it("part by part where both have parts, and the whole only where it writes nothing twice", () => {
    assert.deepStrictEqual(shown(FieldMapping.join(inParts, both)), [
      "firstname bidirectional FirstName: first_name",
      "lastname bidirectional LastName: last_name",
      "firstname,lastname source_to_target Name: full_name"
    ])
    assert.deepStrictEqual(shown(FieldMapping.join(inParts, inParts)).slice(0, 2), [
      "firstname bidirectional firstname: first_name",
      "lastname bidirectional lastname: last_name"
    ])
    assert.lengthOf(FieldMapping.join(inParts, inParts), 5)
  })

  it("so that both sides' values are the canonical one", () => {
    const mapping = loaded(FieldMapping.join(whole, inParts))
    const canonical = { email: "a@x.org", "address.city": "Zürich", tags: ["a", "b"], full_name: "Ada Lovelace" }
    const source = { name: "Ada Lovelace", email: "a@x.org", address: { town: "Zürich" }, labels: "a,b" }
    const target = { firstname: "Ada", lastname: "Lovelace", mail: "a@x.org", city: "Zürich", tags: ["a", "b"] }
    assert.deepStrictEqual(lift(mapping, "source", source), canonical)
    assert.deepStrictEqual(lift(mapping, "target", { ...target, mail: " A@X.org" }), canonical)
    assert.deepStrictEqual(lower(mapping, "target", canonical), target)
    assert.deepStrictEqual(lower(mapping, "source", canonical), source)
    assert.deepStrictEqual(Result.getOrThrow(FieldMapping.forward(mapping, source)), target)
    assert.deepStrictEqual(Result.getOrThrow(FieldMapping.backward(mapping, target)), source)
  })

  it("with the authority of the side that claims it, and sets as sets", () => {
    const { fields } = loaded(FieldMapping.join(whole, inParts))
    assert.deepStrictEqual(
      fields.map(({ name, authority, merge }) => [name, authority, merge]),
      [
        ["email", "target", "value"],
        ["address.city", null, "value"],
        ["tags", null, "set"],
        ["full_name", null, "value"]
      ]
    )
  })

  it("with each side's own currency", () => {
    const minor = CanonicalMapping.of<Fields>()("product", [
      {
        source: "unit_amount",
        target: "price.amount",
        transform: Transform.minorToDecimal({ source: "currency", target: "price.currency" })
      },
      { source: "currency", target: "price.currency", transform: Transform.upper }
    ])
    const cents = CanonicalMapping.of<Fields>()("product", [
      {
        source: "cents",
        target: "price.amount",
        transform: Transform.minorToDecimal({ source: "money.code", target: "price.currency" })
      },
      { source: "money.code", target: "price.currency" }
    ])
    const mapping = loaded(FieldMapping.join(minor, cents))
    const canonical = { "price.amount": "1.999", "price.currency": "KWD" }
    assert.deepStrictEqual(lift(mapping, "source", { unit_amount: 1999, currency: "kwd" }), canonical)
    assert.deepStrictEqual(lift(mapping, "target", { cents: 1999, money: { code: "KWD" } }), canonical)
    assert.deepStrictEqual(lower(mapping, "target", canonical), { cents: 1999, money: { code: "KWD" } })
    assert.deepStrictEqual(lower(mapping, "source", canonical), { unit_amount: 1999, currency: "KWD" })
  })
})

describe("an integration's own rule", () => {
  it.each<[string, FieldMapping.Rule, ReadonlyArray<string>]>([
    [
      "replaces what touches its source",
      { source: "email", target: "other" },
      ["address.town → city", "labels → tags", "name → firstname,lastname", "email → other"]
    ],
    [
      "replaces what touches its target, parts included",
      { source: "nick", target: "firstname" },
      ["email → mail", "address.town → city", "labels → tags", "nick → firstname"]
    ],
    [
      "replaces what lies within what it maps",
      { source: "address", target: "where" },
      ["email → mail", "labels → tags", "name → firstname,lastname", "address → where"]
    ],
    [
      "adds what nobody maps",
      { source: "a", target: "b" },
      ["email → mail", "address.town → city", "labels → tags", "name → firstname,lastname", "a → b"]
    ]
  ])("%s", (_, own, expected) =>
    assert.deepStrictEqual(
      FieldMapping.join(whole, inParts, [own]).map(({ source, target }) => `${String(source)} → ${String(target)}`),
      expected
    )
  )
})
