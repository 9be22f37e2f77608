/** Why a record has the values that it has: what each side was last seen to hold, and the chain of changes that led there. */
import {
  type ExecutionId,
  FieldMapping,
  type Fields,
  Link,
  type OutboxEntry,
  type Side,
  type TenantId
} from "@syncline/core"
import {
  Conflicts,
  Executions,
  History,
  Lanes,
  PairLinks,
  type StoredConflict,
  type StoredEntry,
  type SqlError
} from "@syncline/store"
import { Effect, Option, Result, type Schema } from "effect"
import * as Cause from "./Cause.ts"
import { type EngineError, NotFound } from "./EngineError.ts"
import * as MappingBrowser from "./MappingBrowser.ts"
import * as Naming from "./Naming.ts"
import * as Overview from "./Overview.ts"
import type { Pair } from "./Pair.ts"
import type { Registry } from "./Registry.ts"
import type { ExecutionSummary, FieldEvent, FieldExplanation, RecordEvent, RecordExplanation } from "./Report.ts"
import type * as Steering from "./Steering.ts"
import type { SteeringServices } from "./SteeringServices.ts"

/** Changes of one record that are looked at, the newest first. */
const longestChain = 1000

/** Explains the record in every pair that has it; a field by its name at either side. */
export const explain = Effect.fn("ExplainRecord.explain")(function* (
  registry: Registry,
  tenant: TenantId,
  { field, ...named }: Steering.Named & { readonly field?: string }
): Effect.fn.Return<ReadonlyArray<RecordExplanation>, EngineError | SqlError, SteeringServices> {
  const found = yield* Naming.someLinksOf(registry, named)
  const explained = yield* Effect.forEach(found, (each) => ofLink(tenant, each, field))
  if (field !== undefined && explained.every(({ fields }) => fields.length === 0)) {
    const known = found.flatMap(({ pair }) => pair.mapping?.fields.map(({ name }) => name) ?? [])
    return yield* new NotFound({
      what: `field of ${named.entity} "${named.id}" with a history`,
      id: field,
      detail: known.length === 0 ? "leave the field out to see all" : `known are ${[...new Set(known)].join(", ")}`
    })
  }
  return explained
})

const ofLink = Effect.fnUntraced(function* (tenant: TenantId, found: Naming.Found, field: string | undefined) {
  const { link, pair } = found
  const { key } = link
  const [situation] = yield* Effect.flatMap(PairLinks.PairLinks, (links) => links.situations(pair.key, { keys: [key] }))
  const rows = yield* Effect.flatMap(History.History, (history) => history.of(pair.key, key, longestChain))
  const { entity, integration } = pair.key
  const conflicts = yield* Effect.flatMap(Conflicts.Conflicts, (conflicts) =>
    conflicts.list(tenant, { integration, entity, key }, longestChain)
  )
  const executions = yield* executionsOf(tenant, rows)
  const events = [...changesOf(rows, executions), ...contestsOf(conflicts)]
  const held = {
    source: canonical(pair, "source", situation?.link?.source?.record ?? null),
    target: canonical(pair, "target", situation?.link?.target?.record ?? null)
  }
  const names = [...Object.keys(held.source), ...Object.keys(held.target), ...events.map(({ field }) => field)]
  const fields = [...new Set(names)]
    .filter((name) => field === undefined || isMeant(pair, name, field))
    .map((name): FieldExplanation => {
      const own = events.filter((event) => event.field === name).map(({ event }) => event)
      return {
        field: name,
        source: held.source[name] ?? null,
        target: held.target[name] ?? null,
        events: own.toSorted((a, b) => b.atMs - a.atMs)
      }
    })
  const told: RecordExplanation = {
    mapping: yield* MappingBrowser.summary(found),
    fields,
    events: field === undefined ? recordEventsOf(rows, executions) : [],
    pending: pendingOf(yield* Effect.flatMap(Lanes.Lanes, (lanes) => lanes.of(pair.key, key)), conflicts)
  }
  return told
})

interface OfField {
  readonly field: string
  readonly event: FieldEvent
}

const changesOf = (
  rows: ReadonlyArray<History.HistoryRow>,
  executions: ReadonlyMap<ExecutionId, ExecutionSummary>
): ReadonlyArray<OfField> =>
  rows.flatMap(({ cause, changedAtMs, execution, fields, operation, side }) =>
    Object.entries(fields).map(([field, { new: after, old }]) => ({
      field,
      event: {
        _tag: "Changed",
        atMs: changedAtMs,
        side,
        operation,
        old,
        new: after,
        cause,
        because: Cause.explain(cause, field),
        execution: executions.get(execution) ?? null
      }
    }))
  )

