import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as DependencyGraph from "./DependencyGraph.ts"

const requires = (entity: string, on: string): DependencyGraph.Dependency => ({ entity, on, isOptional: false })
const mayHave = (entity: string, on: string): DependencyGraph.Dependency => ({ entity, on, isOptional: true })

describe("entities come", () => {
  it.each<[string, string, ReadonlyArray<DependencyGraph.Dependency>, string]>([
    ["as they were given where nothing depends", "c b a", [], "c b a"],
    ["after what they require", "order contact", [requires("order", "contact")], "contact order"],
    [
      "in the order of a shop",
      "fulfillment invoice order inventory_level product contact",
      [
        requires("inventory_level", "product"),
        requires("order", "contact"),
        requires("order", "product"),
        requires("invoice", "contact"),
        mayHave("invoice", "order"),
        requires("fulfillment", "order")
      ],
      "product inventory_level contact order fulfillment invoice"
    ],
    ["after what they may have", "invoice order", [mayHave("invoice", "order")], "order invoice"],
    [
      "after an optional circle that they may have something of",
      "x a b",
      [mayHave("x", "a"), mayHave("a", "b"), mayHave("b", "a")],
      "a x b"
    ],
    [
      "after a circle that they require something of",
      "x a b",
      [requires("x", "a"), mayHave("a", "b"), requires("b", "a")],
      "a x b"
    ],
    ["in spite of an optional circle", "a b", [mayHave("a", "b"), requires("b", "a")], "a b"],
    ["in spite of a circle that is all optional", "a b", [mayHave("a", "b"), mayHave("b", "a")], "a b"],
    ["in spite of a reference to themselves", "account", [requires("account", "account")], "account"],
    ["without what is not synced", "order", [requires("order", "contact")], "order"]
  ])("%s", (_, entities, dependencies, expected) =>
    assert.deepStrictEqual(
      Result.getOrThrow(DependencyGraph.order(entities.split(" "), dependencies)).join(" "),
      expected
    )
  )
})

describe("a circle is refused with its path", () => {
  it.each<[string, ReadonlyArray<DependencyGraph.Dependency>, string]>([
    ["order invoice", [requires("order", "invoice"), requires("invoice", "order")], "order → invoice → order"],
    [
      "x order invoice",
      [requires("order", "invoice"), requires("invoice", "order"), mayHave("x", "order")],
      "order → invoice → order"
    ],
    ["a b c d", [requires("a", "b"), requires("b", "c"), requires("c", "d"), requires("d", "b")], "b → c → d → b"]
  ])("among %s", (entities, dependencies, path) => {
    const refused = Result.getOrThrow(Result.flip(DependencyGraph.order(entities.split(" "), dependencies)))
    assert.strictEqual(refused.path.join(" → "), path)
    assert.include(refused.message, `depends on itself: ${path};`)
  })
})

const Entity = Schema.Literals(["a", "b", "c", "d", "e", "f"])
const Dependencies = Schema.Array(Schema.Struct({ entity: Entity, on: Entity, isOptional: Schema.Boolean }))

it.prop(
  "either every entity comes once and after all it requires, or the path is a circle of required references",
  [Dependencies],
  ([dependencies]) => {
    const isRequired = (entity: string, on: string) =>
      dependencies.some((each) => each.entity === entity && each.on === on && !each.isOptional)
    Result.match(DependencyGraph.order(Entity.literals, dependencies), {
      onSuccess: (order) => {
        assert.deepStrictEqual(order.toSorted(), [...Entity.literals])
        for (const { entity, on, isOptional } of dependencies) {
          if (!isOptional && entity !== on)
            assert.isBelow(order.indexOf(on), order.indexOf(entity), `${on} before ${entity}`)
        }
      },
      onFailure: ({ path }) => {
        assert.isAtLeast(path.length, 3)
        assert.strictEqual(path.at(0), path.at(-1))
        for (const [index, entity] of path.slice(0, -1).entries())
          assert.isTrue(isRequired(entity, path[index + 1] ?? ""))
      }
    })
  }
)

it.prop("the order in which references are declared makes no difference", [Dependencies], ([dependencies]) =>
  assert.deepStrictEqual(
    Result.getOrNull(DependencyGraph.order(Entity.literals, dependencies.toReversed())),
    Result.getOrNull(DependencyGraph.order(Entity.literals, dependencies))
  )
)

const optionalOf = (dependencies: ReadonlyArray<DependencyGraph.Dependency>) =>
  dependencies.map((each) => ({ ...each, isOptional: true }))

it.prop(
  "written in two phases are only references to oneself and optional ones in a circle",
  [Dependencies],
  ([dependencies]) => {
    const order = DependencyGraph.order(Entity.literals, dependencies)
    if (Result.isFailure(order)) return
    const leadsTo = (start: string, end: string): boolean => {
      const met = new Set([start])
      for (const each of met) for (const { entity, on } of dependencies) if (entity === each) met.add(on)
      return met.has(end)
    }
    for (const { entity, on, isOptional } of DependencyGraph.deferred(order.success, dependencies)) {
      assert.isTrue(entity === on || isOptional)
      assert.isTrue(leadsTo(on, entity), `${entity} → ${on} is in no circle`)
    }
  }
)

it.prop("what is all optional is never refused", [Dependencies], ([dependencies]) =>
  assert.isTrue(Result.isSuccess(DependencyGraph.order(Entity.literals, optionalOf(dependencies))))
)

it("an entity's references to itself, and the optional end of a circle, are written in two phases", () =>
  assert.deepStrictEqual(
    DependencyGraph.deferred(
      ["account", "invoice", "order"],
      [
        requires("account", "account"),
        mayHave("invoice", "order"),
        requires("order", "invoice"),
        mayHave("order", "gone")
      ]
    ),
    [requires("account", "account"), mayHave("invoice", "order")]
  ))

describe("dependencies are configured", () => {
  const entities = ["order", "contact", "product"]
  const edges = [requires("order", "contact"), mayHave("order", "product")]
  it("by the integration, then by the tenant", () =>
    assert.deepStrictEqual(
      DependencyGraph.configured(entities, edges, [
        { remove: [{ entity: "order", on: "contact" }], add: [{ entity: "order", on: "product" }] },
        { add: [{ entity: "contact", on: "product", isOptional: true }] }
      ]),
      Result.succeed([requires("order", "product"), mayHave("contact", "product")])
    ))

  it("but only with what is there", () =>
    assert.deepStrictEqual(
      DependencyGraph.configured(entities, edges, [
        { add: [{ entity: "ordre", on: "contact" }], remove: [{ entity: "product", on: "order" }] }
      ]),
      Result.fail([
        'dependency ordre → contact names "ordre", which is not synced; known are "order", "contact", "product"',
        "dependency product → order cannot be removed, because there is none; leave it out"
      ])
    ))
})
