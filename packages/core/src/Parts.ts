/** Text that is made of parts: a full name of a first and a last name, tags with commas between them. */
import { Result, type Schema } from "effect"

/** The parts without the white space around them; there are no empty ones. */
const partsOf = (text: string, separator: string): ReadonlyArray<string> =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "")

/**
 * The parts of a text. With `count` exactly so many: what is more stays together in the last or the first of them, what is missing
 * is null. Of an empty text the first is "".
 */
export const split = (
  text: string,
  separator: string,
  count: number | null,
  rest: "first" | "last"
): ReadonlyArray<string | null> => {
  const parts = partsOf(text, separator)
  if (count === null) return parts
  if (parts.length === 0) return ["", ...nulls(count - 1)]
  if (parts.length <= count) return [...parts, ...nulls(count - parts.length)]
  const joint = parts.length - count + 1
  return rest === "last"
    ? [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]
    : [parts.slice(0, joint).join(separator), ...parts.slice(joint)]
}

const nulls = (count: number): ReadonlyArray<null> => Array.from({ length: count }, () => null)

/** The text of a list of parts, some of which may be null. Fails with what is wrong. */
export const join = (list: Schema.Json, separator: string): Result.Result<string, string> => {
  if (!Array.isArray(list)) return Result.fail("must be a list of texts")
  const parts: Array<string> = []
  for (const part of list) {
    if (typeof part === "string") parts.push(...partsOf(part, separator))
    else if (part !== null) return Result.fail("must be a list of texts")
  }
  return Result.succeed(parts.join(separator))
}
