/** What is no longer tried by itself: writes that a provider refused for good, and records that could not be decided on. */
import { EntryId, type JobName, RecordKey, type TenantId } from "@syncline/core"
import { Lanes, Ledger, Wakes } from "@syncline/store"
import { Effect, Option, Predicate, type Schema } from "effect"
import { NotFound, Refused } from "./EngineError.ts"
import * as Naming from "./Naming.ts"
import type { Registry } from "./Registry.ts"
import type { DeadLetter } from "./Report.ts"
import type * as Steering from "./Steering.ts"

/** What a person gave up: the values that were to be written, or the record that was read; by whose word, and why. */
export interface DiscardedLetter extends Omit<Ledger.GivenUp, "integration" | "entity" | "key"> {
  readonly job: JobName
  readonly recordId: string
}

const ofLane = (
  registry: Registry,
  { blocks, entity, entry, failedAtMs, integration }: Lanes.DeadLetter,
  cause: string | undefined
): DeadLetter => ({
  id: entry.id,
  job: Naming.jobOf(registry, integration, entity),
  recordId: entry.key,
  side: entry.side,
  operation: entry.operation,
  cause: cause ?? entry.lastError ?? "",
  message: entry.lastError ?? "refused, without a word of why",
  payload: Object.fromEntries(Object.entries(entry.changes).map(([field, { value }]) => [field, value])),
  attempts: entry.attempts,
  blocks,
  diedAtMs: failedAtMs
})

const ofLedger = (registry: Registry, entry: Ledger.Entry): DeadLetter => {
  const job = Naming.jobOf(registry, entry.integration, entry.entity)
  return {
    id: `${job}:${entry.key}`,
    job,
    recordId: entry.key,
    side: null,
    operation: null,
    cause: entry.cause,
    message: entry.message,
    payload: entry.payload,
    attempts: entry.attempts,
    blocks: 0,
    diedAtMs: entry.lastFailedAtMs
  }
}

/** A write that died is also a line of the ledger; it is told once, as the write that it is. */
export const list = Effect.fn("DeadLetterQueue.list")(function* (
  registry: Registry,
  tenant: TenantId,
  { limit, name }: Steering.Scope
) {
  const lanes = yield* Lanes.Lanes
  const ledger = yield* Ledger.Ledger
  const filters = yield* Naming.filtersOf(registry, name)
  const writes = (yield* Effect.forEach(filters, (filter) =>
    lanes.deadLetters(tenant, { ...filter, state: "dead" }, limit)
  )).flat()
  const records = (yield* Effect.forEach(filters, (filter) =>
    ledger.list(tenant, { ...filter, state: "dead" }, limit)
  )).flat()
  const nameOf = (
    of: { readonly integration: string; readonly entity: string },
    { key, side }: Pick<Ledger.Entry, "key" | "side">
  ) => JSON.stringify([of.integration, of.entity, key, side])
  const told = new Set(writes.map((letter) => nameOf(letter, letter.entry)))
  // What the provider said names the record's own values; the ledger has the cause without them.
  const causes = new Map(records.map((entry) => [nameOf(entry, entry), entry.cause]))
  return [
    ...writes.map((letter) => ofLane(registry, letter, causes.get(nameOf(letter, letter.entry)))),
    ...records.filter((entry) => !told.has(nameOf(entry, entry))).map((entry) => ofLedger(registry, entry))
  ]
    .toSorted((a, b) => b.diedAtMs - a.diedAtMs)
    .slice(0, limit)
})

/** The id of a write names that; the id of a record that has none, its job and key. */
const recordOf = (registry: Registry, id: string) => {
  const colon = id.indexOf(":")
  const pair = registry.pairs.find((each) => colon > 0 && each.job.name === id.slice(0, colon))
  const key = id.slice(colon + 1)
  return pair === undefined || key === "" ? null : { pair, key: RecordKey.make(key) }
}

/** Null: it can be none. */
const entryOf = (id: string): EntryId | null => (id === "" || id.includes(":") ? null : EntryId.make(id))

const missing = (id: string) =>
  new NotFound({
    what: "dead letter",
    id,
    detail: "it may have been tried again meanwhile; see those there are with: syncline deadletters list"
  })

