/** One rule of a field mapping, as it is declared and stored. */
import { Schema } from "effect"
import { Side } from "./Side.ts"
import { Direction } from "./SyncJob.ts"
import * as Transform from "./Transform.ts"

const Paths = Schema.Union([Schema.String, Schema.NonEmptyArray(Schema.String)])

const Transforms = Schema.Union([Transform.Transform, Schema.Array(Transform.Transform)])

/**
 * How `merge` treats a field that both sides changed: as one value, as a set, or as a list whose items are told apart by the field
 * `key`.
 */
export const Merge = Schema.Union([Schema.Literals(["value", "set"]), Schema.Struct({ key: Schema.String })])
export type Merge = typeof Merge.Type

/**
 * What a field of a list's items is at each side; paths begin at the item. It travels with its list, so its `direction` may be wider
 * than the list's, never narrower. An item without the field has its `default`.
 */
export const ItemRule = Schema.Struct({
  source: Paths,
  target: Paths,
  /** What the field is called in the shared form of an item; the target's path if not given. */
  name: Schema.optionalKey(Schema.String),
  transform: Schema.optionalKey(Transforms),
  targetTransform: Schema.optionalKey(Transforms),
  default: Schema.optionalKey(Schema.Json),
  direction: Schema.optionalKey(Direction)
})
export type ItemRule = typeof ItemRule.Type

/**
 * Fields are dotted paths. A rule is one shared field; several paths on a side are its parts, put together by `Join` and taken
 * apart by `Split`.
 */
export const Rule = Schema.Struct({
  source: Paths,
  target: Paths,
  /** What the field is called where both sides are compared; the target's path if not given. */
  name: Schema.optionalKey(Schema.String),
  /** From the source's form to the shared one, which is the target's own if there is no `targetTransform`. */
  transform: Schema.optionalKey(Transforms),
  /** From the target's form to the shared one. */
  targetTransform: Schema.optionalKey(Transforms),
  /** What the target's field becomes where the source has none, in the shared form. It never undoes a clearing. */
  default: Schema.optionalKey(Schema.Json),
  /** The ways in which this field travels; those of the job if not given. */
  direction: Schema.optionalKey(Direction),
  /** This side's value always wins. */
  authority: Schema.optionalKey(Side),
  /** Bring what a provider made of a written value back to the side it came from. */
  writeBack: Schema.optionalKey(Schema.Boolean),
  merge: Schema.optionalKey(Merge),
  /**
   * The field is a list, or an object that stands for a list of one, and these map each item: order lines that become invoice lines.
   * The list travels as one value. An item that is written again keeps what no rule names: one that says the same as before, else the one at its place.
   */
  items: Schema.optionalKey(Schema.Array(ItemRule))
})
export type Rule = typeof Rule.Type

/** The paths of a side. */
export const pathsOf = (rule: Rule, side: Side): ReadonlyArray<string> => {
  const paths = rule[side]
  return typeof paths === "string" ? [paths] : paths
}

const listOf = (transforms: Rule["transform"]): ReadonlyArray<Transform.Transform> =>
  transforms === undefined ? [] : "_tag" in transforms ? [transforms] : transforms

/**
 * What brings each side's value into the shared form. A `Split` that ends at several fields of the target is the same as a `Join`
 * that begins there, so the shared form of parts is always the whole.
 */
export const transformsOf = (rule: Rule): Readonly<Record<Side, ReadonlyArray<Transform.Transform>>> => {
  const source = listOf(rule.transform)
  const target = listOf(rule.targetTransform)
  const last = source.at(-1)
  if (last?._tag !== "Split" || typeof rule.target === "string" || target.length > 0) return { source, target }
  return { source: source.slice(0, -1), target: [{ ...last, _tag: "Join" }] }
}

export const nameOf = (rule: Rule): string => `rule ${shownPaths(rule.source)} → ${shownPaths(rule.target)}`

const shownPaths = (paths: Rule["source"]): string =>
  (typeof paths === "string" ? [paths] : paths).map((path) => `"${path}"`).join(" + ")

/** Which ways a rule's field travels in a job that carries records in `direction`; null: in none. */
export const directionOf = (rule: Rule, direction: Direction): Direction | null => {
  const own = rule.direction ?? direction
  if (own === "bidirectional" || own === direction) return direction
  return direction === "bidirectional" ? own : null
}
