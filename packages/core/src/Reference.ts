/** A field that holds the id of another record. Dependency order, waiting and rewriting of temporary ids derive from it. */
import { type Schema, SchemaAST } from "effect"
import { RecordId } from "./Ids.ts"

const annotation = "@syncline/reference"

/** The id of a record of `entity`. Inside `Schema.NullOr` or `Schema.optionalKey` the reference is optional. */
export const Reference = (entity: string) => RecordId.annotate({ [annotation]: entity })

/** A reference that a schema declares. */
export interface ReferenceField {
  /** Dotted, as in a mapping; `*` stands for each item of a list or each key of a record: `lines.*.product`. */
  readonly path: string
  readonly entity: string
  /** A record can do without it at first: it, or something around it, may be null or absent. */
  readonly isOptional: boolean
}

/** Every reference that records of a schema may hold, in the schema's order. A schema that contains itself is entered once. */
export const references = (schema: Schema.Top): ReadonlyArray<ReferenceField> => [
  ...walk({ ast: schema.ast, names: [], isOptional: false, around: [] })
]

interface Place {
  readonly ast: SchemaAST.AST
  readonly names: ReadonlyArray<string>
  readonly isOptional: boolean
  /** The recursive schemas that were entered on the way here. */
  readonly around: ReadonlyArray<SchemaAST.AST>
}

function* walk(place: Place): Generator<ReferenceField> {
  const { ast, names, around } = place
  const isOptional = place.isOptional || SchemaAST.isOptional(ast)
  const entity = entityOf(ast)
  if (entity !== null) {
    yield { path: names.join("."), entity, isOptional }
    return
  }
  const below = (ast: SchemaAST.AST, name: string): Place => ({ ast, names: [...names, name], isOptional, around })
  if (SchemaAST.isObjects(ast)) {
    for (const { name, type } of ast.propertySignatures) yield* walk(below(type, String(name)))
    for (const { type } of ast.indexSignatures) yield* walk(below(type, "*"))
  } else if (SchemaAST.isArrays(ast)) {
    for (const [index, type] of ast.elements.entries()) yield* walk(below(type, String(index)))
    for (const type of ast.rest) yield* walk(below(type, "*"))
  } else if (SchemaAST.isUnion(ast)) {
    const isOptionalHere = isOptional || ast.types.some(isNothing)
    for (const type of ast.types) yield* walk({ ...place, ast: type, isOptional: isOptionalHere })
  } else if (SchemaAST.isSuspend(ast)) {
    const inner = ast.thunk()
    if (!around.includes(inner)) yield* walk({ ...place, ast: inner, isOptional, around: [...around, inner] })
  }
}

const isNothing = (ast: SchemaAST.AST): boolean => SchemaAST.isNull(ast) || SchemaAST.isUndefined(ast)

/** A check added to a reference carries annotations of its own, so all of them are asked. */
const entityOf = (ast: SchemaAST.AST): string | null => {
  const annotations = [ast.annotations, ...(ast.checks ?? []).map((check) => check.annotations)]
  const entity = annotations.map((each) => each?.[annotation]).find((each) => typeof each === "string")
  return typeof entity === "string" ? entity : null
}