/** A write is sent again, or a record read again, by whoever drives the job. */
export const retry = Effect.fn("DeadLetterQueue.retry")(function* (
  registry: Registry,
  tenant: TenantId,
  id: string,
  values: Readonly<Record<string, Schema.Json>>
) {
  const wakes = yield* Wakes.Wakes
  const wake = (job: JobName, of: "edit" | "delta") =>
    Effect.asVoid(wakes.wake(tenant, [{ job, class: of, trigger: "manual", dueAtMs: null }]))
  const record = recordOf(registry, id)
  if (record !== null) {
    if (Object.keys(values).length > 0)
      return yield* new Refused({
        detail: `"${id}" is a record that could not be decided on, and no write: mend the record where it is, then retry without values`
      })
    if (!(yield* (yield* Ledger.Ledger).retry(record.pair.key, record.key))) return yield* missing(id)
    return yield* wake(record.pair.job.name, "delta")
  }
  const entry = entryOf(id)
  if (entry === null) return yield* missing(id)
  const retried = yield* (yield* Lanes.Lanes).retry(tenant, entry, values)
  if (Option.isNone(retried)) return yield* yield* whyNot(registry, tenant, id, Object.keys(values))
  yield* wake(Naming.jobOf(registry, retried.value.integration, retried.value.entity), "edit")
})

const mostLetters = 10_000

const whyNot = Effect.fnUntraced(function* (
  registry: Registry,
  tenant: TenantId,
  id: string,
  fields: ReadonlyArray<string>
) {
  const letter = (yield* list(registry, tenant, { limit: mostLetters })).find((each) => each.id === id)
  if (letter === undefined || fields.length === 0) return missing(id)
  const carried = Object.keys(Predicate.isObject(letter.payload) ? letter.payload : {})
  const foreign = fields.filter((field) => !carried.includes(field))
  return new Refused({
    detail: `"${id}" does not write ${foreign.map((field) => `"${field}"`).join(", ")}; it writes ${carried.map((field) => `"${field}"`).join(", ")}`
  })
})

/** What mends one of a cause mends all. Answers which were dead of it. */
export const retryCause = Effect.fn("DeadLetterQueue.retryCause")(function* (
  registry: Registry,
  tenant: TenantId,
  id: string
) {
  const one = (yield* list(registry, tenant, { limit: mostLetters })).find((each) => each.id === id)
  const pair = registry.pairs.find(({ job }) => job.name === one?.job)
  if (one === undefined || pair === undefined) return yield* missing(id)
  const writes = yield* (yield* Lanes.Lanes).retryCause(pair.key, one.cause)
  const records = yield* (yield* Ledger.Ledger).retryCause(pair.key, one.cause)
  const woken = { job: one.job, trigger: "manual", dueAtMs: null } as const
  yield* (yield* Wakes.Wakes).wake(tenant, [
    ...(writes.length === 0 ? [] : [{ ...woken, class: "edit" as const }]),
    ...(records.length === 0 ? [] : [{ ...woken, class: "delta" as const }])
  ])
  const ids: ReadonlyArray<string> = [...writes, ...records.map((key) => `${one.job}:${key}`)]
  return ids
})

export const discard = Effect.fn("DeadLetterQueue.discard")(function* (
  registry: Registry,
  tenant: TenantId,
  id: string,
  givingUp: Lanes.GivingUp
) {
  const record = recordOf(registry, id)
  const entry = entryOf(id)
  const isDone =
    record !== null
      ? yield* (yield* Ledger.Ledger).discard(record.pair.key, record.key, givingUp)
      : entry !== null && (yield* (yield* Lanes.Lanes).discard(tenant, entry, givingUp))
  if (!isDone) return yield* missing(id)
})

export const discarded = Effect.fn("DeadLetterQueue.discarded")(function* (
  registry: Registry,
  tenant: TenantId,
  { limit, name }: Steering.Scope
) {
  const ledger = yield* Ledger.Ledger
  const filters = yield* Naming.filtersOf(registry, name)
  const all = (yield* Effect.forEach(filters, (filter) => ledger.givenUp(tenant, filter, limit))).flat()
  return all
    .toSorted((one, other) => other.atMs - one.atMs)
    .slice(0, limit)
    .map(({ entity, integration, key, ...rest }): DiscardedLetter => ({
      ...rest,
      job: Naming.jobOf(registry, integration, entity),
      recordId: key
    }))
})
