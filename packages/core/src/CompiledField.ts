/** A rule that was compiled, and the fields of a pass that it makes. */
import { Result, type Schema } from "effect"
import { type Ends, leaves, type SharedField, shownPaths } from "./CanonicalField.ts"
import type * as Pass from "./Pass.ts"
import { other, type Side } from "./Side.ts"
import type * as Transform from "./Transform.ts"

export interface CompiledField {
  readonly field: SharedField
  readonly ends: Ends
  readonly kinds: Readonly<Record<Side, Transform.Kind | null>>
  /** The default as the target writes it. */
  readonly fallback: Schema.Json | undefined
}

/** Two rules may share a target if they travel in opposite directions; the second is then named with what it writes. */
export const namedApart = (compiled: ReadonlyArray<CompiledField>): ReadonlyArray<SharedField> => {
  const fieldsByName = new Map<string, SharedField>()
  for (const { field } of compiled) {
    let { name } = field
    if (fieldsByName.has(name)) name = `${name} (${shownPaths(field.source.paths)})`
    while (fieldsByName.has(name)) name += "'"
    fieldsByName.set(name, { ...field, name })
  }
  return [...fieldsByName.values()]
}

/** What a pass that reads at `read` does: a field for each path that it writes; none where the field does not travel so. */
export const carried = ({ field, ends, kinds, fallback }: CompiledField, read: Side): ReadonlyArray<Pass.Field> => {
  const written = other(read)
  if (!leaves(read, field.direction)) return []
  const from = ends[read]
  const to = ends[written]
  const defaults = read === "source" ? fallback : undefined
  const isWhole = to.paths.length === 1
  const step = stepOf(from.steps?.forward ?? null, to.steps?.backward ?? null)
  return to.paths.map((path, index) => ({
    read: shownPaths(from.paths),
    written: path,
    paths: from.paths,
    step: isWhole || step === null ? step : stepToPart(step, index),
    kind: kinds[written],
    isConstant: from.isConstant,
    fallback: defaults === undefined || isWhole ? defaults : partOf(defaults, index)
  }))
}

const stepOf = (first: Transform.Step | null, second: Transform.Step | null): Transform.Step | null => {
  if (first === null || second === null) return first ?? second
  return (value, record, at) => Result.flatMap(first(value, record, at), (between) => second(between, record, at))
}

const stepToPart =
  (step: Transform.Step, index: number): Transform.Step =>
  (value, record, at) =>
    Result.map(step(value, record, at), (parts) => partOf(parts, index))

/** A value that is written to several fields is a list of their values; null clears them all. */
const partOf = (value: Schema.Json, index: number): Schema.Json =>
  Array.isArray(value) ? (value[index] ?? null) : null
