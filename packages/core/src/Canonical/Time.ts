/** Days and moments. A day has no time zone and no time; a moment has both. Neither is silently made into the other. */
import { DateTime, Option, Result, Schema } from "effect"

const daysInMonth = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Whether `2026-02-30` and the like are days that exist. */
const isDay = (text: string): boolean => {
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number)
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

/** A day as it stands in a calendar: `2026-11-21`. */
export const Day = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d\d-\d\d$/),
  Schema.makeFilter((text) => isDay(text) || 'must be a day that exists, such as "2026-11-21"')
)

// RFC 3339, which demands the zone: without one nobody knows which moment it is.
const momentPattern =
  /^(\d{4}-\d\d-\d\d)[Tt ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/

const isMoment = (text: string): boolean => isDay(momentPattern.exec(text)?.[1] ?? "")

/** A moment with its zone: `2026-11-21T09:30:00Z`, `2026-11-21T10:30:00.250+01:00`. */
export const Moment = Schema.String.check(
  Schema.isPattern(momentPattern),
  Schema.makeFilter((text) => isMoment(text) || 'must be a moment that exists, such as "2026-11-21T09:30:00Z"')
)

/** How a moment or a day is written. `iso` is written in UTC with milliseconds; `unix_seconds` drops what is below a second. */
export const Form = Schema.Literals(["iso", "unix_seconds", "unix_millis", "day"])
export type Form = typeof Form.Type

/** Whether a value may be brought back after it was brought from `source` to `target`: a moment made a day may not. */
export const isReversible = (source: Form, target: Form): boolean => (source === "day") === (target === "day")

// What a Date can hold, ±100 million days around 1970, cut to the years that have four digits.
const firstMs = -62_167_219_200_000
const lastMs = 253_402_300_799_999

/** Rewrites a moment or a day. A day becomes the moment at which it begins in UTC. Fails with what is wrong. */
export const rewrite = (value: Schema.Json, source: Form, target: Form): Result.Result<Schema.Json, string> =>
  Result.map(millisOf(value, source), (ms) => write(ms, target))

const millisOf = (value: Schema.Json, form: Form): Result.Result<number, string> => {
  switch (form) {
    case "unix_seconds":
    case "unix_millis": {
      const ms = typeof value === "number" ? Math.round(form === "unix_seconds" ? value * 1000 : value) : NaN
      return ms >= firstMs && ms <= lastMs
        ? Result.succeed(ms)
        : Result.fail(`must be a number of ${form === "unix_seconds" ? "" : "milli"}seconds since 1970`)
    }
    case "iso":
      return typeof value === "string" && isMoment(value)
        ? parse(value)
        : Result.fail('must be a moment with its time zone, such as "2026-11-21T09:30:00Z"')
    case "day":
      return typeof value === "string" && isDay(value)
        ? parse(`${value}T00:00:00Z`)
        : Result.fail('must be a day that exists, such as "2026-11-21"')
  }
}

const parse = (text: string): Result.Result<number, string> =>
  Result.map(
    Result.fromOption(
      DateTime.make(text.replace(" ", "T").toUpperCase()),
      () => "is not a moment that a calendar holds"
    ),
    DateTime.toEpochMillis
  )

const write = (ms: number, form: Form): Schema.Json => {
  switch (form) {
    case "unix_seconds":
      return Math.floor(ms / 1000)
    case "unix_millis":
      return ms
    case "iso":
      return isoOf(ms)
    case "day":
      return isoOf(ms).slice(0, 10)
  }
}

const isoOf = (ms: number): string => Option.match(DateTime.make(ms), { onNone: () => "", onSome: DateTime.formatIso })