/** What happened to the record as a whole: it was deleted, linked by the first match, or decided on by a person. */
const recordEventsOf = (
  rows: ReadonlyArray<History.HistoryRow>,
  executions: ReadonlyMap<ExecutionId, ExecutionSummary>
): ReadonlyArray<RecordEvent> =>
  rows
    .filter(({ fields }) => Object.keys(fields).length === 0)
    .map(({ cause, changedAtMs, execution, operation, side }) => ({
      atMs: changedAtMs,
      side,
      operation,
      cause,
      because: Cause.explain(cause, ""),
      execution: executions.get(execution) ?? null
    }))

const contestsOf = (conflicts: ReadonlyArray<StoredConflict>): ReadonlyArray<OfField> =>
  conflicts.flatMap(({ conflict, createdAtMs, id, resolution, resolvedAtMs, resolvedBy, strategy }) =>
    Object.entries(conflict.contested).map(([field, { source, target }]) => ({
      field,
      event: {
        _tag: "Contested",
        atMs: resolvedAtMs ?? createdAtMs,
        conflict: id,
        source,
        target,
        strategy,
        resolution: ofField(resolution, field),
        resolvedBy
      }
    }))
  )

/** Resolutions are by field. */
const ofField = (resolution: Schema.Json, field: string): Schema.Json =>
  typeof resolution === "object" && resolution !== null && !Array.isArray(resolution)
    ? (Object.entries(resolution).find(([name]) => name === field)?.[1] ?? null)
    : resolution

const executionsOf = Effect.fnUntraced(function* (tenant: TenantId, rows: ReadonlyArray<History.HistoryRow>) {
  const executions = yield* Executions.Executions
  const found = yield* Effect.forEach([...new Set(rows.map(({ execution }) => execution))], (id) =>
    executions.get(tenant, id)
  )
  return new Map(
    found.flatMap((each) =>
      Option.match(each, { onNone: () => [], onSome: (row) => [[row.id, Overview.summary(row)] as const] })
    )
  )
})

/** A reference is shown as the record key that it would have at this side; nothing is looked up. */
const references: FieldMapping.References = {
  keyOf: (side, _entity, id) => Link.keyOf(side, id),
  idAt: () => null
}

const canonical = (pair: Pair, side: Side.Side, record: Fields | null): Fields => {
  if (record === null) return {}
  if (pair.mapping === null) return record
  const lifted = FieldMapping.lift(pair.mapping, side, record, references)
  return Result.isSuccess(lifted) ? lifted.success : record
}

/** Whether `asked` is the shared field's name, or that of the field that it is at either side. */
const isMeant = ({ mapping }: Pair, name: string, asked: string): boolean => {
  if (name === asked) return true
  const field = mapping?.fields.find((each) => each.name === name)
  return [...(field?.source.paths ?? []), ...(field?.target.paths ?? [])].some((path) => path.join(".") === asked)
}

const states: Readonly<Record<OutboxEntry.State, string>> = {
  pending: "waits to be sent",
  in_flight: "was sent, and its answer is awaited",
  in_doubt: "was sent, and its answer was lost; nothing else is sent before it is known whether it happened",
  applied: "was applied",
  failed: "was refused, and is tried again by the next run",
  dead: "was refused and is not tried again; see syncline deadletters list",
  superseded: "was replaced"
}

const pendingOf = (
  entries: ReadonlyArray<StoredEntry>,
  conflicts: ReadonlyArray<StoredConflict>
): ReadonlyArray<string> => [
  ...conflicts
    .filter(({ resolvedAtMs }) => resolvedAtMs === null)
    .map(({ conflict, id }) => {
      const fields = Object.keys(conflict.contested).map((field) => (field === "" ? "the record itself" : field))
      return `conflict ${id} about ${fields.join(", ")} waits for a person; see syncline conflicts show ${id}`
    }),
  ...entries.map(({ changes, lastError, operation, side, state }) => {
    const fields = operation === "update" ? ` of ${Object.keys(changes).join(", ")}` : ""
    return `a ${operation}${fields} at the ${side} ${states[state]}${lastError === null ? "" : `: ${lastError}`}`
  })
]
