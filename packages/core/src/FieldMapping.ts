/**
 * Which field of the source is which field of the target. Loaded once, with everything that can be wrong with it, then run per
 * record without Effect.
 *
 * Absent, null and "" are three things: an absent field is left alone or filled by its default, null clears, "" is a value.
 */
import { Result, Schema } from "effect"
import * as FieldPath from "./FieldPath.ts"
import type { Fields } from "./Fields.ts"
import { Side } from "./Side.ts"
import { Direction } from "./SyncJob.ts"
import * as Transform from "./Transform.ts"

/** Fields are dotted paths. One rule is one field of the target. */
export const Rule = Schema.Struct({
  source: Schema.String,
  target: Schema.String,
  transform: Schema.optionalKey(Schema.Union([Transform.Transform, Schema.Array(Transform.Transform)])),
  /** What the target's field becomes where the source has none, as the target writes it. It never undoes a clearing. */
  default: Schema.optionalKey(Schema.Json),
  /** The ways in which this field travels; those of the job if not given. */
  direction: Schema.optionalKey(Direction),
  /** This side's value always wins. */
  authority: Schema.optionalKey(Side)
})
export type Rule = typeof Rule.Type

/** A mapping that cannot be used. `message` has one line per mistake, each naming its rule. */
export class InvalidMapping extends Schema.TaggedError<InvalidMapping>()("InvalidMapping", {
  message: Schema.String
}) {}

/** A record that a mapping cannot carry over. `fields` maps each field of the record to its complaint. */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  fields: Schema.Record(Schema.String, Schema.String),
  message: Schema.String
}) {}

/** A loaded mapping. */
export interface Mapping {
  readonly rules: ReadonlyArray<Rule>
  readonly forward: Pass
  readonly backward: Pass
}

/** What is done with a record in one direction. */
interface Pass {
  readonly fields: ReadonlyArray<Field>
  readonly tree: Tree
}

interface Field {
  /** The field that is read, and the field that is written. */
  readonly read: string
  readonly written: string
  readonly names: ReadonlyArray<string>
  readonly step: Transform.Step | null
  /** What the last transform writes; null without transforms. */
  readonly kind: Transform.Kind | null
  /** A constant needs no value to start with. */
  readonly isConstant: boolean
  readonly fallback: Schema.Json | undefined
}

/** The record to be built: each name is a field, by its place in the pass, or an object of more. */
interface Tree extends ReadonlyMap<string, number | Tree> {}

/**
 * Compiles the rules for a job that carries records in `direction`: a field travels only where its job does.
 *
 * Refused are: a field that travels back through a one-way transform, two rules that write one field, unsafe or empty paths,
 * unknown custom transforms.
 */
export const load = (
  rules: ReadonlyArray<Rule>,
  direction: Direction,
  customs: Transform.Customs = {}
): Result.Result<Mapping, InvalidMapping> => {
  const compiled = rules.map((rule) => compile(rule, direction, customs))
  const usable = compiled.flatMap((each) => (Result.isSuccess(each) ? [each.success] : []))
  const forward = passOf(
    usable.flatMap((each) => each.forward ?? []),
    "target"
  )
  const backward = passOf(
    usable.flatMap((each) => each.backward ?? []),
    "source"
  )
  const mistakes = [
    ...compiled.flatMap((each) => (Result.isFailure(each) ? each.failure : [])),
    ...forward.mistakes,
    ...backward.mistakes
  ]
  return mistakes.length === 0
    ? Result.succeed({ rules, forward: forward.pass, backward: backward.pass })
    : Result.fail(
        new InvalidMapping({
          message: ["the mapping cannot be used:", ...mistakes.map((line) => `  ${line}`)].join("\n")
        })
      )
}

/** The target's fields of a source's record. */
export const forward = (mapping: Mapping, record: Fields): Result.Result<Fields, Refusal> =>
  run(mapping.forward, record)

/** The source's fields of a target's record, without defaults. What it does not name stays as the source has it. */
export const backward = (mapping: Mapping, record: Fields): Result.Result<Fields, Refusal> =>
  run(mapping.backward, record)

const run = ({ fields, tree }: Pass, record: Fields): Result.Result<Fields, Refusal> => {
  const values: Array<Schema.Json | undefined> = []
  const complaints: Array<[field: string, complaint: string]> = []
  for (const { read, names, step, isConstant, fallback } of fields) {
    const value = FieldPath.valueAt(record, names)
    if (step === null || ((value === null || value === undefined) && !isConstant)) {
      values.push(value === undefined ? fallback : value)
      continue
    }
    const changed = step(value ?? null, record)
    if (Result.isSuccess(changed)) values.push(changed.success)
    else {
      values.push(undefined)
      complaints.push([read, `${changed.failure}, but is ${shown(value)}`])
    }
  }
  return complaints.length === 0 ? Result.succeed(build(tree, values)) : Result.fail(refusal(complaints))
}

const build = (tree: Tree, values: ReadonlyArray<Schema.Json | undefined>): Fields => {
  const record: { [name: string]: Schema.Json } = {}
  for (const [name, node] of tree) {
    if (typeof node === "number") {
      const value = values[node]
      if (value !== undefined) record[name] = value
    } else {
      const inner = build(node, values)
      if (Object.keys(inner).length > 0) record[name] = inner
    }
  }
  return record
}

