import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as SyncJob from "./SyncJob.ts"

const least = { name: "nightly", integration: "billing", entity: "invoice" }

const decoded = (declaration: SyncJob.Declaration, applicationSide: "source" | "target" | null = null) =>
  Result.getOrThrow(SyncJob.decode(declaration, applicationSide))

const refusalOf = (declaration: unknown) =>
  Result.match(SyncJob.decode(declaration, null), { onSuccess: () => "accepted", onFailure: ({ message }) => message })

it("a job needs a name, an integration and an entity; the rest has its usual value", () =>
  assert.deepEqual<unknown>(decoded(least), {
    ...least,
    direction: "source_to_target",
    mode: "incremental",
    schedule: { _tag: "Every", everyMs: 300_000 },
    retryOnFailure: true,
    maxRetries: 3,
    timeoutMinutes: 60,
    pageSize: 100
  }))

describe("a schedule", () => {
  it.each<[string, SyncJob.Declaration, SyncJob.Schedule]>([
    ["full jobs wait for a person", { ...least, mode: "full" }, { _tag: "Manual" }],
    ["by hand", { ...least, schedule: "manual" }, { _tag: "Manual" }],
    ["every so often", { ...least, schedule: { every: "90 seconds" } }, { _tag: "Every", everyMs: 90_000 }],
    [
      "cron in UTC",
      { ...least, schedule: { cron: "0 3 * * *" } },
      { _tag: "Cron", expression: "0 3 * * *", timeZone: "UTC" }
    ],
    [
      "cron in a zone",
      { ...least, schedule: { cron: "0 3 * * 1-5", timeZone: "Europe/Zurich" } },
      { _tag: "Cron", expression: "0 3 * * 1-5", timeZone: "Europe/Zurich" }
    ]
  ])("%s", (_, declaration, schedule) => assert.deepStrictEqual(decoded(declaration).schedule, schedule))
})

describe("seen from the application's database", () => {
  it.each<["inbound" | "outbound", "source" | "target", SyncJob.Direction]>([
    ["inbound", "target", "source_to_target"],
    ["inbound", "source", "target_to_source"],
    ["outbound", "target", "target_to_source"],
    ["outbound", "source", "source_to_target"]
  ])("%s, where that is the %s, is %s", (direction, side, expected) =>
    assert.strictEqual(decoded({ ...least, direction }, side).direction, expected)
  )
})

describe("a refused job names the field and what it must be", () => {
  it.each<[string, object, string]>([
    ["retries", { maxRetries: 11 }, "maxRetries: Expected a value between 1 and 10, got 11"],
    ["no retries", { maxRetries: 0 }, "maxRetries: Expected a value between 1 and 10, got 0"],
    ["timeout", { timeoutMinutes: 1441 }, "timeoutMinutes: Expected a value between 1 and 1440, got 1441"],
    ["half a minute more", { timeoutMinutes: 1.5 }, "timeoutMinutes: Expected an integer, got 1.5"],
    ["page size", { pageSize: 0 }, "pageSize: Expected a value greater than or equal to 1, got 0"],
    [
      "direction",
      { direction: "left" },
      'direction: Expected "source_to_target" | "target_to_source" | "bidirectional" | "inbound" | "outbound", got "left"'
    ],
    [
      "alias without database",
      { direction: "inbound" },
      'direction: "inbound" needs one side to be the application\'s database'
    ],
    [
      "schedule",
      { schedule: "hourly" },
      'schedule: Expected "manual", { every: "5 minutes" } or { cron: "0 3 * * *", timeZone: "Europe/London" }, got "hourly"'
    ],
    ["empty schedule", { schedule: {} }, 'schedule: Expected "manual", { every: "5 minutes" } or'],
    [
      "two schedules",
      { schedule: { every: "1 hour", cron: "0 3 * * *" } },
      'schedule: Expected "manual", { every: "5 minutes" } or'
    ],
    [
      "a zone without cron",
      { schedule: { every: "1 hour", timeZone: "UTC" } },
      "schedule: timeZone belongs to cron, not to every"
    ],
    [
      "duration",
      { schedule: { every: "often" } },
      'schedule.every: Expected a duration, such as "5 minutes", got "often"'
    ],
    ["too often", { schedule: { every: "10 millis" } }, "schedule.every: Expected at least 1 second"],
    ["never", { schedule: { every: "Infinity" } }, "schedule.every: Expected at least 1 second"],
    [
      "cron fields",
      { schedule: { cron: "0 3 *" } },
      'schedule.cron: Invalid number of segments in cron expression: "0 3 *"; a cron expression is minute, hour,'
    ],
    [
      "a minute",
      { schedule: { cron: "61 * * * *" } },
      'schedule.cron: Expected a value between 0 and 59: "61" in "61 * * * *"; a cron expression is minute, hour,'
    ],
    [
      "cron without a date",
      { schedule: { cron: "0 0 31 2 *" } },
      'schedule.cron: "0 0 31 2 *" names no date that exists'
    ],
    [
      "zone",
      { schedule: { cron: "0 3 * * *", timeZone: "Europe/Nowhere" } },
      'schedule.timeZone: Unknown time zone "Europe/Nowhere"; a time zone is an IANA name such as "Europe/London"'
    ],
    ["a misspelt field", { pagesize: 5 }, "pagesize: Unexpected key"]
  ])("%s", (_, fields, line) => {
    const message = refusalOf({ ...least, ...fields })
    assert.include(message, 'job "nightly" cannot be run:')
    assert.include(message, `  ${line}`)
    assert.lengthOf(message.split("\n"), 2)
  })

  it("all of its mistakes at once, also without a name", () =>
    assert.strictEqual(
      refusalOf({ maxRetries: 99 }).split("\n").toSorted().join("\n"),
      [
        "  entity: Missing key",
        "  integration: Missing key",
        "  maxRetries: Expected a value between 1 and 10, got 99",
        "  name: Missing key",
        "a job without a name cannot be run:"
      ].join("\n")
    ))
})

