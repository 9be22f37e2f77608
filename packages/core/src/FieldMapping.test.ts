import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as FieldMapping from "./FieldMapping.ts"
import type { Fields } from "./Fields.ts"
import * as Fingerprint from "./Fingerprint.ts"
import * as Transform from "./Transform.ts"

const loaded = (
  rules: ReadonlyArray<FieldMapping.Rule>,
  direction: "source_to_target" | "bidirectional" = "source_to_target"
) => Result.getOrThrow(FieldMapping.load(rules, direction))

const forward = (rules: ReadonlyArray<FieldMapping.Rule>, record: Fields) =>
  Result.getOrThrow(FieldMapping.forward(loaded(rules), record))

describe("a record is carried over", () => {
  it("field by field, into and out of nested objects, leaving out what no rule names", () =>
    assert.deepStrictEqual(
      forward(
        [
          { source: "id", target: "external.id" },
          { source: "address.city", target: "city" },
          { source: "address.country", target: "external.place.country" },
          {
            source: "amount",
            target: "total",
            transform: Transform.minorToDecimal({ source: "currency", target: "currency" })
          },
          { source: "email", target: "email", transform: [Transform.trim, Transform.lower] },
          { source: "kind", target: "kind", transform: Transform.constant("customer") }
        ],
        {
          id: "cus_1",
          address: { city: "Zürich", country: "CH", line1: "x" },
          amount: 1999,
          currency: "chf",
          email: " Ada@X.org "
        }
      ),
      {
        external: { id: "cus_1", place: { country: "CH" } },
        city: "Zürich",
        total: "19.99",
        email: "ada@x.org",
        kind: "customer"
      }
    ))

  it("part by part, and parts as a whole", () =>
    assert.deepStrictEqual(
      forward(
        [
          { source: "name", target: ["first", "profile.last"], transform: [Transform.lower, Transform.split()] },
          { source: ["a", "b"], target: "ab", transform: Transform.join(", ") },
          { source: "absent", target: ["x", "y"], transform: Transform.split(), default: "X Y" }
        ],
        { name: "Ada King Lovelace", a: "1", b: null }
      ),
      { first: "ada", profile: { last: "king lovelace" }, ab: "1", x: "X", y: "Y" }
    ))

  const phone: FieldMapping.Rule = { source: "phone", target: "phone", default: "none", transform: Transform.trim }
  it.each<[string, Fields, Fields]>([
    ["a default fills what was never set", {}, { phone: "none" }],
    ["a default never undoes a clearing", { phone: null }, { phone: null }],
    ["empty text is a value", { phone: "" }, { phone: "" }],
    ["a value is a value", { phone: " 1 " }, { phone: "1" }]
  ])("%s: %j → %j", (_, record, expected) => assert.deepStrictEqual(forward([phone], record), expected))

  const city: FieldMapping.Rule = { source: "address.city", target: "place.city" }
  it.each<[string, Fields, Fields]>([
    ["absent above is absent", {}, {}],
    ["cleared above is cleared", { address: null }, { place: { city: null } }],
    ["something else above is absent", { address: "Zürich" }, {}],
    ["a list is not entered", { address: [{ city: "Zürich" }] }, {}]
  ])("%s: %j → %j", (_, record, expected) => assert.deepStrictEqual(forward([city], record), expected))

  it("names that every object inherits are fields only where the record has them", () => {
    const rule: FieldMapping.Rule = { source: "toString", target: "valueOf" }
    assert.deepStrictEqual(forward([rule], {}), {})
    assert.deepStrictEqual(forward([rule], { toString: 1 }), Object.fromEntries([["valueOf", 1]]))
  })
})

it("a record that cannot be carried over is refused with every field and its complaint", () => {
  const mapping = loaded([
    { source: "amount", target: "total", transform: Transform.minorToDecimal("EUR") },
    { source: "note", target: "note", transform: Transform.trim },
    { source: "name", target: "name" }
  ])
  const refused = Result.getOrThrow(
    Result.flip(FieldMapping.forward(mapping, { amount: 1.5, note: Array.from({ length: 99 }, () => 1), name: "Ada" }))
  )
  assert.deepStrictEqual(Object.keys(refused.fields), ["amount", "note"])
  assert.strictEqual(refused.fields["amount"], "must be a whole number of minor units, but is 1.5")
  assert.include(
    refused.message,
    'field "amount" must be a whole number of minor units, but is 1.5; field "note" must be text, but is [1,1,'
  )
  assert.isBelow(refused.message.length, 250)
})

