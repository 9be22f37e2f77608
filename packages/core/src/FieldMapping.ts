/**
 * Which field of the source is which field of the target. Loaded once, with everything that can be wrong with it, then run per
 * record without Effect.
 *
 * Absent, null and "" are three things: an absent field is left alone or filled by its default, null clears, "" is a value.
 */
import { Result, Schema } from "effect"
import * as CompiledRule from "./CompiledRule.ts"
import { overlap } from "./FieldPath.ts"
import type { Fields } from "./Fields.ts"
import type { Rule } from "./MappingRule.ts"
import * as Pass from "./Pass.ts"
import type { HeldReference, References } from "./ReferenceSite.ts"
import type { SharedField } from "./CanonicalField.ts"
import type { Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"

export { join } from "./MappingJoin.ts"
export type { Options } from "./CompiledRule.ts"
export { Merge, Rule } from "./MappingRule.ts"
export { type Column, Refusal } from "./Pass.ts"
export type { HeldReference, References } from "./ReferenceSite.ts"
export type { Lens, SharedField } from "./CanonicalField.ts"

/** A mapping that cannot be used. `message` has one line per mistake, each naming its rule. */
export class InvalidMapping extends Schema.TaggedError<InvalidMapping>()("InvalidMapping", {
  message: Schema.String
}) {}

/** A loaded mapping. */
export interface Mapping {
  readonly rules: ReadonlyArray<Rule>
  /** The canonical form of the pair; a rule that travels nowhere in this job is not part of it. */
  readonly fields: ReadonlyArray<SharedField>
  readonly forward: Pass.Pass
  readonly backward: Pass.Pass
}

/**
 * Compiles the rules for a job that carries records in `direction`: a field travels only where its job does.
 *
 * Refused are: a field that travels through a one-way transform against its way, two rules that write one field, unsafe, empty or
 * unknown paths, unknown custom transforms, several fields without `Split` or `Join`, references that are transformed.
 */
export const load = (
  rules: ReadonlyArray<Rule>,
  direction: Direction,
  options: CompiledRule.Options = {}
): Result.Result<Mapping, InvalidMapping> => {
  const compiled = rules.map((rule) => CompiledRule.compile(rule, direction, options))
  const usable = compiled.flatMap((each) => (Result.isSuccess(each) && each.success !== null ? [each.success] : []))
  const forward = Pass.make(
    usable.flatMap((each) => CompiledRule.carried(each, "source")),
    "source",
    "target"
  )
  const backward = Pass.make(
    usable.flatMap((each) => CompiledRule.carried(each, "target")),
    "target",
    "source"
  )
  const mistakes = [
    ...compiled.flatMap((each) => (Result.isFailure(each) ? each.failure : [])),
    ...forward.mistakes,
    ...backward.mistakes
  ]
  return mistakes.length === 0
    ? Result.succeed({ rules, fields: namedApart(usable), forward: forward.pass, backward: backward.pass })
    : Result.fail(
        new InvalidMapping({
          message: ["the mapping cannot be used:", ...mistakes.map((line) => `  ${line}`)].join("\n")
        })
      )
}

/** Two rules may share a target if they travel in opposite directions; the second is then named with what it writes. */
const namedApart = (compiled: ReadonlyArray<CompiledRule.CompiledRule>): ReadonlyArray<SharedField> => {
  const fieldsByName = new Map<string, SharedField>()
  for (const { field } of compiled) {
    let { name } = field
    if (fieldsByName.has(name)) name = `${name} (${CompiledRule.shownPaths(field.source)})`
    while (fieldsByName.has(name)) name += "'"
    fieldsByName.set(name, { ...field, name })
  }
  return [...fieldsByName.values()]
}

/** The target's fields of a source's record. References are carried as they are: this is for one-way tables. */
export const forward = (mapping: Mapping, record: Fields): Result.Result<Fields, Pass.Refusal> =>
  Pass.run(mapping.forward, record)

/** The source's fields of a target's record, without defaults. What it does not name stays as the source has it. */
export const backward = (mapping: Mapping, record: Fields): Result.Result<Fields, Pass.Refusal> =>
  Pass.run(mapping.backward, record)

/**
 * What a target must be able to hold, one column per top-level field that the mapping writes. `columns` are the source's; those of
 * nested fields have dotted names, and a field that is not among them may hold any JSON.
 */
export const columns = (mapping: Mapping, columns: ReadonlyArray<Pass.Column>): ReadonlyArray<Pass.Column> =>
  Pass.columnsOf(mapping.forward, columns)

/**
 * A side's record in canonical form, by the names of the shared fields. What is absent stays absent. A reference to a record that is
 * not linked reads as "~?" and its id.
 */
export const lift = (
  mapping: Mapping,
  side: Side,
  record: Fields,
  references: References
): Result.Result<Fields, Pass.Refusal> => {
  const canonical: { [name: string]: Schema.Json } = {}
  const complaints: Array<Pass.Complaint> = []
  for (const field of mapping.fields) {
    const value = field[side].read(record, references)
    if (Result.isFailure(value)) complaints.push([CompiledRule.shownPaths(field[side]), value.failure])
    else if (value.success !== undefined) canonical[field.name] = value.success
  }
  return complaints.length === 0 ? Result.succeed(canonical) : Result.fail(Pass.refusal(complaints))
}

/**
 * The side's fields, by top-level name, that make these canonical changes. What is nested keeps its siblings as `base` has them; a
 * value that the side holds already in a form of its own keeps that form. Without a base a record is created, and a field that was
 * never set gets its default at the target.
 */
export const lower = (
  mapping: Mapping,
  side: Side,
  changes: Fields,
  base: Fields | null,
  references: References
): Result.Result<Fields, Pass.Refusal> => {
  const complaints: Array<Pass.Complaint> = Object.keys(changes)
    .filter((name) => !mapping.fields.some((field) => field.name === name))
    .map((name) => [name, "is not a field of the mapping any more; decide the record again"])
  let record: Fields = base ?? {}
  const touched = new Set<string>()
  for (const [field, value] of toWrite(mapping, side, changes, base, references)) {
    const { paths, write } = field[side]
    const written = write === null ? Result.fail(`does not travel to the ${side}`) : write(record, value, references)
    if (Result.isFailure(written)) complaints.push([field.name, written.failure])
    else record = written.success
    for (const [name = ""] of paths) touched.add(name)
  }
  if (complaints.length > 0) return Result.fail(Pass.refusal(complaints))
  const patch = [...touched].flatMap((name): ReadonlyArray<readonly [string, Schema.Json]> => {
    const value = record[name]
    return value === undefined ? [] : [[name, value]]
  })
  return Result.succeed(Object.fromEntries(patch))
}

/** An amount is written after its currency, and with it: minor units mean something else in another currency. */
const toWrite = (
  { fields }: Mapping,
  side: Side,
  changes: Fields,
  base: Fields | null,
  references: References
): ReadonlyArray<readonly [SharedField, Schema.Json]> => {
  const isChanged = ({ name }: SharedField): boolean => Object.hasOwn(changes, name)
  const changed = fields.filter(isChanged).flatMap((field) => field[side].paths)
  const valueOf = (field: SharedField): Schema.Json | undefined => {
    const { beside, read, write } = field[side]
    if (isChanged(field)) return changes[field.name]
    if (write === null) return undefined
    if (base === null) return side === "target" ? field.fallback : undefined
    if (!beside.some((path) => changed.some((each) => overlap(each, path)))) return undefined
    return Result.getOrUndefined(read(base, references))
  }
  const isAlone = (field: SharedField): boolean => field[side].beside.length === 0
  return [...fields.filter(isAlone), ...fields.filter((field) => !isAlone(field))].flatMap(
    (field): ReadonlyArray<readonly [SharedField, Schema.Json]> => {
      const value = valueOf(field)
      return value === undefined ? [] : [[field, value]]
    }
  )
}

/** The references that a side's record holds in shared fields. */
export const referencesIn = (
  mapping: Mapping,
  side: Side,
  record: Fields
): ReadonlyArray<HeldReference & { readonly field: string }> =>
  mapping.fields.flatMap((field) => field[side].referencesIn(record).map((held) => ({ ...held, field: field.name })))
