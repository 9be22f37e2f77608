import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as FieldMapping from "./FieldMapping.ts"
import { EntityType } from "./Ids.ts"
import * as Transform from "./Transform.ts"

describe("a mapping is refused for", () => {
  it.each<[string, ReadonlyArray<FieldMapping.Rule>, string]>([
    [
      "a one-way transform of a field that travels both ways",
      [{ source: "kind", target: "type", transform: [Transform.trim, Transform.constant("x")] }],
      'rule "kind" → "type" travels to the source, but Constant is one-way; give the rule direction "source_to_target" or another transform'
    ],
    [
      "two rules that write one field of the target",
      [
        { source: "a", target: "x", direction: "source_to_target" },
        { source: "b", target: "x", direction: "source_to_target" }
      ],
      'the target\'s "x" is written by two rules, one of which reads "b"; keep one, or give them opposite directions'
    ],
    [
      "two rules that write one field of the source",
      [
        { source: "a", target: "x" },
        { source: "a", target: "y" }
      ],
      'the source\'s "a" is written by two rules, one of which reads "y"; keep one, or give them opposite directions'
    ],
    [
      "a rule that writes into what another writes",
      [
        { source: "a", target: "x.y" },
        { source: "b", target: "x" }
      ],
      'the target\'s "x" is written by two rules, one of which reads "b"; keep one, or give them opposite directions'
    ],
    [
      "a way to the prototype",
      [{ source: "a", target: "x.__proto__.y" }],
      '"x.__proto__.y" is refused, because "__proto__" is no field of a record'
    ],
    [
      "a way to the constructor",
      [{ source: "constructor", target: "x" }],
      '"constructor" is refused, because "constructor" is no field of a record'
    ],
    [
      "a way to a prototype",
      [{ source: "a.prototype", target: "x" }],
      '"a.prototype" is refused, because "prototype" is no field of a record'
    ],
    [
      "a way to the prototype among parts",
      [{ source: "a", target: ["x", "__proto__"], transform: Transform.split() }],
      '"__proto__" is refused, because "__proto__" is no field of a record'
    ],
    [
      "a currency at the prototype",
      [
        {
          source: "a",
          target: "x",
          transform: Transform.minorToDecimal({ source: "__proto__.c", target: "currency" })
        }
      ],
      '"__proto__.c" is refused, because "__proto__" is no field of a record'
    ],
    [
      "several fields of the target that nothing fills",
      [{ source: "a", target: ["x", "y"], transform: Transform.trim }],
      'rule "a" → "x" + "y" has several fields at the target, but its transform does not end with Split; say how a value is taken apart, such as { _tag: "Split", separator: " " }'
    ],
    [
      "several fields of the source that nothing joins",
      [{ source: ["a", "b"], target: "x" }],
      'rule "a" + "b" → "x" has several fields at the source, but its transform does not begin with Join; say how they make one value, such as { _tag: "Join", separator: " " }'
    ],
    [
      "a part that another rule writes",
      [
        { source: "a", target: ["x", "y"], transform: Transform.split() },
        { source: "b", target: "y" }
      ],
      'the target\'s "y" is written by two rules, one of which reads "b"; keep one, or give them opposite directions'
    ],
    [
      "a one-way transform on the way to the target",
      [{ source: "a", target: "x", targetTransform: Transform.constant(1) }],
      'rule "a" → "x" travels to the target, but Constant is one-way; give the rule direction "target_to_source" or another transform'
    ],
    [
      "a default that the target cannot hold",
      [{ source: "a", target: "x", targetTransform: Transform.minorToDecimal("EUR"), default: "free" }],
      'rule "a" → "x" has a default that must be a decimal number such as "19.99"'
    ],
    ["an empty name", [{ source: "a..b", target: "x" }], '"a..b" is not a field\'s path; write it as "address.city"'],
    [
      "an unknown custom transform",
      [{ source: "a", target: "x", transform: Transform.custom("f") }],
      'rule "a" → "x" names the custom transform "f", which the integration does not bring'
    ]
  ])("%s", (_, rules, line) => {
    const { message } = Result.getOrThrow(Result.flip(FieldMapping.load(rules, "bidirectional")))
    assert.strictEqual(message, `the mapping cannot be used:\n  ${line}`)
  })

  const customs: Transform.Customs = {
    both: { forward: Result.succeed, backward: Result.succeed },
    there: { forward: Result.succeed, backward: null }
  }
  const references = { source: [{ path: "owner", entity: "user", isOptional: false }], target: [] }
  it.each<[string, FieldMapping.Rule, FieldMapping.Options, string]>([
    [
      "a custom transform without an inverse, and no other",
      { source: "a", target: "x", transform: [Transform.custom("both"), Transform.custom("there")] },
      { customs },
      'rule "a" → "x" travels to the source, but the custom transform "there" is one-way; give the rule direction "source_to_target" or another transform'
    ],
    [
      "a field that the source does not have",
      { source: "emial.x", target: "email" },
      { known: { source: ["email", "name"], target: null } },
      'rule "emial.x" → "email" names "emial", which the source does not have; it has "email", "name"'
    ],
    [
      "a field that the target does not have",
      { source: "a", target: "z" },
      { known: { source: null, target: Array.from({ length: 14 }, (_, index) => `c${index}`) } },
      'rule "a" → "z" names "z", which the target does not have; it has "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11" and 2 more'
    ],
    [
      "a reference that is transformed",
      { source: "owner", target: "x", transform: Transform.trim },
      { references, pairOf: (_, entity) => EntityType.make(entity) },
      'rule "owner" → "x" transforms a reference, whose ids are translated; leave the transform out'
    ],
    [
      "a field that refers to two pairs",
      { source: "owner", target: "x" },
      {
        references: { ...references, target: [{ path: "x", entity: "team", isOptional: false }] },
        pairOf: (_, entity) => EntityType.make(entity)
      },
      'rule "owner" → "x" refers to "user" at the source, but to "team" at the target; map fields that refer to one pair'
    ]
  ])("%s", (_, rule, options, line) => {
    const { message } = Result.getOrThrow(Result.flip(FieldMapping.load([rule], "bidirectional", options)))
    assert.strictEqual(message, `the mapping cannot be used:\n  ${line}`)
  })

  it("all of its mistakes at once", () => {
    const { message } = Result.getOrThrow(
      Result.flip(
        FieldMapping.load(
          [
            { source: "", target: "x" },
            { source: "a", target: "y", transform: Transform.constant(1) },
            { source: "b", target: "z" },
            { source: "c", target: "z" }
          ],
          "bidirectional"
        )
      )
    )
    assert.lengthOf(message.split("\n"), 4)
  })
})
