/**
 * Hears databases say that captured rows have changed, and wakes the jobs that read them, within moments instead of by their schedule.
 * Nothing relies on it: what was not heard is found when the job runs anyway.
 */
import type { SyncJob, TenantId } from "@syncline/core"
import { Postgres, type SqlError, Wakes } from "@syncline/store"
import { Effect, Queue, Redacted, Schedule } from "effect"
import type { Connection } from "./Connection.ts"
import type { Dispatch } from "./Dispatch.ts"
import type { Pair } from "./Pair.ts"
import type { Registry } from "./Registry.ts"

/** However often rows change, jobs are woken at most this often: each looks at all that changed. */
const pause = "500 millis"

/** Until a connection that was lost is tried again. */
const reconnectAfter = "2 seconds"

/** What is heard in one place: payloads of one channel, and the jobs that each wakes. */
interface Place {
  readonly url: Redacted.Redacted
  readonly channel: string
  readonly jobs: ReadonlyMap<string, ReadonlyArray<SyncJob.SyncJob>>
}

export interface Listening {
  readonly tenant: TenantId
  readonly registry: Registry
  /** How the store's own database is reached by a session that stays the same. */
  readonly storeUrl: Redacted.Redacted
  readonly dispatch: Dispatch["Service"]
  readonly onTrouble: (error: SqlError) => Effect.Effect<void>
}

/** Never ends; without anything to hear it waits. */
export const listen = Effect.fn("Notices.listen")(function* (
  listening: Listening
): Effect.fn.Return<never, never, Wakes.Wakes> {
  const places = placesOf(listening.registry, listening.storeUrl)
  yield* Effect.forEach(places, (place) => hearAt(place, listening), { concurrency: "unbounded", discard: true })
  return yield* Effect.never
})

const hearAt = Effect.fnUntraced(function* ({ channel, jobs, url }: Place, around: Listening) {
  const payloads = yield* Queue.unbounded<string>()
  // What was notified before it listened may have been missed.
  const onListening = Effect.asVoid(Queue.offerAll(payloads, jobs.keys()))
  const hearing = Postgres.listen({ url }, channel, onListening, (payload) => {
    if (jobs.has(payload)) Queue.offerUnsafe(payloads, payload)
  }).pipe(
    Effect.tapError(around.onTrouble),
    Effect.retry(Schedule.spaced(reconnectAfter)),
    Effect.catch(() => Effect.never)
  )
  const wakes = yield* Wakes.Wakes
  const waking = Effect.gen(function* () {
    const heard = new Set(yield* Queue.takeAll(payloads))
    const woken = new Set([...heard].flatMap((payload) => jobs.get(payload) ?? []))
    const asked = [...woken].map(
      (job) => ({ job: job.name, class: "delta", trigger: "webhook", dueAtMs: null }) as const
    )
    yield* around.dispatch.send(yield* wakes.wake(around.tenant, asked))
    yield* Effect.sleep(pause)
  }).pipe(Effect.catch(around.onTrouble))
  return yield* Effect.raceFirst(hearing, Effect.forever(waking))
})

const placesOf = (registry: Registry, storeUrl: Redacted.Redacted): ReadonlyArray<Place> => {
  const places = new Map<
    string,
    { url: Redacted.Redacted; channel: string; jobs: Map<string, Array<SyncJob.SyncJob>> }
  >()
  for (const { name, notices } of registry.connections) {
    if (notices === null) continue
    const { channel, entities, url: own } = notices
    const url = own ?? storeUrl
    const key = JSON.stringify([Redacted.value(url), channel])
    const place = places.get(key) ?? { url, channel, jobs: new Map() }
    for (const [payload, entity] of Object.entries(entities)) {
      const jobs = registry.pairs.filter((pair) => isWoken(pair, name, entity)).map(({ job }) => job)
      if (jobs.length > 0) place.jobs.set(payload, [...(place.jobs.get(payload) ?? []), ...jobs])
    }
    if (place.jobs.size > 0) places.set(key, place)
  }
  return [...places.values()]
}

/** Whether a job runs by itself and reads this entity of the connection. */
const isWoken = ({ job, source, target }: Pair, connection: Connection["name"], entity: string): boolean =>
  job.schedule._tag !== "Manual" &&
  ((job.direction !== "target_to_source" && source.connection.name === connection && source.name === entity) ||
    (job.direction !== "source_to_target" && target.connection.name === connection && target.name === entity))
