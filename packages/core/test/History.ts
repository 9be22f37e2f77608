/** Random histories of a record: what users, the engine and the providers do, in any order. */
import type * as Conflict from "../src/Conflict.ts"
import type { Fields } from "../src/Fields.ts"
import * as Merge from "../src/Merge.ts"
import type * as Planner from "../src/Planner.ts"
import type * as Side from "../src/Side.ts"
import { type Random, randomOf, World } from "./World.ts"

const both = { authority: null, direction: "bidirectional", merge: "value" } as const

const fields: ReadonlyArray<Planner.FieldPolicy> = [
  { ...both, name: "name" },
  { ...both, name: "phone" },
  { ...both, name: "tags", merge: "set" },
  { ...both, name: "lines", merge: { key: "sku" } },
  { ...both, name: "status", authority: "target" },
  { ...both, name: "stock", direction: "source_to_target" }
]

export const all = { create: true, update: true, delete: true }

export const policyOf = (
  strategy: Conflict.Strategy,
  direction: Planner.Policy["direction"] = "bidirectional"
): Planner.Policy => ({
  direction,
  strategy,
  mergeFallback: "last_write_wins",
  tie: "source",
  granularityMs: 1,
  fields: direction === "bidirectional" ? fields : fields.map((field) => ({ ...field, direction })),
  verbs: { source: all, target: all },
  deletes: "propagate"
})

export const nameOf = (strategy: Conflict.Strategy): string => (typeof strategy === "string" ? strategy : strategy.name)

/** The target writes names in capitals and keeps tags in order. */
export const loud = (side: Side.Side, record: Fields): Fields =>
  side === "source"
    ? record
    : {
        ...record,
        ...(typeof record["name"] === "string" && { name: record["name"].toUpperCase() }),
        ...(Array.isArray(record["tags"]) && {
          tags: [...record["tags"]].sort((one, other) => (String(one) < String(other) ? -1 : 1))
        })
      }

export const plain = (_side: Side.Side, record: Fields): Fields => record

const letters = ["a", "b", "c", "d"]

const letter = (random: Random): string | null => letters[random(4)] ?? null

const listOf = <A>(random: Random, of: (letter: string) => A): Array<A> =>
  letters.flatMap((each) => (random(2) === 0 ? [of(each)] : []))

const editOf = (random: Random): Fields => {
  switch (random(7)) {
    case 0:
      return { name: letter(random) }
    case 1:
      return { phone: random(3) === 0 ? null : letter(random) }
    case 2:
      return { tags: listOf(random, (each) => each) }
    case 3:
      return { lines: listOf(random, (sku) => ({ sku, count: random(3) })) }
    case 4:
      return { status: letter(random) }
    case 5:
      return { stock: random(4) }
    default:
      return { name: letter(random), phone: letter(random) }
  }
}

type Read = (world: World, side: Side.Side) => void

const step = (world: World, random: Random, read: Read): void => {
  const side = random(2) === 0 ? "source" : "target"
  switch (random(14)) {
    case 0:
    case 1:
    case 2:
      if (world.providers[side] !== null) world.edit(side, editOf(random))
      return
    case 3:
      if (random(3) === 0 && world.providers[side] !== null) world.remove(side)
      return
    case 4:
      // Undone at the provider: the record is back under its id.
      if (random(2) === 0 && world.providers[side] === null && world.link !== null && world.link.has[side])
        world.edit(side, { name: letter(random), phone: letter(random) })
      return
    case 5:
      if (random(4) === 0) world.resolve(random)
      return
    case 6:
    case 7:
    case 8:
      if (world.canRead(side) && (world.link !== null || world.providers[side] !== null)) read(world, side)
      return
    case 9:
    case 10:
      return world.send(side)
    case 11:
      return world.arrive(side, random(2) === 0)
    default:
      return world.settle(side)
  }
}

const begin = (world: World, random: Random): void => {
  const first: Fields = {
    name: "a",
    phone: "a",
    tags: ["a", "b"],
    lines: [{ sku: "a", count: 1 }],
    status: "a",
    stock: 1
  }
  switch (random(3)) {
    case 0:
      return world.edit("source", first)
    case 1:
      return world.edit("target", first)
    default: {
      // Matched by key, without a base.
      world.edit("source", first)
      world.edit("target", { ...first, ...editOf(random), ...editOf(random) })
      world.link = {
        status: "mapped",
        isDeleted: false,
        has: { source: true, target: true },
        images: { source: null, target: null },
        observedAtMs: { source: null, target: null }
      }
    }
  }
}

export const unequalAtRest = (world: World): ReadonlyArray<string> => {
  const { source, target } = world.providers
  if (source === null || target === null) return source === target ? [] : ["one side has the record"]
  const there = world.normalise("target", source)
  return world.policy.fields
    .filter(({ direction }) => direction === "bidirectional")
    .filter(({ merge, name }) => !Merge.isSame(merge, there[name] ?? null, target[name] ?? null))
    .map(({ name }) => name)
}

export const played = (
  policy: Planner.Policy,
  normalise: World["normalise"],
  seed: number,
  steps: number,
  read: Read = (world, side) => void world.read(side)
): World => {
  const random = randomOf(seed)
  const world = new World(policy, normalise)
  try {
    begin(world, random)
    for (let index = 0; index < steps; index++) step(world, random, read)
    world.quiesce(random)
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}\n${world.log.join("\n")}`, { cause: error })
  }
  return world
}

const custom: Conflict.CustomStrategy = {
  _tag: "Custom",
  name: "longest",
  resolve: ({ contested }) =>
    Object.hasOwn(contested, "")
      ? { _tag: "Winner", side: contested[""]?.source === null ? "target" : "source" }
      : {
          _tag: "Values",
          fields: Object.fromEntries(
            Object.entries(contested).map(([name, { source, target }]) => [
              name,
              JSON.stringify(source) >= JSON.stringify(target) ? source : target
            ])
          )
        }
}

export const strategies: ReadonlyArray<Conflict.Strategy> = [
  "source_wins",
  "target_wins",
  "last_write_wins",
  "merge",
  "manual",
  custom
]
