import { assert, describe, it } from "@effect/vitest"
import type { Fields } from "../src/Fields.ts"
import * as Merge from "../src/Merge.ts"
import * as Planner from "../src/Planner.ts"
import * as Side from "../src/Side.ts"
import { all, loud, nameOf, plain, played, policyOf, strategies, unequalAtRest } from "./History.ts"
import { randomOf, type World } from "./World.ts"

const histories = 150
const steps = 60

const isQuietForEver = (world: World, seed: number): void => {
  const writes = world.writes
  world.quiesce(randomOf(seed))
  assert.strictEqual(world.writes, writes, `seed ${seed} writes after it was quiet\n${world.log.join("\n")}`)
}

describe.each(strategies.map((strategy) => [nameOf(strategy), strategy] as const))(
  "%s: whatever happens in whatever order",
  (_name, strategy) => {
    it.each([
      ["sides that keep what they are given", plain],
      ["a side that normalises", loud]
    ] as const)("%s end equal, with nothing left to write", (_what, normalise) => {
      for (let seed = 1; seed <= histories; seed++) {
        const world = played(policyOf(strategy), normalise, seed, steps)
        assert.deepStrictEqual(unequalAtRest(world), [], `seed ${seed}\n${world.log.join("\n")}`)
        isQuietForEver(world, seed)
      }
    })

    it.each<[string, Partial<Planner.Policy>]>([
      ["one way", policyOf(strategy, "source_to_target")],
      ["one way back", policyOf(strategy, "target_to_source")],
      ["when deletions are ignored", { deletes: "ignore" }],
      ["when the target cannot create", { verbs: { source: all, target: { ...all, create: false } } }],
      ["when the target cannot update", { verbs: { source: all, target: { ...all, update: false } } }],
      ["when the target cannot delete", { verbs: { source: all, target: { ...all, delete: false } } }],
      [
        "when the source can do nothing",
        { verbs: { source: { create: false, update: false, delete: false }, target: all } }
      ],
      ["when a person decides ties and what cannot be merged", { tie: "manual", mergeFallback: "manual" }]
    ])("%s it becomes quiet", (_what, policy) => {
      for (let seed = 1; seed <= histories / 2; seed++)
        isQuietForEver(played({ ...policyOf(strategy), ...policy }, loud, seed, steps), seed)
    })
  }
)

it.each([
  ["source_to_target", "source_wins"],
  ["target_to_source", "target_wins"]
] as const)("a one-way pair, %s, whose origin wins has no drift at rest", (direction, strategy) => {
  for (let seed = 1; seed <= histories; seed++) {
    const policy = policyOf(strategy, direction)
    const world = played(policy, plain, seed, steps)
    const origin = direction === "source_to_target" ? "source" : "target"
    const [from, to] = [world.providers[origin], world.providers[Side.other(origin)]]
    // Records that were matched are compared when both are read, which here may be after the first write.
    const isMatched = world.decided[0]?.situation.link !== null
    if (from === null || to === null || isMatched) continue
    for (const { authority, merge, name } of policy.fields)
      if (from[name] !== undefined && authority !== Side.other(origin))
        assert.isTrue(
          Merge.isSame(merge, to[name] ?? null, from[name]),
          `seed ${seed}, ${name}\n${world.log.join("\n")}`
        )
  }
})

/** Each value, and each item of a list. */
const atomsOf = (records: ReadonlyArray<Fields>): ReadonlySet<string> =>
  new Set(
    records.flatMap((record) =>
      Object.entries(record).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map((atom: unknown) => `${name} ${JSON.stringify(atom)}`)
      )
    )
  )

it.each(strategies.map((strategy) => [nameOf(strategy), strategy] as const))(
  "%s never invents a value: what is written was at one of the sides",
  (_name, strategy) => {
    for (let seed = 1; seed <= histories; seed++) {
      const { decided, shown } = played(policyOf(strategy), loud, seed, steps)
      const atoms = atomsOf(shown)
      for (const { plan } of decided) {
        if (plan._tag !== "Write") continue
        for (const draft of [plan.writes.source, plan.writes.target])
          for (const [name, { value }] of Object.entries(draft?.changes ?? {}))
            if (value !== null) for (const atom of atomsOf([{ [name]: value }])) assert.isTrue(atoms.has(atom), atom)
      }
    }
  }
)

