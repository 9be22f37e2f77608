/** What is no longer tried by itself: writes that a provider refused for good, and records that could not be decided on. */
import { EntryId, RecordKey, type TenantId } from "@syncline/core"
import { Lanes, Ledger } from "@syncline/store"
import { Effect } from "effect"
import { NotFound } from "./EngineError.ts"
import * as Naming from "./Naming.ts"
import type { Registry } from "./Registry.ts"
import type { DeadLetter } from "./Report.ts"
import type * as Steering from "./Steering.ts"

const ofLane = (
  registry: Registry,
  { blocks, entity, entry, failedAtMs, integration }: Lanes.DeadLetter
): DeadLetter => ({
  id: entry.id,
  job: Naming.jobOf(registry, integration, entity),
  recordId: entry.key,
  side: entry.side,
  operation: entry.operation,
  cause: entry.lastError ?? "",
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
  const told = new Set(writes.map(({ entity, entry, integration }) => JSON.stringify([integration, entity, entry.key])))
  return [
    ...writes.map((letter) => ofLane(registry, letter)),
    ...records
      .filter(({ entity, integration, key }) => !told.has(JSON.stringify([integration, entity, key])))
      .map((entry) => ofLedger(registry, entry))
  ]
    .toSorted((a, b) => b.diedAtMs - a.diedAtMs)
    .slice(0, limit)
})

/** By the id of a write; of a record that has none, by its job and key. */
const act = Effect.fnUntraced(function* (registry: Registry, tenant: TenantId, id: string, verb: "retry" | "discard") {
  const lanes = yield* Lanes.Lanes
  const ledger = yield* Ledger.Ledger
  const colon = id.indexOf(":")
  const [job, key] = [id.slice(0, colon), id.slice(colon + 1)]
  const pair = registry.pairs.find((each) => colon > 0 && each.job.name === job)
  const isDone =
    pair !== undefined && key !== ""
      ? yield* ledger[verb](pair.key, RecordKey.make(key))
      : colon < 0 && id !== "" && (yield* lanes[verb](tenant, EntryId.make(id)))
  if (!isDone) {
    return yield* new NotFound({
      what: "dead letter",
      id,
      detail: "it may have been tried again meanwhile; see those there are with: syncline deadletters list"
    })
  }
})

export const retry = (registry: Registry, tenant: TenantId, id: string) => act(registry, tenant, id, "retry")

export const discard = (registry: Registry, tenant: TenantId, id: string) => act(registry, tenant, id, "discard")
