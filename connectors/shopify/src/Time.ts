/** Moments and days as text. */
import { DateTime, Option } from "effect"

/** Milliseconds since 1970; null for what is no moment. */
export const ms = (text: string): number | null =>
  Option.getOrNull(Option.map(DateTime.make(text), DateTime.toEpochMillis))

/** `2026-11-27T09:30:00.000Z` */
export const iso = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))

/** As the `Date` header has it. */
export const http = (ms: number): string => DateTime.toDateUtc(DateTime.makeUnsafe(ms)).toUTCString()