it.each(strategies.map((strategy) => [nameOf(strategy), strategy] as const))(
  "%s is stable: what was planned, read again, plans nothing",
  (_name, strategy) => {
    for (let seed = 1; seed <= histories; seed++) {
      played(policyOf(strategy), loud, seed, steps, (world, side) => {
        const first = world.read(side)._tag
        const again = world.canRead(side) && world.link !== null ? world.read(side)._tag : "Skip"
        if (first !== "Wait" && again !== "Skip") throw new Error(`${first}, then ${again}`)
      })
    }
  }
)

const mirrored = { source: "target", target: "source" } as const

const mirrorOf = <A>(sides: { readonly source: A; readonly target: A }) => ({
  source: sides.target,
  target: sides.source
})

const mirrorStrategy = { source_wins: "target_wins", target_wins: "source_wins" } as const

const mirrorDirection = {
  source_to_target: "target_to_source",
  target_to_source: "source_to_target",
  bidirectional: "bidirectional"
} as const

const mirrorPolicy = (policy: Planner.Policy): Planner.Policy => ({
  ...policy,
  direction: mirrorDirection[policy.direction],
  strategy:
    policy.strategy === "source_wins" || policy.strategy === "target_wins"
      ? mirrorStrategy[policy.strategy]
      : policy.strategy,
  fields: policy.fields.map((field) => ({
    ...field,
    direction: mirrorDirection[field.direction],
    authority: field.authority === null ? null : mirrored[field.authority]
  })),
  verbs: mirrorOf(policy.verbs)
})

const mirrorConflict = ({ contested, withheld }: Extract<Planner.Plan, { readonly _tag: "Park" }>["conflict"]) => ({
  contested: Object.fromEntries(
    Object.entries(contested).map(([name, { at, base, source, target }]) => [
      name,
      { at: mirrorOf(at), base: mirrorOf(base), source: target, target: source }
    ])
  ),
  withheld: mirrorOf(withheld)
})

const mirrorSituation = (situation: Planner.Situation): Planner.Situation => ({
  ...situation,
  side: mirrored[situation.side],
  link:
    situation.link === null
      ? null
      : {
          ...situation.link,
          has: mirrorOf(situation.link.has),
          images: mirrorOf(situation.link.images),
          observedAtMs: mirrorOf(situation.link.observedAtMs)
        },
  lanes: mirrorOf(situation.lanes),
  conflict: situation.conflict === null ? null : mirrorConflict(situation.conflict),
  policy: mirrorPolicy(situation.policy)
})

const mirrorPlan = (plan: Planner.Plan): Planner.Plan => {
  switch (plan._tag) {
    case "Write":
      return {
        ...plan,
        writes: mirrorOf(plan.writes),
        settled: plan.settled.map((each) => ({
          ...each,
          base: mirrorOf(each.base),
          source: each.target,
          target: each.source,
          strategy:
            each.strategy === "source_wins" || each.strategy === "target_wins"
              ? mirrorStrategy[each.strategy]
              : each.strategy,
          winner: each.winner === "merged" ? each.winner : mirrored[each.winner]
        }))
      }
    case "Park":
      return { ...plan, conflict: mirrorConflict(plan.conflict) }
    case "Wait":
      return plan.on._tag === "Unsettled" ? { ...plan, on: { ...plan.on, side: mirrored[plan.on.side] } } : plan
    default:
      return plan
  }
}

/** A merged list's order is the source's. */
const withoutOrder = (json: unknown): unknown => {
  if (Array.isArray(json))
    return json
      .map(withoutOrder)
      .map((each) => JSON.stringify(each))
      .sort((one, other) => (one < other ? -1 : 1))
  if (typeof json !== "object" || json === null) return json
  return Object.fromEntries(
    Object.entries(json)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, withoutOrder(value)])
  )
}

it.each(strategies.map((strategy) => [nameOf(strategy), strategy] as const))(
  "%s is symmetric: the mirrored situation has the mirrored plan",
  (_name, strategy) => {
    // Where sides differ in items that neither changed, a merge takes the source's: that too has no mirror.
    const isMerge = strategy === "merge"
    const directions = isMerge
      ? (["bidirectional"] as const)
      : (["bidirectional", "source_to_target", "target_to_source"] as const)
    for (const direction of directions)
      for (let seed = 1; seed <= histories / 3; seed++) {
        // A tie goes to the source, which has no mirror.
        const policy: Planner.Policy = { ...policyOf(strategy, direction), tie: "manual" }
        for (const { plan, situation } of played(policy, isMerge ? plain : loud, seed, steps).decided)
          assert.deepStrictEqual(
            withoutOrder(Planner.plan(mirrorSituation(situation))),
            withoutOrder(mirrorPlan(plan)),
            JSON.stringify(situation)
          )
      }
  }
)
