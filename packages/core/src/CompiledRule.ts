/** A rule made functions: a shared field, and what one pass over a record does with it. */
import { Result, type Schema } from "effect"
import { carried, type CompiledField, namedApart } from "./CompiledField.ts"
import * as FieldPath from "./FieldPath.ts"
import type { EntityType } from "./Ids.ts"
import { directionOf, type ItemRule, nameOf, pathsOf, type Rule, transformsOf } from "./MappingRule.ts"
import * as ListLens from "./ListLens.ts"
import * as Pass from "./Pass.ts"
import type { ReferenceField } from "./Reference.ts"
import * as ReferenceSite from "./ReferenceSite.ts"
import { type End, type Ends, leaves, lens } from "./CanonicalField.ts"
import { other, type Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"
import * as Transform from "./Transform.ts"

export interface Options {
  readonly customs?: Transform.Customs
  /** The references that each side's schema declares. */
  readonly references?: Readonly<Record<Side, ReadonlyArray<ReferenceField>>>
  /** The pair, by its source's entity, of what a side calls so; null: it is not synced, and its ids are carried as they are. */
  readonly pairOf?: (side: Side, entity: string) => EntityType | null
  /** The top-level fields that a side has; null: any. A rule that names another is refused. */
  readonly known?: Readonly<Record<Side, ReadonlyArray<string> | null>>
}

type Mistakes = ReadonlyArray<string>

/** Null: the field travels nowhere in this job. Fails with a line per mistake. */
export const compile = (
  rule: Rule,
  jobDirection: Direction,
  options: Options
): Result.Result<CompiledField | null, Mistakes> => {
  const direction = directionOf(rule, jobDirection)
  if (rule.items !== undefined) return compileList(rule, rule.items, direction, options)
  const precision = direction === "bidirectional" ? "coarser" : "exact"
  const source = endOf(rule, "source", precision, options)
  const target = endOf(rule, "target", precision, options)
  if (Result.isFailure(source) || Result.isFailure(target))
    return Result.fail([source, target].flatMap((end) => (Result.isFailure(end) ? end.failure : [])))

  const ends = { source: source.success, target: target.success }
  const sites = sitesOf(rule, options)
  const fallback = fallbackOf(rule, ends.target)
  const mistakes = [
    ...(Result.isFailure(sites) ? sites.failure : []),
    ...(direction === null ? [] : againstTheirWay(rule, direction, ends, options)),
    ...(Result.isFailure(fallback) ? [`${nameOf(rule)} has a default that ${fallback.failure}`] : [])
  ]
  if (Result.isFailure(sites) || Result.isFailure(fallback) || mistakes.length > 0) return Result.fail(mistakes)
  if (direction === null) return Result.succeed(null)
  return Result.succeed({
    ends,
    kinds: kindsOf(rule),
    fallback: fallback.success,
    field: {
      name: rule.name ?? pathsOf(rule, "target").join("+"),
      direction,
      authority: rule.authority ?? null,
      writeBack: rule.writeBack ?? false,
      merge: rule.merge ?? "value",
      keysIn: (value) => ReferenceSite.keysIn(value, sites.success),
      fallback: rule.default,
      source: lens("source", ends, direction, sites.success),
      target: lens("target", ends, direction, sites.success)
    }
  })
}

/** A list is one field, whose items are mapped by rules of their own. */
const compileList = (
  rule: Rule,
  items: ReadonlyArray<ItemRule>,
  direction: Direction | null,
  options: Options
): Result.Result<CompiledField | null, Mistakes> => {
  const source = listEnd(rule, "source", options)
  const target = listEnd(rule, "target", options)
  const isTransformed = rule.transform !== undefined || rule.targetTransform !== undefined
  const compiled = items.map((item) => compileItem(rule, item, direction ?? "source_to_target", options))
  const usable = compiled.flatMap((item) => (Result.isSuccess(item) ? [item.success] : []))
  const passTo = (written: Side) =>
    Pass.make(
      usable.flatMap((item) => carried(item, other(written))),
      other(written),
      written
    )
  const passes = { source: passTo("source"), target: passTo("target") }
  const mistakes = [
    ...[source, target].flatMap((end) => (Result.isFailure(end) ? end.failure : [])),
    ...compiled.flatMap((item) => (Result.isFailure(item) ? item.failure : [])),
    ...[...passes.source.mistakes, ...passes.target.mistakes].map((line) => `${nameOf(rule)}: of an item ${line}`),
    ...(["source", "target"] as const).flatMap((side) =>
      pathsOf(rule, side).length > 1 && leaves(other(side), direction ?? "source_to_target")
        ? [`${nameOf(rule)} travels to several lists of the ${side}; name one, or give the rule the other direction`]
        : []
    ),
    ...(isTransformed ? [`${nameOf(rule)} has items, so give their fields the transforms, and the list none`] : [])
  ]
  if (Result.isFailure(source) || Result.isFailure(target) || mistakes.length > 0) return Result.fail(mistakes)
  if (direction === null) return Result.succeed(null)
  const fields = namedApart(usable)
  const stepFrom = (side: Side, { paths }: End): Transform.Compiled => ({
    forward: (value) => {
      const list = paths.length > 1 && Array.isArray(value) ? ListLens.together(value) : value
      return ListLens.each(list, (item) => Pass.run(passes[other(side)].pass, item))
    },
    backward: (value) => Result.succeed(value)
  })
  const lensOf = (side: Side, end: End) => ListLens.lens(side, end.paths, direction, fields)
  return Result.succeed({
    ends: {
      source: { ...source.success, steps: stepFrom("source", source.success) },
      target: { ...target.success, steps: stepFrom("target", target.success) }
    },
    kinds: { source: "json", target: "json" },
    fallback: rule.default,
    field: {
      name: rule.name ?? pathsOf(rule, "target").join("+"),
      direction,
      authority: rule.authority ?? null,
      writeBack: rule.writeBack ?? false,
      merge: rule.merge ?? "value",
      keysIn: ListLens.keysIn(fields),
      fallback: rule.default,
      source: lensOf("source", source.success),
      target: lensOf("target", target.success)
    }
  })
}

/** Lists side by side are put together as they are. */
const listEnd = (rule: Rule, side: Side, options: Options): Result.Result<End, Mistakes> => {
  const ends = pathsOf(rule, side).map((path) => endOf({ ...rule, [side]: path }, side, "exact", options))
  const mistakes = ends.flatMap((end) => (Result.isFailure(end) ? end.failure : []))
  return mistakes.length > 0
    ? Result.fail(mistakes)
    : Result.succeed({
        paths: ends.flatMap((end) => (Result.isSuccess(end) ? end.success.paths : [])),
        beside: [],
        steps: null,
        isConstant: false
      })
}

/** A field of a list's items, which has to travel wherever its list does. */
const compileItem = (
  rule: Rule,
  item: ItemRule,
  direction: Direction,
  options: Options
): Result.Result<CompiledField, Mistakes> => {
  const { customs, pairOf, references } = options
  const within = (side: Side): ReadonlyArray<ReferenceField> =>
    pathsOf(rule, side).flatMap((path) =>
      (references?.[side] ?? []).flatMap((reference) => {
        const start = [`${path}.*.`, `${path}.`].find((each) => reference.path.startsWith(each))
        return start === undefined ? [] : [{ ...reference, path: reference.path.slice(start.length) }]
      })
    )
  const compiled = compile(item, direction, {
    ...(customs !== undefined && { customs }),
    ...(pairOf !== undefined && { pairOf }),
    ...(references !== undefined && { references: { source: within("source"), target: within("target") } })
  })
  if (Result.isFailure(compiled))
    return Result.fail(compiled.failure.map((line) => `${nameOf(rule)}: of an item ${line}`))
  return compiled.success !== null && compiled.success.field.direction === direction
    ? Result.succeed(compiled.success)
    : Result.fail([
        `${nameOf(rule)}: of an item ${nameOf(item)} does not travel in every way that the list does; give the list a direction, or leave the field out`
      ])
}

const endOf = (
  rule: Rule,
  side: Side,
  precision: Transform.Precision,
  { customs = {}, known }: Options
): Result.Result<End, Mistakes> => {
  const transforms = transformsOf(rule)[side]
  const parsed = pathsOf(rule, side).map(FieldPath.parse)
  const beside = besideOf(rule, side).map(FieldPath.parse)
  const parts = parsed.length > 1 ? parsed.length : null
  const compiled = transforms.map((transform, index) =>
    Result.mapError(
      Transform.compile(transform, customs, precision, index === 0 ? parts : null),
      (why) => `${nameOf(rule)} ${why}`
    )
  )
  const mistakes = [
    ...[...parsed, ...beside].flatMap((path) => (Result.isFailure(path) ? [path.failure] : [])),
    ...compiled.flatMap((step) => (Result.isFailure(step) ? [step.failure] : []))
  ]
  if (parts !== null && transforms[0]?._tag !== "Join") mistakes.push(`${nameOf(rule)} ${withoutParts(side)}`)
  const paths = parsed.flatMap((path) => (Result.isSuccess(path) ? [path.success] : []))
  mistakes.push(...unknownNames(rule, side, paths, known?.[side] ?? null))
  if (mistakes.length > 0) return Result.fail(mistakes)
  return Result.succeed({
    paths,
    beside: beside.flatMap((path) => (Result.isSuccess(path) ? [path.success] : [])),
    steps:
      transforms.length === 0
        ? null
        : Transform.sequence(compiled.flatMap((step) => (Result.isSuccess(step) ? [step.success] : []))),
    isConstant: transforms.some(({ _tag }) => _tag === "Constant")
  })
}

const withoutParts = (side: Side): string =>
  side === "source"
    ? 'has several fields at the source, but its transform does not begin with Join; say how they make one value, such as { _tag: "Join", separator: " " }'
    : 'has several fields at the target, but its transform does not end with Split; say how a value is taken apart, such as { _tag: "Split", separator: " " }'

/** The fields that the transforms of either end read beside the value in this side's record. */
const besideOf = (rule: Rule, side: Side): ReadonlyArray<string> => {
  const { source, target } = transformsOf(rule)
  return [...source, ...target].flatMap((transform) => Transform.readsBeside(transform, side) ?? [])
}

const mostShown = 12

const unknownNames = (rule: Rule, side: Side, paths: End["paths"], known: ReadonlyArray<string> | null): Mistakes => {
  if (known === null) return []
  return paths.flatMap(([name = ""]) => {
    if (known.includes(name)) return []
    const names = known.slice(0, mostShown).map((each) => `"${each}"`)
    const more = known.length > mostShown ? ` and ${known.length - mostShown} more` : ""
    return [`${nameOf(rule)} names "${name}", which the ${side} does not have; it has ${names.join(", ")}${more}`]
  })
}

/** A value that goes to a side goes backward through that side's transforms. */
const againstTheirWay = (rule: Rule, direction: Direction, ends: Ends, { customs = {} }: Options): Mistakes =>
  (["source", "target"] as const).flatMap((side) => {
    const { steps } = ends[side]
    if (!leaves(other(side), direction) || steps === null || steps.backward !== null) return []
    const oneWay = transformsOf(rule)[side].flatMap((transform) => {
      const compiled = Transform.compile(transform, customs)
      return Result.isSuccess(compiled) && compiled.success.backward !== null ? [] : [nameOfTransform(transform)]
    })
    const way = side === "source" ? "source_to_target" : "target_to_source"
    return [
      `${nameOf(rule)} travels to the ${side}, but ${oneWay.join(", ")} is one-way; give the rule direction "${way}" or another transform`
    ]
  })

const fallbackOf = (rule: Rule, { steps }: End): Result.Result<Schema.Json | undefined, string> => {
  if (rule.default === undefined || rule.default === null || steps === null || steps.backward === null)
    return Result.succeed(rule.default)
  return steps.backward(rule.default, {}, "target")
}

const nameOfTransform = (transform: Transform.Transform): string =>
  transform._tag === "Custom" ? `the custom transform "${transform.name}"` : transform._tag

/** Where ids are in the field. Either side may declare it; where both do, they must mean the same pair. */
const sitesOf = (
  rule: Rule,
  { references, pairOf = () => null }: Options
): Result.Result<ReadonlyArray<ReferenceSite.ReferenceSite>, Mistakes> => {
  const { source, target } = transformsOf(rule)
  if (references === undefined || [...source, ...target].some(({ _tag }) => _tag === "Constant"))
    return Result.succeed([])
  const sitesByPlace = new Map<string, ReferenceSite.ReferenceSite>()
  const mistakes: Array<string> = []
  for (const side of ["source", "target"] as const) {
    const [path = "", ...parts] = pathsOf(rule, side)
    for (const reference of parts.length > 0 ? [] : references[side]) {
      const entity = pairOf(side, reference.entity)
      const isWhole = reference.path === path
      if (entity === null || (!isWhole && !reference.path.startsWith(`${path}.`))) continue
      const place = isWhole ? "" : reference.path.slice(path.length + 1)
      const former = sitesByPlace.get(place)
      if (former !== undefined && former.entity !== entity)
        mistakes.push(
          `${nameOf(rule)} refers to "${former.entity}" at the source, but to "${entity}" at the target; map fields that refer to one pair`
        )
      sitesByPlace.set(place, {
        below: isWhole ? [] : place.split("."),
        entity,
        isOptional:
          former === undefined
            ? { source: reference.isOptional, target: reference.isOptional }
            : { ...former.isOptional, [side]: reference.isOptional }
      })
    }
  }
  if (sitesByPlace.size > 0 && source.length + target.length > 0)
    mistakes.push(`${nameOf(rule)} transforms a reference, whose ids are translated; leave the transform out`)
  return mistakes.length === 0 ? Result.succeed([...sitesByPlace.values()]) : Result.fail(mistakes)
}

/** What each side's field holds, as a table has to know it. */
const kindsOf = (rule: Rule): Readonly<Record<Side, Transform.Kind | null>> => {
  const { source, target } = transformsOf(rule)
  const kindBy = (own: ReadonlyArray<Transform.Transform>, others: ReadonlyArray<Transform.Transform>) => {
    const [first] = own
    const last = others.at(-1)
    if (first !== undefined) return first._tag === "Join" ? "text" : Transform.kindTaken(first)
    return last === undefined ? null : Transform.kindOf(last)
  }
  return { source: kindBy(source, target), target: kindBy(target, source) }
}
