/** A record carried one way in one go, as one-way tables need it: what is read at one side is written at the other. */
import { Result, Schema } from "effect"
import type * as FieldPath from "./FieldPath.ts"
import type { Fields } from "./Fields.ts"
import { type End, shown, valueAt } from "./CanonicalField.ts"
import type { Side } from "./Side.ts"
import type * as Transform from "./Transform.ts"

/** A record that a mapping cannot carry over. `fields` maps each field of the record to its complaint. */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  fields: Schema.Record(Schema.String, Schema.String),
  message: Schema.String
}) {}

/** What is done with a record in one direction. */
export interface Pass {
  readonly read: Side
  readonly fields: ReadonlyArray<Field>
  readonly tree: Tree
}

/** A field that is written, and what it is made of. */
export interface Field {
  /** Dotted; "first+last" where the field is made of parts. */
  readonly read: string
  readonly written: FieldPath.FieldPath
  readonly paths: End["paths"]
  readonly step: Transform.Step | null
  /** What is written, as a table has to know it; null: as it was read. */
  readonly kind: Transform.Kind | null
  /** A constant needs no value to start with. */
  readonly isConstant: boolean
  readonly fallback: Schema.Json | undefined
}

/** The record to be built: each name is a field, by its place in the pass, or an object of more. */
interface Tree extends ReadonlyMap<string, number | Tree> {}

export const run = ({ read, fields, tree }: Pass, record: Fields): Result.Result<Fields, Refusal> => {
  const values: Array<Schema.Json | undefined> = []
  const complaints: Array<Complaint> = []
  for (const { read: field, paths, step, isConstant, fallback } of fields) {
    const value = valueAt(record, paths)
    if (step === null || ((value === null || value === undefined) && !isConstant)) {
      values.push(value === undefined ? fallback : value)
      continue
    }
    const changed = step(value ?? null, record, read)
    if (Result.isSuccess(changed)) values.push(changed.success)
    else {
      values.push(undefined)
      complaints.push([field, `${changed.failure}, but is ${shown(value)}`])
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

export type Complaint = readonly [field: string, complaint: string]

export const refusal = (complaints: ReadonlyArray<Complaint>): Refusal =>
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

/** One column per top-level field that the pass writes. `columns` are those of the side that is read. */
export const columnsOf = ({ fields, tree }: Pass, columns: ReadonlyArray<Column>): ReadonlyArray<Column> => {
  const columnsByName = new Map(columns.map((column) => [column.name, column]))
  return [...tree].map(([name, node]) => {
    const field = typeof node === "number" ? fields[node] : undefined
    if (field === undefined) return { name, kind: "json", isNullable: true }
    const column = columnsByName.get(field.read)
    return {
      name,
      kind: field.kind ?? column?.kind ?? "json",
      isNullable: !field.isConstant && (column?.isNullable ?? true)
    }
  })
}

interface Growing extends Map<string, number | Growing> {}

/** Two fields that write one place, or one within the other, are a mistake; `written` is the side where they would. */
export const make = (
  fields: ReadonlyArray<Field>,
  read: Side,
  written: Side
): { readonly pass: Pass; readonly mistakes: ReadonlyArray<string> } => {
  const tree: Growing = new Map()
  const mistakes = fields.flatMap((field, index) =>
    plant(tree, field.written, index)
      ? []
      : [
          `the ${written}'s "${field.written.join(".")}" is written by two rules, one of which reads "${field.read}"; keep one, or give them opposite directions`
        ]
  )
  return { pass: { read, fields, tree }, mistakes }
}

/** Gives the field its place in the tree; false where the place, one above it or one below it is taken. */
const plant = (tree: Growing, [name = "", ...below]: FieldPath.FieldPath, index: number): boolean => {
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
