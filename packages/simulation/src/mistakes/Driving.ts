/** Mistakes in how workers share what is to be done, and in how they let connections rest. */
import { at, type Mistake, mistake } from "../Mistake.ts"

const drivers = "packages/store/src/Drivers.ts"
const turn = "packages/engine/src/Turn.ts"

export const driving: ReadonlyArray<Mistake> = [
  mistake(
    "wake-lost",
    "S3-D14",
    "A wake that came while its work was done goes with that work.",
    at(
      "packages/store/src/Wakes.ts",
      "where tenant_id = $1 and job = $2 and class = $3 and wakes <= $4",
      "where tenant_id = $1 and job = $2 and class = $3 and (wakes <= $4 or true)"
    )
  ),
  mistake(
    "driver-asleep",
    "S3-D14",
    "A driver that is given back is not due, whatever its jobs have to do.",
    at(drivers, "taken_at = null, due_at = n.due_at", "taken_at = null, due_at = null")
  ),
  mistake(
    "driver-given-back-by-anybody",
    "I-19",
    "Whoever had a driver gives it back, though another has it by now.",
    at(
      drivers,
      `"tenant_id = $1 and name = $2 and epoch = $3 and worker = $4"`,
      `"tenant_id = $1 and name = $2 and (epoch = $3 or worker <> $4 or true)"`
    )
  ),
  mistake(
    "epoch-stands",
    "S3-D2",
    "Whoever takes a driver over goes on in the epoch of whoever had it.",
    at("packages/store/src/internal/Dispatching.ts", "epoch = d.epoch + 1, taken_at", "epoch = d.epoch, taken_at")
  ),
  mistake(
    "driver-taken-from-the-living",
    "I-18",
    "A driver is taken whoever has it.",
    at(
      "packages/store/src/internal/Dispatching.ts",
      "`not exists (select from syncline.worker w",
      "`true or not exists (select from syncline.worker w"
    )
  ),
  mistake(
    "worker-calls-though-taken",
    "I-19",
    "A worker that has said once that it lives believes for ever that it drives what it has taken.",
    at(
      "packages/engine/src/Worker.ts",
      "life.beatAtMs !== null && Living.isAliveAt(nowMs, life.beatAtMs, Fleet.deadAfterMs)",
      "life.beatAtMs !== null && nowMs > 0"
    ),
    at("packages/engine/src/Worker.ts", "may && life.lapses === lapses", "may && lapses >= 0")
  ),
  mistake(
    "lapse-forgotten",
    "I-19",
    "A worker that was taken for dead and lives goes on with what it had, though another may have it by now.",
    at("packages/engine/src/Worker.ts", "may && life.lapses === lapses", "may && lapses >= 0")
  ),
  mistake(
    "driven-twice",
    "I-19",
    "A worker takes what it has lost before its own turn has ended.",
    at(
      "packages/store/src/internal/Dispatching.ts",
      "and not $5::text::jsonb ? (tenant_id || '/' || name)",
      "and (worker is distinct from $1 or not $5::text::jsonb ? (tenant_id || '/' || name))"
    )
  ),
  mistake(
    "rests-for-ever",
    "S1-9",
    "A connection that does not answer is never asked again.",
    at("packages/engine/src/Probe.ts", "if (!isToBeAsked) continue", "if (isToBeAsked || !isToBeAsked) continue")
  ),
  mistake(
    "called-though-it-rests",
    "S3-D13",
    "A connection that does not answer is called by whatever is due.",
    at(turn, "dues.filter(({ blockedBy }) => blockedBy === null)", "dues")
  ),
  mistake(
    "outage-burns-attempts",
    "S3-D13",
    "That a provider does not answer counts against the record that was to be written.",
    at(
      "packages/engine/src/Judged.ts",
      `settled({ _tag: "Released", why: reason.detail, afterMs: isWhole ? null : 1000 })`,
      `settled({ _tag: "Refused", reason })`
    )
  ),
  mistake(
    "timed-out-goes-on",
    "S1-10",
    "A run whose time is over is told to have ended, and goes on.",
    at(
      "packages/engine/src/Run.ts",
      "    Living.whileAlive(leasesOf(begun), run.askedAtMs, finding),\n",
      `    Effect.flatMap(Effect.forkDetach(Living.whileAlive(leasesOf(begun), run.askedAtMs, finding)), (fiber) =>
      Effect.callback((resume) => { fiber.addObserver((exit) => resume(exit)) })
    ),
`
    )
  )
]
