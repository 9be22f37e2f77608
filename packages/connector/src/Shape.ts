/** A record's fields as columns: what a table needs to know to hold it. */
import { type Schema, SchemaAST } from "effect"

export interface Column {
  readonly name: string
  /** `json` holds objects, arrays and whatever has more than one kind. */
  readonly kind: "text" | "integer" | "number" | "boolean" | "json"
  readonly isNullable: boolean
}

/**
 * One column per top-level field of a record's schema, in its order; none for a schema that is no struct.
 *
 * Strings are text whatever their brand, whole numbers integer, `NullOr` and `optionalKey` make a column nullable, and everything
 * with parts or more than one kind is json.
 */
export const columnsOf = (schema: Schema.Constraint): ReadonlyArray<Column> =>
  schema.ast._tag === "Objects"
    ? schema.ast.propertySignatures.map(({ name, type }) => {
        const kinds = new Set(kindsOf(type))
        const isNullable = kinds.delete("null") || SchemaAST.isOptional(type)
        const [kind, ...others] = kinds
        return {
          name: String(name),
          kind: kind === undefined || kind === "null" || others.length > 0 ? "json" : kind,
          isNullable
        }
      })
    : []

const kindsOf = (ast: SchemaAST.AST): ReadonlyArray<Column["kind"] | "null"> => {
  switch (ast._tag) {
    case "String":
    case "TemplateLiteral":
      return ["text"]
    case "Number":
      return [ast.checks?.some(isInt) ? "integer" : "number"]
    case "Boolean":
      return ["boolean"]
    case "Null":
    case "Undefined":
      return ["null"]
    case "Literal":
      return [literalKind(ast.literal)]
    case "Union":
      return ast.types.flatMap(kindsOf)
    case "Suspend":
      return kindsOf(ast.thunk())
    // `Json` and `Nested` hold null too; the one says so by being a declaration, the other by saying nothing.
    case "Declaration":
    case "Unknown":
      return ["json", "null"]
    default:
      return ["json"]
  }
}

const literalKind = (literal: SchemaAST.LiteralValue): Column["kind"] => {
  switch (typeof literal) {
    case "string":
      return "text"
    case "boolean":
      return "boolean"
    case "number":
      return Number.isInteger(literal) ? "integer" : "number"
    default:
      return "json"
  }
}

const isInt = (check: SchemaAST.Check<unknown>): boolean =>
  check._tag === "FilterGroup"
    ? check.checks.some(isInt)
    : check.annotations?.representation?.id === "effect/schema/isInt"

/** The top-level fields of a record's schema; null where a record may have any, as a table's columns are known only to its database. */
export const fieldsOf = (schema: Schema.Constraint): ReadonlyArray<string> | null =>
  schema.ast._tag === "Objects" && schema.ast.indexSignatures.length === 0
    ? schema.ast.propertySignatures.map(({ name }) => String(name))
    : null
