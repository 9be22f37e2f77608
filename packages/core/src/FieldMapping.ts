/**
 * Which field of the source is which field of the target. Loaded once, with everything that can be wrong with it, then run per
 * record without Effect.
 *
 * Absent, null and "" are three things: an absent field is left alone or filled by its default, null clears, "" is a value.
 */
import { Result, Schema } from "effect"
import * as CanonicalRecord from "./CanonicalRecord.ts"
import * as CompiledField from "./CompiledField.ts"
import * as CompiledRule from "./CompiledRule.ts"
import type { Fields } from "./Fields.ts"
import type { Rule } from "./MappingRule.ts"
import * as Pass from "./Pass.ts"
import type { HeldKey, HeldReference, References } from "./ReferenceSite.ts"
import type { SharedField } from "./CanonicalField.ts"
import type { Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"

export { join } from "./MappingJoin.ts"
export type { Options } from "./CompiledRule.ts"
export { ItemRule, Merge, Rule } from "./MappingRule.ts"
export { type Column, Refusal } from "./Pass.ts"
export type { HeldKey, HeldReference, References } from "./ReferenceSite.ts"
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
    usable.flatMap((each) => CompiledField.carried(each, "source")),
    "source",
    "target"
  )
  const backward = Pass.make(
    usable.flatMap((each) => CompiledField.carried(each, "target")),
    "target",
    "source"
  )
  const mistakes = [
    ...compiled.flatMap((each) => (Result.isFailure(each) ? each.failure : [])),
    ...forward.mistakes,
    ...backward.mistakes
  ]
  return mistakes.length === 0
    ? Result.succeed({
        rules,
        fields: CompiledField.namedApart(usable),
        forward: forward.pass,
        backward: backward.pass
      })
    : Result.fail(
        new InvalidMapping({
          message: ["the mapping cannot be used:", ...mistakes.map((line) => `  ${line}`)].join("\n")
        })
      )
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
 * not linked reads as "~?s" or "~?t", by the side, and its id there.
 */
export const lift = (
  { fields }: Mapping,
  side: Side,
  record: Fields,
  references: References
): Result.Result<Fields, Pass.Refusal> => CanonicalRecord.lift(fields, side, record, references)

/**
 * The side's fields, by top-level name, that make these canonical changes. What is nested keeps its siblings as `base` has them; a
 * value that the side holds already in a form of its own keeps that form. Without a base a record is created, and a field that was
 * never set gets its default at the target.
 */
export const lower = (
  { fields }: Mapping,
  side: Side,
  changes: Fields,
  base: Fields | null,
  references: References
): Result.Result<Fields, Pass.Refusal> => CanonicalRecord.lower(fields, side, { changes, base }, references)

/** The references that a side's record holds in shared fields. */
export const referencesIn = (
  { fields }: Mapping,
  side: Side,
  record: Fields
): ReadonlyArray<HeldReference & { readonly field: string }> => {
  const found: Array<HeldReference & { readonly field: string }> = []
  for (const field of fields)
    for (const held of field[side].referencesIn(record)) found.push({ ...held, field: field.name })
  return found
}

/** The record keys that canonical values hold in shared fields. */
export const keysIn = ({ fields }: Mapping, values: Fields): ReadonlyArray<HeldKey & { readonly field: string }> =>
  fields.flatMap(({ keysIn, name }) => {
    const value = values[name]
    return value === undefined ? [] : keysIn(value).map((held) => ({ ...held, field: name }))
  })
