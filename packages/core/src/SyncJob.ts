/** What to sync, which way, how often and how persistently. */
import { Cron, DateTime, Duration, Effect, Hash, Option, Result, Schema } from "effect"
import { EntityType, IntegrationName, JobName } from "./Ids.ts"
import * as Problems from "./Problems.ts"
import type { Side } from "./Side.ts"

export const Direction = Schema.Literals(["source_to_target", "target_to_source", "bidirectional"])
export type Direction = typeof Direction.Type

/** `full` lists every record; `incremental` reads what changed since the last run, and lists where there was none. */
export const Mode = Schema.Literals(["full", "incremental"])
export type Mode = typeof Mode.Type

/** A cron expression has five fields, or six beginning with seconds. The time zone is an IANA name or an offset such as `+02:00`. */
export const Schedule = Schema.TaggedUnion({
  Manual: {},
  Every: { everyMs: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1000)) },
  Cron: { expression: Schema.String, timeZone: Schema.String }
})
export type Schedule = typeof Schedule.Type

/** A job as it is stored. */
export const SyncJob = Schema.Struct({
  name: JobName,
  integration: IntegrationName,
  entity: EntityType,
  direction: Direction,
  mode: Mode,
  schedule: Schedule,
  /** Start again, with backoff, an execution that ended failed or timed_out: at most `maxRetries` times. */
  retryOnFailure: Schema.Boolean,
  maxRetries: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 })),
  timeoutMinutes: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1440 })),
  /** The records of one page; a connector whose pages are smaller reads smaller ones. */
  pageSize: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
})
export type SyncJob = typeof SyncJob.Type

/** A declared job that cannot be run. `message` names the job, each field and what it must be. */
export class InvalidSyncJob extends Schema.TaggedError<InvalidSyncJob>()("InvalidSyncJob", {
  message: Schema.String
}) {}

const everyByDefault = "5 minutes"
const defaultTimeZone = "UTC"

const durationOf = Schema.decodeOption(Schema.DurationFromString)

const Every = Schema.String.check(
  Schema.makeFilter((text) => {
    const every = durationOf(text)
    if (Option.isNone(every)) return `Expected a duration, such as "5 minutes", got ${JSON.stringify(text)}`
    return (
      (Duration.isFinite(every.value) && Duration.toMillis(every.value) >= 1000) ||
      `Expected at least 1 second, such as "5 minutes", got ${JSON.stringify(text)}`
    )
  })
).pipe(Schema.decodeTo(Schema.DurationFromString))

// Long enough before any date that matters, so that a cron expression is judged alike on every day.
const epoch = 0

const howCronLooks = 'a cron expression is minute, hour, day, month and weekday, such as "0 3 * * 1-5"'
const howZonesLook = 'a time zone is an IANA name such as "Europe/London", or an offset such as "+02:00"'

/** What is wrong with it, at its field, or true. */
const judgeCron = (expression: string, timeZone: string) => {
  if (Option.isNone(DateTime.zoneFromString(timeZone)))
    return { path: ["timeZone"], issue: `Unknown time zone ${JSON.stringify(timeZone)}; ${howZonesLook}` }
  const cron = Cron.parse(expression, timeZone)
  if (Result.isFailure(cron)) {
    const { input, message } = cron.failure
    // What is wrong with one of its fields is told with that field alone.
    const where = input === expression ? "" : ` in ${JSON.stringify(expression)}`
    return { path: ["cron"], issue: `${message}: ${JSON.stringify(input)}${where}; ${howCronLooks}` }
  }
  const next = Result.try(() => Cron.next(cron.success, epoch))
  return Result.isSuccess(next) || { path: ["cron"], issue: `${JSON.stringify(expression)} names no date that exists` }
}

const howSchedulesLook = `"manual", { every: "5 minutes" } or { cron: "0 3 * * *", timeZone: "Europe/London" }`

const ScheduleDeclaration = Schema.Union([
  Schema.Literal("manual"),
  // One shape with a check instead of one per form, so that a mistake is told once and not once per form.
  Schema.Struct({
    every: Schema.optionalKey(Every),
    cron: Schema.optionalKey(Schema.String),
    timeZone: Schema.optionalKey(Schema.String)
  }).check(
    Schema.makeFilter(({ every, cron, timeZone }) => {
      if ((every === undefined) === (cron === undefined)) return `Expected ${howSchedulesLook}`
      if (cron === undefined) return timeZone === undefined || "timeZone belongs to cron, not to every"
      return judgeCron(cron, timeZone ?? defaultTimeZone)
    })
  )
]).annotate({ expected: howSchedulesLook })

