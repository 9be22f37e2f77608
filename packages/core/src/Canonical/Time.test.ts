import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Time from "./Time.ts"

it.each([
  ["2026-11-21", true],
  ["2024-02-29", true],
  ["2000-02-29", true],
  ["2023-02-29", false],
  ["1900-02-29", false],
  ["2026-04-31", false],
  ["2026-13-01", false],
  ["2026-00-10", false],
  ["2026-1-1", false],
  ["2026-11-21\n", false]
])("%j is a day: %s", (text, isDay) => assert.strictEqual(Schema.is(Time.Day)(text), isDay))

it.each([
  ["2026-11-21T09:30:00Z", true],
  ["2026-11-21T09:30:00.250+01:00", true],
  ["2026-11-21 09:30:00z", true],
  ["2026-11-21T09:30-0500", true],
  ["2026-11-21T09:30:00", false],
  ["2026-11-21T24:00:00Z", false],
  ["2026-11-21T09:60:00Z", false],
  ["2026-02-30T00:00:00Z", false],
  ["2026-11-21", false]
])("%j is a moment: %s", (text, isMoment) => assert.strictEqual(Schema.is(Time.Moment)(text), isMoment))
