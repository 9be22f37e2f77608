/** The mistakes that can be put in, by name. */
import * as Bug from "./Bug.ts"

export const all: ReadonlyArray<Bug.Bug> = []

/** Several names are joined by `+`. Null for a name that is not known. */
export const byName = (names: string): Bug.Bug | null => {
  const found = names.split("+").flatMap((name) => all.find((bug) => bug.name === name) ?? [])
  return found.length === names.split("+").length ? Bug.together(found) : null
}