describe("a field travels only", () => {
  const rules: ReadonlyArray<FieldMapping.Rule> = [
    { source: "a", target: "x" },
    { source: "b", target: "y", direction: "source_to_target", transform: Transform.constant(1) },
    { source: "c", target: "z", direction: "target_to_source" }
  ]
  it("as its rule says", () => {
    const mapping = loaded(rules, "bidirectional")
    assert.deepStrictEqual(FieldMapping.forward(mapping, { a: 1, c: 3 }), Result.succeed({ x: 1, y: 1 }))
    assert.deepStrictEqual(FieldMapping.backward(mapping, { x: 1, y: 2, z: 3 }), Result.succeed({ a: 1, c: 3 }))
  })
  it("as its job does", () => {
    const mapping = loaded(rules)
    assert.deepStrictEqual(FieldMapping.forward(mapping, { a: 1, c: 3 }), Result.succeed({ x: 1, y: 1 }))
    assert.deepStrictEqual(FieldMapping.backward(mapping, { x: 1, y: 2, z: 3 }), Result.succeed({}))
  })
})

/** A contact as a source has it: any field may be absent or cleared. */
const Contact = Schema.Struct({
  name: Schema.optionalKey(Schema.NullOr(Schema.String)),
  email: Schema.optionalKey(Schema.NullOr(Schema.String)),
  created: Schema.optionalKey(Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4e9 })))),
  balance: Schema.optionalKey(Schema.NullOr(Schema.Int)),
  address: Schema.optionalKey(Schema.Struct({ city: Schema.optionalKey(Schema.NullOr(Schema.String)) })),
  unmapped: Schema.optionalKey(Schema.Json)
})

const contactRules: ReadonlyArray<FieldMapping.Rule> = [
  { source: "name", target: "profile.full_name" },
  { source: "email", target: "email", transform: [Transform.trim, Transform.lower] },
  { source: "created", target: "created_at", transform: Transform.time("unix_seconds", "iso") },
  { source: "balance", target: "profile.balance", transform: Transform.minorToDecimal("JPY") },
  { source: "address.city", target: "city" }
]

describe("a mapping is a lens:", () => {
  const mapping = loaded(contactRules, "bidirectional")
  const there = (record: Fields) => Result.getOrThrow(FieldMapping.forward(mapping, record))
  const back = (record: Fields) => Result.getOrThrow(FieldMapping.backward(mapping, record))

  it.prop("what was put is what one gets", [Contact], ([contact]) => {
    const target = there(contact)
    assert.deepStrictEqual(there(back(target)), target)
  })

  it.prop("putting back what one got changes nothing that is in normal form", [Contact], ([contact]) => {
    const normal = back(there(contact))
    assert.strictEqual(Fingerprint.of(back(there(normal))), Fingerprint.of(normal))
  })

  it.prop(
    "unmapped fields are neither read nor written",
    { contact: Contact, unmapped: Schema.Json },
    ({ contact, unmapped }) => {
      assert.deepStrictEqual(there({ ...contact, unmapped }), there(contact))
      assert.notProperty(back(there({ ...contact, unmapped })), "unmapped")
    }
  )

  it.prop("absent stays absent and null stays null", [Contact], ([contact]) => {
    const target = there(contact)
    assert.strictEqual("email" in target, "email" in contact)
    assert.strictEqual(target["email"] === null, contact.email === null)
    assert.strictEqual(target["created_at"] === null, contact.created === null)
  })
})

it("a target must hold each field that is written at its top, of the kind that its rule writes", () => {
  const mapping = loaded([
    { source: "id", target: "id" },
    { source: "created", target: "created_at", transform: Transform.time("unix_seconds", "iso") },
    { source: "amount", target: "amount", transform: Transform.minorToDecimal("EUR") },
    { source: "address.city", target: "city" },
    { source: "name", target: "profile.name" },
    { source: "live", target: "kind", transform: Transform.constant("customer") },
    { source: "status", target: "rank", transform: Transform.oneOf({ a: 1, b: 2.5 }) },
    { source: "name", target: ["first", "last"], transform: Transform.split() },
    { source: "price", target: "cents", targetTransform: Transform.minorToDecimal("EUR") },
    { source: "other", target: "other" }
  ])
  const column = (name: string, kind: Transform.Kind, isNullable: boolean): FieldMapping.Column => ({
    name,
    kind,
    isNullable
  })
  assert.deepStrictEqual(
    FieldMapping.columns(mapping, [
      column("id", "text", false),
      column("created", "integer", false),
      column("amount", "integer", true),
      column("address.city", "text", true),
      column("status", "text", false)
    ]),
    [
      column("id", "text", false),
      column("created_at", "text", false),
      column("amount", "text", true),
      column("city", "text", true),
      column("profile", "json", true),
      column("kind", "text", false),
      column("rank", "number", false),
      column("first", "text", true),
      column("last", "text", true),
      column("cents", "integer", true),
      column("other", "json", true)
    ]
  )
})

it.prop("rules are stored as JSON and read as they were", [FieldMapping.Rule], ([rule]) =>
  assert.deepEqual(
    Schema.decodeUnknownSync(FieldMapping.Rule)(JSON.parse(JSON.stringify(rule))),
    JSON.parse(JSON.stringify(rule))
  )
)
