/** The conflicts that wait for a person, and a person's answers. */
import { type OutboxEntry, Planner, type Side, type TenantId } from "@syncline/core"
import { Conflicts, type PairLinkWrite, PairLinks, type RecordSituation, type SqlError } from "@syncline/store"
import { Clock, Effect, Option, Result } from "effect"
import * as ByHand from "./ByHand.ts"
import * as Cause from "./Cause.ts"
import { type EngineError, Moved, NotFound, Refused } from "./EngineError.ts"
import * as Naming from "./Naming.ts"
import type { Registry } from "./Registry.ts"
import type { ConflictReport, ConflictSummary, FieldDiff } from "./Report.ts"
import * as FormerId from "./FormerId.ts"
import * as Settle from "./Settle.ts"
import type * as Steering from "./Steering.ts"
import type { SteeringServices } from "./SteeringServices.ts"

const summary = (registry: Registry, listed: Conflicts.ListedConflict): ConflictSummary => {
  const { conflict, entity, id, integration, key, resolvedAtMs, resolvedBy, strategy } = listed
  return {
    id,
    // A conflict of a pair that the configuration no longer has keeps the name that its job had by default.
    job: Naming.jobOf(registry, integration, entity),
    integration,
    entity,
    key,
    sourceId: listed.sourceId,
    targetId: listed.targetId,
    fields: Object.keys(conflict.contested),
    status: resolvedAtMs === null ? "open" : "resolved",
    strategy,
    createdAtMs: listed.createdAtMs,
    resolvedAtMs,
    resolvedBy
  }
}

const diffsOf = (draft: OutboxEntry.Draft | null): ReadonlyArray<FieldDiff> =>
  Object.entries(draft?.changes ?? {}).map(([field, { value, was }]) => ({ field, before: was, after: value }))

export const contestedFields = ({ contested }: Conflicts.ListedConflict["conflict"]): ConflictReport["contested"] =>
  Object.entries(contested).map(([field, contest]) => ({ field, ...contest }))

const report = (registry: Registry, listed: Conflicts.ListedConflict): ConflictReport => {
  const { conflict, records, resolution, version } = listed
  const { withheld } = conflict
  return {
    ...summary(registry, listed),
    contested: contestedFields(conflict),
    withheld: { source: diffsOf(withheld.source), target: diffsOf(withheld.target) },
    sourceRecord: records.source,
    targetRecord: records.target,
    version: String(version),
    resolution
  }
}

export const list = Effect.fn("ConflictQueue.list")(function* (
  registry: Registry,
  tenant: TenantId,
  { limit, name, resolved }: Parameters<Steering.Conflicts["list"]>[0]
) {
  const conflicts = yield* Conflicts.Conflicts
  const status = resolved === true ? "resolved" : "open"
  const filters = yield* Naming.filtersOf(registry, name)
  const found = yield* Effect.forEach(filters, (filter) => conflicts.list(tenant, { ...filter, status }, limit))
  return found
    .flat()
    .map((each) => summary(registry, each))
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
    .slice(0, limit)
})

const stored = Effect.fn("ConflictQueue.stored")(function* (tenant: TenantId, id: string) {
  const found = yield* Effect.flatMap(Conflicts.Conflicts, (conflicts) => conflicts.get(tenant, id))
  if (Option.isSome(found)) return found.value
  return yield* new NotFound({ what: "conflict", id, detail: "see those there are with: syncline conflicts list" })
})

export const get = (registry: Registry, tenant: TenantId, id: string) =>
  Effect.map(stored(tenant, id), (found) => report(registry, found))

/** Checks that nothing has moved since the person looked, then stores the decision with the writes that follow from it. */
export const resolve = Effect.fn("ConflictQueue.resolve")(function* (
  registry: Registry,
  tenant: TenantId,
  id: string,
  { by, choices, version }: Parameters<Steering.Conflicts["resolve"]>[1]
): Effect.fn.Return<ConflictReport, EngineError | SqlError, SteeringServices> {
  const found = yield* stored(tenant, id)
  const { conflict, entity, integration, key, resolvedBy } = found
  if (resolvedBy !== null)
    return yield* new Moved({ detail: `conflict ${id} has been resolved already, by ${resolvedBy}` })
  if (String(found.version) !== version) return yield* movedSince(id, version, found.version)
  const pair = Naming.pairOfKey(registry, integration, entity)
  if (pair === undefined) {
    return yield* new Refused({
      detail: `conflict ${id} is of ${integration}/${entity}, which the configuration no longer has; put it back to resolve it`
    })
  }
  if (pair.twoWay === null) {
    return yield* new Refused({
      detail: `conflict ${id} is of ${integration}/${entity}, which mirrors its source now; the source's value counts`
    })
  }
  const decided = Planner.resolve(conflict, choices, pair.twoWay.policy, yield* Clock.currentTimeMillis)
  if (Result.isFailure(decided)) return yield* new Refused({ detail: decided.failure.message })
  const links = yield* PairLinks.PairLinks
  const [situation] = yield* links.situations(pair.key, { keys: [key] })
  if (situation === undefined || situation.version !== found.version) {
    return yield* movedSince(id, version, situation?.version ?? null)
  }
  const { writes } = decided.success
  const hasUnsent = (side: Side.Side): boolean =>
    situation.entries.some((entry) => entry.side === side && entry.state === "pending")
  yield* ByHand.commit(pair, [{ key, version: situation.version, laneVersions: situation.laneVersions }], {
    conflicts: [{ _tag: "Resolve", key, resolution: choices, by }],
    history: [
      {
        key,
        operation: "update",
        fields: {},
        cause: Cause.encode({ _tag: "Resolved", conflict: id, by })
      }
    ],
    pairLinks: madeAgain(situation, writes),
    formerIds: FormerId.givenUp(situation.link, writes),
    entries: (["source", "target"] as const)
      .filter((side) => writes[side] !== null || hasUnsent(side))
      .map((side) => ({ key, side, draft: writes[side] }))
  })
  return report(registry, yield* stored(tenant, id))
})

/** A record that is created again will have another id at that side. */
const madeAgain = (
  { link, version }: RecordSituation,
  writes: Planner.Write["writes"]
): ReadonlyArray<PairLinkWrite> => {
  const side =
    writes.source?.operation === "create" ? "source" : writes.target?.operation === "create" ? "target" : null
  if (side === null || link === null) return []
  const id = side === "source" ? { sourceId: null } : { targetId: null }
  const status = link.status === "mapped" ? "stale" : link.status
  return [{ ...Settle.unchanged(link, version), ...id, status, isDeleted: false, [side]: null }]
}

const movedSince = (id: string, seen: string, now: number | null) =>
  new Moved({
    detail: `conflict ${id} is no longer as it was when you looked at it (version ${seen}, now ${now ?? "gone"}); look again with: syncline conflicts show ${id}`
  })
