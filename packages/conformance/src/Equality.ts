/** Whether what was read is what is there. */
import type { Fields } from "@syncline/core"
import { assert } from "vitest"

type Records = ReadonlyMap<string, Fields | null>

const some = 5

/** The records are those, no more and no less, each with every field as it is. */
export const areEqual = (actual: Records, expected: Records, what: string): void => {
  haveSameIds(actual, expected, what)
  for (const [id, record] of expected) assert.deepEqual(actual.get(id), record, `${what}: ${id}`)
}

/** The records are those, by their ids. */
export const haveSameIds = (actual: Records, expected: Records, what: string): void => {
  const missing = [...expected.keys()].filter((id) => !actual.has(id))
  const invented = [...actual.keys()].filter((id) => !expected.has(id))
  const told = [
    ...(missing.length === 0
      ? []
      : [`${missing.length} of ${expected.size} are missing (${missing.slice(0, some).join(", ")})`]),
    ...(invented.length === 0 ? [] : [`${invented.length} are not there (${invented.slice(0, some).join(", ")})`])
  ]
  assert.isEmpty(told, `${what}: ${told.join("; ")}`)
}

/** Nothing was found. The findings are the message. */
export const isFree = (findings: ReadonlyArray<string>): void => {
  assert.isEmpty(findings, findings.join("; "))
}
