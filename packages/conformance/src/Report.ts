/** What the checks came to, as a table that a person reads. */
import type { Check, Group } from "./Check.ts"

export interface Line extends Pick<Check, "id" | "says"> {
  readonly verdict: "passed" | "failed" | "skipped"
  /** What was found, or why there was nothing to try. */
  readonly why: string | null
  readonly cause?: unknown
}

const signs = { passed: "✓", failed: "✗", skipped: "–" } as const

/** One line per group, and one for each check that did not pass. */
export const table = (
  connector: string,
  apiVersion: string,
  groups: ReadonlyArray<Group>,
  lines: ReadonlyArray<Line>
): string => {
  const byId = new Map(lines.map((line) => [line.id, line]))
  const count = (verdict: Line["verdict"]) => lines.filter((line) => line.verdict === verdict).length
  const width = Math.max(...groups.map(({ name }) => name.length))
  const rows = groups.flatMap(({ checks, name }) => {
    const own = checks.flatMap(({ id }) => byId.get(id) ?? [])
    if (own.length === 0) return []
    return [
      `  ${name.padEnd(width)}  ${own.map(({ verdict }) => signs[verdict]).join("")}`,
      ...own
        .filter(({ verdict }) => verdict !== "passed")
        .map(
          ({ id, says, verdict, why }) =>
            `    ${signs[verdict]} ${id} ${says}: ${(why ?? "").replaceAll("\n", "\n      ")}`
        )
    ]
  })
  return [
    "",
    `${connector} ${apiVersion}: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`,
    ...rows,
    "",
    ""
  ].join("\n")
}
