/** Whether a table holds what the provider holds: every live record, and every field of it. Pure. */
import type { Fields, RecordId } from "@syncline/core"
import { isDeepStrictEqual } from "node:util"

export interface Comparison {
  /** Live records at the provider. */
  readonly source: number
  /** Live rows of the table. */
  readonly target: number
  /** Records that one side lacks, or of which a field differs. */
  readonly differences: number
  /** The first few of them: `cus_1: email is "a" there and "b" here`. */
  readonly examples: ReadonlyArray<string>
}

/** A row as a record: its columns, and what it has no column for. */
export type Row = Readonly<Record<string, unknown>>

const shownExamples = 5

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing"
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** As it goes over the wire: there is no minus zero in JSON. */
const sent = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))

/** A column has one way to be empty, so a field that is absent and one that is null are the same there. */
const isSame = (there: unknown, here: unknown): boolean =>
  isDeepStrictEqual(there ?? null, here ?? null) || isDeepStrictEqual(sent(there), here ?? null)

const differenceOf = (id: string, there: Fields | undefined, here: Row | undefined): string | null => {
  if (there === undefined) return `${id} is in the table only`
  if (here === undefined) return `${id} is missing in the table`
  for (const name of new Set([...Object.keys(there), ...Object.keys(here)])) {
    if (!isSame(there[name], here[name])) {
      return `${id}: ${name} is ${shown(there[name])} at the provider and ${shown(here[name])} in the table`
    }
  }
  return null
}

/** `truth` and `table` by record id, both in the provider's shape. */
export const of = (truth: ReadonlyMap<RecordId, Fields>, table: ReadonlyMap<string, Row>): Comparison => {
  const found: Array<string> = []
  for (const [id, there] of truth) {
    const difference = differenceOf(id, there, table.get(id))
    if (difference !== null) found.push(difference)
  }
  const known = new Set<string>(truth.keys())
  for (const id of table.keys()) {
    if (!known.has(id)) found.push(`${id} is in the table only`)
  }
  return { source: truth.size, target: table.size, differences: found.length, examples: found.slice(0, shownExamples) }
}
