/** Names as SQL text: quoted, so that any name is only a name, and refused where PostgreSQL would not keep them apart. */

/** A name as an identifier, whatever characters or reserved words it holds. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text as a literal that means the same under every setting of the server. */
export const literal = (text: string): string => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`

/** PostgreSQL cuts longer names off without an error. https://www.postgresql.org/docs/18/sql-syntax-lexical.html */
const longestBytes = 63

/** Every table has them already. https://www.postgresql.org/docs/18/ddl-system-columns.html */
const systemColumns: ReadonlySet<string> = new Set(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"])

/** Why PostgreSQL cannot have this name, or null. */
export const problemOf = (name: string): string | null => {
  const bytes = new TextEncoder().encode(name).length
  if (name === "") return "an empty name cannot be used"
  if (name.includes("\0") || !name.isWellFormed()) return "the name holds a character that PostgreSQL cannot store"
  if (bytes > longestBytes)
    return `the name has ${bytes} bytes and PostgreSQL keeps ${longestBytes}: map it to a shorter one`
  return null
}

/** Why a column cannot be made for each of these names: an entry for each name that has a problem. */
export const columnProblems = (
  names: ReadonlyArray<string>,
  reserved: ReadonlyArray<string>
): ReadonlyMap<string, string> => {
  const problems = new Map<string, string>()
  const firstByFolded = new Map<string, string>()
  for (const name of names) {
    const folded = name.toLowerCase()
    const twin = firstByFolded.get(folded)
    const problem =
      problemOf(name) ??
      (systemColumns.has(name) ? "every table has a system column of this name: map it to another one" : null) ??
      (reserved.includes(name) ? "Syncline keeps a column of its own under this name: map it to another one" : null) ??
      (twin === undefined
        ? null
        : `it differs from ${quote(twin)} only in case, which unquoted SQL does not see: map one of the two to another name`)
    if (problem !== null) problems.set(name, problem)
    if (twin === undefined) firstByFolded.set(folded, name)
  }
  return problems
}