describe("the next run", () => {
  const at = (iso: string) => Date.parse(iso)
  it.each<[string, SyncJob.Schedule, string, string | null]>([
    ["of a job by hand is never", { _tag: "Manual" }, "2026-11-21T10:00:00Z", null],
    ["is one interval later", { _tag: "Every", everyMs: 300_000 }, "2026-11-21T10:00:00Z", "2026-11-21T10:05:00Z"],
    [
      "is in the zone's winter",
      { _tag: "Cron", expression: "0 3 * * *", timeZone: "Europe/Zurich" },
      "2026-11-21T10:00:00Z",
      "2026-11-22T02:00:00Z"
    ],
    [
      "is in the zone's summer",
      { _tag: "Cron", expression: "0 3 * * *", timeZone: "Europe/Zurich" },
      "2026-07-21T10:00:00Z",
      "2026-07-22T01:00:00Z"
    ],
    [
      "is strictly later",
      { _tag: "Cron", expression: "0 3 * * *", timeZone: "UTC" },
      "2026-11-21T03:00:00Z",
      "2026-11-22T03:00:00Z"
    ]
  ])("%s", (_, schedule, after, expected) =>
    assert.strictEqual(SyncJob.nextRunAtMs(schedule, at(after)), expected === null ? null : at(expected))
  )

  it("is spread: tenants with the same schedule are due at moments of their own", () => {
    const every: SyncJob.Schedule = { _tag: "Every", everyMs: 300_000 }
    const dueAt = Array.from({ length: 300 }, (_, tenant) =>
      SyncJob.nextRunAtMs(every, at("2026-11-21T10:00:00Z"), SyncJob.spreadOf(`tenant-${tenant}/customers`))
    )
    const perSecond = Map.groupBy(dueAt, (ms) => Math.floor((ms ?? 0) / 1000))
    assert.isAtMost(Math.max(...[...perSecond.values()].map(({ length }) => length)), 8)
  })

  it.prop(
    "is strictly later than now, and the next one a whole interval after it",
    [Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 86_400_000 })), Schema.String],
    ([everyMs, name]) => {
      const every: SyncJob.Schedule = { _tag: "Every", everyMs }
      const now = at("2026-11-21T10:00:00Z")
      const next = SyncJob.nextRunAtMs(every, now, SyncJob.spreadOf(name)) ?? 0
      assert.isAbove(next, now)
      assert.isAtMost(next, now + everyMs)
      assert.strictEqual(SyncJob.nextRunAtMs(every, next, SyncJob.spreadOf(name)), next + everyMs)
    }
  )

  it("of a cron job is within the minute that it names", () => {
    const cron: SyncJob.Schedule = { _tag: "Cron", expression: "0 3 * * *", timeZone: "Europe/Zurich" }
    const next = SyncJob.nextRunAtMs(cron, at("2026-11-21T10:00:00Z"), 0.5) ?? 0
    assert.strictEqual(next, at("2026-11-22T02:00:30Z"))
    assert.strictEqual(SyncJob.nextRunAtMs(cron, next, 0.5), at("2026-11-23T02:00:30Z"))
  })
})

it.prop("a job is stored as JSON and read as it was", [SyncJob.SyncJob], ([job]) =>
  assert.deepStrictEqual(Schema.decodeUnknownSync(SyncJob.SyncJob)(JSON.parse(JSON.stringify(job))), job)
)
