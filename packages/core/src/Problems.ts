/** What is wrong with something that a person has written. */
import { SchemaIssue } from "effect"

const formatted = SchemaIssue.makeFormatterStandardSchemaV1()

/** A line for each field that is wrong: its path, what it must be, and, where the decoding reported its input, what it is. */
export const linesOf = (issue: SchemaIssue.Issue): ReadonlyArray<string> =>
  formatted(issue).issues.map(({ message, path = [] }) =>
    path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`
  )