const { fields } = SyncJob

/**
 * A job as a person declares it. Only `name`, `integration` and `entity` are required. Without a `schedule` an incremental job
 * runs every 5 minutes and a full one by hand; cron without a time zone is UTC.
 */
export const Declaration = Schema.Struct({
  name: fields.name,
  integration: fields.integration,
  entity: fields.entity,
  /** `inbound` and `outbound` are seen from the application's database, where one side is that. */
  direction: Schema.Literals([...Direction.literals, "inbound", "outbound"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("source_to_target"))
  ),
  mode: Mode.pipe(Schema.withDecodingDefaultKey(Effect.succeed("incremental"))),
  schedule: Schema.optionalKey(ScheduleDeclaration),
  retryOnFailure: fields.retryOnFailure.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  maxRetries: fields.maxRetries.pipe(Schema.withDecodingDefaultKey(Effect.succeed(3))),
  timeoutMinutes: fields.timeoutMinutes.pipe(Schema.withDecodingDefaultKey(Effect.succeed(60))),
  pageSize: fields.pageSize.pipe(Schema.withDecodingDefaultKey(Effect.succeed(100)))
})
export type Declaration = typeof Declaration.Encoded

type Declared = typeof Declaration.Type

/**
 * A job from its declaration. `applicationSide` is the side that is the application's own database, which `inbound` and `outbound`
 * speak of; null where neither is.
 */
export const decode = (declaration: unknown, applicationSide: Side | null): Result.Result<SyncJob, InvalidSyncJob> =>
  Schema.decodeUnknownResult(Declaration)(declaration, {
    errors: "all",
    onExcessProperty: "error",
    reportInput: true
  }).pipe(
    Result.mapError((error) => refusal(declaration, Problems.linesOf(error.issue))),
    Result.flatMap((declared) => {
      const direction = directionOf(declared.direction, applicationSide)
      return direction === null
        ? Result.fail(
            refusal(declaration, [
              `direction: "${declared.direction}" needs one side to be the application's database; say "source_to_target", "target_to_source" or "bidirectional"`
            ])
          )
        : Result.succeed({ ...declared, direction, schedule: scheduleOf(declared) })
    })
  )

const directionOf = (direction: Declared["direction"], applicationSide: Side | null): Direction | null => {
  if (direction !== "inbound" && direction !== "outbound") return direction
  if (applicationSide === null) return null
  return (applicationSide === "target") === (direction === "inbound") ? "source_to_target" : "target_to_source"
}

const scheduleOf = ({ schedule, mode }: Declared): Schedule => {
  if ((schedule === undefined && mode === "full") || schedule === "manual") return { _tag: "Manual" }
  if (schedule?.cron !== undefined)
    return { _tag: "Cron", expression: schedule.cron, timeZone: schedule.timeZone ?? defaultTimeZone }
  return { _tag: "Every", everyMs: Math.round(Duration.toMillis(schedule?.every ?? everyByDefault)) }
}

const Named = Schema.Struct({ name: Schema.NonEmptyString })

const refusal = (declaration: unknown, lines: ReadonlyArray<string>): InvalidSyncJob => {
  const name = Schema.is(Named)(declaration) ? `job "${declaration.name}"` : "a job without a name"
  return new InvalidSyncJob({ message: [`${name} cannot be run:`, ...lines.map((line) => `  ${line}`)].join("\n") })
}

/** The width in which cron jobs that name the same minute are spread. */
const cronSpreadMs = 60_000

/** Where in its interval a job of this name runs, from 0 to 1: of many tenants' jobs not two are due at once. */
export const spreadOf = (name: string): number => (Hash.string(name) >>> 0) / 2 ** 32

/**
 * When the job is due next, strictly after `afterMs` (both Unix milliseconds); null for a job that is started by hand.
 *
 * `every` is a grid of its own per `spread`, so a late run moves none after it, and what was missed while nobody ran is caught up
 * by one run. A cron job runs within the minute that it names.
 */
export const nextRunAtMs = (schedule: Schedule, afterMs: number, spread = 0): number | null => {
  switch (schedule._tag) {
    case "Manual":
      return null
    case "Every": {
      const { everyMs } = schedule
      const offsetMs = Math.floor(spread * everyMs)
      return (Math.floor((afterMs - offsetMs) / everyMs) + 1) * everyMs + offsetMs
    }
    case "Cron": {
      const offsetMs = Math.floor(spread * cronSpreadMs)
      const cron = Cron.parseUnsafe(schedule.expression, schedule.timeZone)
      return Cron.next(cron, afterMs - offsetMs).getTime() + offsetMs
    }
  }
}
