/** Which reason an answer means: first the connector's own table, then the usual reading of HTTP statuses. Pure. */
import { DateTime, Option } from "effect"
import {
  Conflicted,
  Forbidden,
  NotFound,
  OutcomeUnknown,
  RateLimited,
  type Reason,
  Rejected,
  Transient,
  Unauthorized
} from "./ConnectorError.ts"
import type { ErrorRule, Reply } from "./Remote.ts"

/** Why this answer is a failure, or null for a success. `isWrite`: an answer that leaves open what happened is `OutcomeUnknown`. */
export const classify = (rules: ReadonlyArray<ErrorRule>, reply: Reply, isWrite: boolean): Reason | null =>
  rules.find((rule) => rule.matches(reply))?.reason(reply) ?? usual(reply, isWrite)

const usual = (reply: Reply, isWrite: boolean): Reason | null => {
  const { status } = reply
  if (status >= 200 && status < 300) return unreadable(reply, isWrite)
  const detail = `HTTP ${status}: ${excerpt(reply.text)}`
  switch (status) {
    case 401:
      return new Unauthorized({ detail })
    case 403:
      return new Forbidden({ missing: detail })
    case 404:
    case 410:
      return new NotFound({ detail })
    case 409:
    case 412:
      return new Conflicted({ detail })
    case 425:
      return new Transient({ detail })
    case 429:
      return new RateLimited({ retryAfterMs: retryAfterMs(reply) ?? 0 })
  }
  if (status === 408 || status >= 500) {
    if (isWrite) return new OutcomeUnknown({ detail })
    const pauseMs = retryAfterMs(reply)
    return pauseMs === null ? new Transient({ detail }) : new RateLimited({ retryAfterMs: pauseMs })
  }
  return status >= 400 ? new Rejected({ fields: { "": detail } }) : new Transient({ detail: `unexpected ${detail}` })
}

/** A proxy's HTML page, or JSON that broke off, under a status that says all is well. */
const unreadable = (reply: Reply, isWrite: boolean): Reason | null => {
  if (reply.json !== undefined || reply.text === "") return null
  const detail = `HTTP ${reply.status} whose body is not JSON: ${excerpt(reply.text)}`
  return isWrite ? new OutcomeUnknown({ detail }) : new Transient({ detail })
}

/** Its beginning, on one line. */
const excerpt = (text: string): string => text.slice(0, 80).replaceAll(/\s+/g, " ")

/**
 * The pause an answer asks for by `Retry-After`, in seconds or as a date; null when it asks for none that can be read.
 *
 * A date is taken against the answer's own `Date`, so our clock does not matter.
 */
export const retryAfterMs = ({ headers }: Pick<Reply, "headers">): number | null => {
  const value = headers["retry-after"]?.trim() ?? ""
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  const until = DateTime.make(value)
  const now = DateTime.make(headers["date"] ?? "")
  return Option.isSome(until) && Option.isSome(now)
    ? Math.max(0, DateTime.toEpochMillis(until.value) - DateTime.toEpochMillis(now.value))
    : null
}

/** Text as JSON, or undefined. */
export const parse = (text: string): unknown => {
  try {
    return text === "" ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The lines of a catalogue whose example is not classified by that very line, each with what took it instead. A connector's test
 * asserts that there are none.
 */
export const misclassified = (rules: ReadonlyArray<ErrorRule>): ReadonlyArray<string> =>
  rules.flatMap((rule) => {
    const { example } = rule
    const reply = { ...example, headers: example.headers ?? {}, json: parse(example.text) }
    const first = rules.find((other) => other.matches(reply))
    return first === rule
      ? []
      : [`"${rule.when}": its example is taken by ${first === undefined ? "no line" : `"${first.when}"`}`]
  })
