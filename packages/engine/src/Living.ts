/** A run shows that it lives, and calls nobody once it could not for so long that another may have taken its place. */
import { MayCall } from "@syncline/connector"
import { Cursors, type SqlError } from "@syncline/store"
import { Clock, Duration, Effect } from "effect"

const beatEvery = Duration.seconds(5)

/** Before it is taken for dead, so that what it has just begun is given up in time. */
const marginMs = 2000

/**
 * Whether whoever last said so at `beatAtMs` is surely not taken for dead yet, which others do after `deadAfterMs`. A clock that was set back
 * says nothing about how long ago it was: then the next heartbeat is waited for.
 */
export const isAliveAt = (nowMs: number, beatAtMs: number, deadAfterMs: number): boolean =>
  nowMs >= beatAtMs && nowMs - beatAtMs < deadAfterMs - marginMs

/** What a process knows of its own heartbeats. */
export interface Life {
  /** When it asked for the last that was taken; null: none was yet. */
  readonly beatAtMs: number | null
  /** How often it came so late that others may have taken it for dead meanwhile. What it had before may be another's. */
  readonly lapses: number
}

export const unheard: Life = { beatAtMs: null, lapses: 0 }

/** After a heartbeat that was asked for at `askedAtMs` and is known by now to have been taken. */
export const beaten = ({ beatAtMs, lapses }: Life, askedAtMs: number, nowMs: number, deadAfterMs: number): Life => ({
  beatAtMs: askedAtMs,
  lapses: beatAtMs === null || isAliveAt(nowMs, beatAtMs, deadAfterMs) ? lapses : lapses + 1
})

/** `fromMs`: when its sides were asked for, by our clock. Fails once it has lost one of them, whatever the work does. */
export const whileAlive = Effect.fnUntraced(function* <A, E, R>(
  leases: Cursors.Leases,
  fromMs: number,
  work: Effect.Effect<A, E, R>
): Effect.fn.Return<A, E | Cursors.Fenced | SqlError, R | Cursors.Cursors> {
  const cursors = yield* Cursors.Cursors
  const mayDriverCall = yield* MayCall
  let beatAtMs = fromMs
  const beat = Effect.gen(function* () {
    // The time before it was told: the lease may only seem shorter than it is.
    const askedAtMs = yield* Clock.currentTimeMillis
    yield* Effect.forEach(leases, cursors.heartbeat, { concurrency: "unbounded", discard: true })
    beatAtMs = askedAtMs
  })
  const mayCall = Effect.gen(function* () {
    const isAlive = isAliveAt(yield* Clock.currentTimeMillis, beatAtMs, Cursors.deadAfterMs)
    return isAlive && (yield* mayDriverCall)
  })
  return yield* work.pipe(
    Effect.provideService(MayCall, mayCall),
    Effect.raceFirst(Effect.forever(Effect.delay(beat, beatEvery)))
  )
})