const longestShown = 80

/** A value as a complaint shows it: cut, since a description may be pages long. */
const shown = (value: Schema.Json | undefined): string => {
  const text = JSON.stringify(value) ?? "absent"
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
}

const refusal = (complaints: ReadonlyArray<[field: string, complaint: string]>): Refusal =>
  new Refusal({
    fields: Object.fromEntries(complaints),
    message: complaints.map(([field, complaint]) => `field "${field}" ${complaint}`).join("; ")
  })

/** A field as a table needs to know it; a connector's columns have this shape. */
export interface Column {
  readonly name: string
  readonly kind: Transform.Kind
  readonly isNullable: boolean
}

/**
 * What a target must be able to hold, one column per top-level field that the mapping writes. `columns` are the source's; those of
 * nested fields have dotted names, and a field that is not among them may hold any JSON.
 */
export const columns = ({ forward }: Mapping, columns: ReadonlyArray<Column>): ReadonlyArray<Column> => {
  const columnsByName = new Map(columns.map((column) => [column.name, column]))
  return [...forward.tree].map(([name, node]) => {
    const field = typeof node === "number" ? forward.fields[node] : undefined
    if (field === undefined) return { name, kind: "json", isNullable: true }
    const column = columnsByName.get(field.read)
    return {
      name,
      kind: field.kind ?? column?.kind ?? "json",
      isNullable: !field.isConstant && (column?.isNullable ?? true)
    }
  })
}

interface CompiledRule {
  readonly forward: Field | null
  readonly backward: Field | null
}

const compile = (
  rule: Rule,
  direction: Direction,
  customs: Transform.Customs
): Result.Result<CompiledRule, ReadonlyArray<string>> => {
  const source = FieldPath.parse(rule.source)
  const target = FieldPath.parse(rule.target)
  const declared = rule.transform === undefined ? [] : "_tag" in rule.transform ? [rule.transform] : rule.transform
  const steps = declared.map((transform) =>
    Result.mapError(Transform.compile(transform, customs), (why) => `${nameOf(rule)} ${why}`)
  )
  const paths = [source, target]
  const mistakes = [
    ...paths.flatMap((path) => (Result.isFailure(path) ? [path.failure] : [])),
    ...steps.flatMap((step) => (Result.isFailure(step) ? [step.failure] : []))
  ]
  if (Result.isFailure(source) || Result.isFailure(target) || mistakes.length > 0) return Result.fail(mistakes)

  const compiled = steps.flatMap((step) => (Result.isSuccess(step) ? [step.success] : []))
  const { forward, backward } = Transform.sequence(compiled)
  const isConstant = declared.some(({ _tag }) => _tag === "Constant")
  const travels = (way: Exclude<Direction, "bidirectional">): boolean =>
    [rule.direction ?? direction, direction].every((each) => each === way || each === "bidirectional")

  if (travels("target_to_source") && backward === null) {
    const oneWay = declared
      .filter((_, index) => compiled[index]?.backward === null)
      .map(({ _tag }) => _tag)
      .join(", ")
    return Result.fail([
      `${nameOf(rule)} travels to the source, but ${oneWay} is one-way; give the rule direction "source_to_target" or another transform`
    ])
  }
  const last = declared.at(-1)
  return Result.succeed({
    forward: !travels("source_to_target")
      ? null
      : {
          read: rule.source,
          written: rule.target,
          names: source.success,
          step: last === undefined ? null : forward,
          kind: last === undefined ? null : Transform.kindOf(last),
          isConstant,
          fallback: rule.default
        },
    backward: !travels("target_to_source")
      ? null
      : {
          read: rule.target,
          written: rule.source,
          names: target.success,
          step: last === undefined ? null : backward,
          kind: null,
          isConstant: false,
          fallback: undefined
        }
  })
}

const nameOf = ({ source, target }: Rule): string => `rule "${source}" → "${target}"`

interface Growing extends Map<string, number | Growing> {}

const passOf = (
  fields: ReadonlyArray<Field>,
  written: Side
): { readonly pass: Pass; readonly mistakes: ReadonlyArray<string> } => {
  const tree: Growing = new Map()
  const mistakes = fields.flatMap((field, index) =>
    plant(tree, field.written.split("."), index)
      ? []
      : [
          `the ${written}'s "${field.written}" is written by two rules, one of which reads "${field.read}"; keep one, or give them opposite directions`
        ]
  )
  return { pass: { fields, tree }, mistakes }
}

/** Gives the field its place in the tree; false where the place, one above it or one below it is taken. */
const plant = (tree: Growing, [name = "", ...below]: ReadonlyArray<string>, index: number): boolean => {
  const taken = tree.get(name)
  if (below.length === 0) {
    if (taken !== undefined) return false
    tree.set(name, index)
    return true
  }
  if (typeof taken === "number") return false
  const branch: Growing = taken ?? new Map()
  tree.set(name, branch)
  return plant(branch, below, index)
}
