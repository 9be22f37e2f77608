/** Two entities of one canonical type, joined field by field through it. */
import type { CanonicalMapping } from "./CanonicalMapping.ts"
import { overlap } from "./FieldPath.ts"
import { type ItemRule, type Merge, pathsOf, type Rule, transformsOf } from "./MappingRule.ts"
import type { Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"
import type * as Transform from "./Transform.ts"

/**
 * The rules from a source's entity to a target's: one for each canonical field that both know, named like it, those of whole values
 * before those of parts. A rule that would write a field a second time travels the other way only, or not at all. `overrides` are
 * the integration's own; each replaces the rules that touch its source's or its target's fields.
 */
export const join = (
  source: CanonicalMapping,
  target: CanonicalMapping,
  overrides: ReadonlyArray<Rule> = []
): ReadonlyArray<Rule> => {
  const rules = joinedRules(source, target)
  return [...rules.filter((rule) => !overrides.some((own) => touches(own, rule))), ...overrides]
}

const joinedRules = (source: Named, target: Named): ReadonlyArray<Rule> => {
  const joined = source.rules.flatMap((ours) =>
    target.rules
      .filter((theirs) => canonicalName(theirs) === canonicalName(ours))
      .flatMap((theirs) => joinedRule(ours, theirs, source, target) ?? [])
  )
  return writingOnce([...joined.filter((rule) => !isOfParts(rule)), ...joined.filter((rule) => isOfParts(rule))])
}

const canonicalName = (rule: Rule): string => pathsOf(rule, "target").join("+")

const isOfParts = (rule: Rule): boolean => pathsOf(rule, "source").length + pathsOf(rule, "target").length > 2

const touches = (one: Rule, other: Rule): boolean =>
  isOverlapping(one, other, "source") || isOverlapping(one, other, "target")

const isOverlapping = (one: Rule, other: Rule, side: Side): boolean =>
  pathsOf(one, side).some((path) => pathsOf(other, side).some((each) => overlap(path.split("."), each.split("."))))

/** The rules that tell what an entity, or an item of a list, calls a canonical field. */
type Named = Pick<CanonicalMapping, "rules">

/** Null where neither side takes what the other gives. */
const joinedRule = (ours: Rule, theirs: Rule, source: Named, target: Named): Rule | null => {
  const direction = directionBetween(ours, theirs)
  const items = itemsBetween(ours.items, theirs.items, direction ?? "bidirectional")
  if (direction === null || items === null) return null
  const transform = transformsOf(ours).source.map((each) =>
    withCurrency(each, ({ source, target: name }) => ({ source, target: entityField(target, name) }))
  )
  const targetTransform = transformsOf(theirs).source.map((each) =>
    withCurrency(each, ({ source: theirField, target: name }) => ({
      source: entityField(source, name),
      target: theirField
    }))
  )
  const authority = ours.authority === "source" ? "source" : theirs.authority === "source" ? "target" : null
  return {
    source: ours.source,
    target: theirs.source,
    name: canonicalName(ours),
    direction,
    ...(transform.length > 0 ? { transform } : {}),
    ...(targetTransform.length > 0 ? { targetTransform } : {}),
    ...(ours.default === undefined ? {} : { default: ours.default }),
    ...(authority === null ? {} : { authority }),
    ...(ours.writeBack === true || theirs.writeBack === true ? { writeBack: true } : {}),
    merge: ours.merge ?? theirs.merge ?? mergeByName[canonicalName(ours)] ?? "value",
    ...(items.length > 0 ? { items } : {})
  }
}

/** What both know of an item and may write wherever its list travels. Null: nothing, or only one of them knows items at all. */
const itemsBetween = (
  ours: Rule["items"],
  theirs: Rule["items"],
  direction: Direction
): ReadonlyArray<ItemRule> | null => {
  if (ours === undefined && theirs === undefined) return []
  const [source, target] = [{ rules: ours ?? [] }, { rules: theirs ?? [] }]
  const joined = joinedRules(source, target).flatMap((rule): ReadonlyArray<ItemRule> => {
    if (rule.direction !== "bidirectional" && rule.direction !== direction) return []
    const { source, target, name, transform, targetTransform, default: fallback } = rule
    return [
      {
        source,
        target,
        ...(name !== undefined && { name }),
        ...(transform !== undefined && { transform }),
        ...(targetTransform !== undefined && { targetTransform }),
        ...(fallback !== undefined && { default: fallback })
      }
    ]
  })
  return joined.length === 0 ? null : joined
}

const mergeByName: { readonly [name: string]: Merge } = { tags: "set" }

const directionBetween = (ours: Rule, theirs: Rule): Direction | null => {
  const isTaken = (giver: Rule, taker: Rule): boolean =>
    giver.direction !== "target_to_source" && taker.direction !== "source_to_target"
  return directionOfWays(isTaken(ours, theirs), isTaken(theirs, ours))
}

const directionOfWays = (toTarget: boolean, toSource: boolean): Direction | null =>
  toTarget ? (toSource ? "bidirectional" : "source_to_target") : toSource ? "target_to_source" : null

interface CurrencyFields {
  readonly source: string
  readonly target: string
}

const withCurrency = (
  transform: Transform.Transform,
  change: (fields: CurrencyFields) => CurrencyFields
): Transform.Transform =>
  (transform._tag === "MinorToDecimal" || transform._tag === "DecimalToMinor") && typeof transform.currency !== "string"
    ? { ...transform, currency: change(transform.currency) }
    : transform

/** What an entity calls a canonical field; the canonical name itself where it has none, so that a refusal can name it. */
const entityField = (mapping: Named, canonical: string): string => {
  const rule = mapping.rules.find((each) => canonicalName(each) === canonical && typeof each.source === "string")
  return rule === undefined ? canonical : pathsOf(rule, "source").join("+")
}

/** The earlier rule keeps what two of them would write. */
const writingOnce = (rules: ReadonlyArray<Rule>): ReadonlyArray<Rule> => {
  const kept: Array<Rule> = []
  for (const rule of rules) {
    const isFree = (side: Side): boolean =>
      rule.direction !== (side === "source" ? "source_to_target" : "target_to_source") &&
      !kept.some(
        (earlier) =>
          earlier.direction !== (side === "source" ? "source_to_target" : "target_to_source") &&
          isOverlapping(earlier, rule, side)
      )
    const direction = directionOfWays(isFree("target"), isFree("source"))
    if (direction !== null) kept.push({ ...rule, direction })
  }
  return kept
}
