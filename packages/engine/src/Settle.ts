/** What a provider's answers to writes leave: ids and images as they are now, entries that end or stop, and what else had changed. Pure. */
import type { Reason } from "@syncline/connector"
import {
  Canon,
  Counters,
  type ExecutionId,
  FieldMapping,
  type Fields,
  Fingerprint,
  OutboxEntry,
  type RecordKey,
  Side,
  Tidying
} from "@syncline/core"
import type {
  EntryOutcome,
  HistoryWrite,
  PairImage,
  PairLink,
  PairLinkWrite,
  Performed,
  Read,
  RecordFailure,
  RecordSituation,
  StoredEntry
} from "@syncline/store"
import { Result } from "effect"
import * as Consequence from "./Consequence.ts"
import type { Request } from "./Compose.ts"
import * as Cause from "./Cause.ts"
import * as Joined from "./Joined.ts"
import { idOf, type TwoWayPair, versionOf } from "./Pair.ts"
import * as Quarantine from "./Quarantine.ts"

/**
 * What is known of a write after it was sent. `Stored`: the record as the provider has it now; null: it is gone. `isLate`: it was read a
 * while after it was written, and somebody may have changed since what the write carried.
 */
export type Answer =
  | { readonly _tag: "Stored"; readonly record: Fields | null; readonly isLate?: boolean }
  /** It was there already, and not linked: it is linked, and nothing was written. */
  | { readonly _tag: "Linked"; readonly record: Fields }
  /**
   * Nothing happened: it is sent again, or decided again first. `isGone`: since there is no such record. `record`: as it was read to know
   * what became of the write, some of which it may show.
   */
  | {
      readonly _tag: "Released"
      readonly why: string
      readonly afterMs: number | null
      readonly isGone?: boolean
      readonly record?: Fields
    }
  | { readonly _tag: "InDoubt"; readonly why: string }
  | { readonly _tag: "Refused"; readonly reason: Reason }

export interface Answered {
  readonly entry: StoredEntry
  readonly request: Request
  readonly answer: Answer
  /** When the call began. */
  readonly startedAtMs: number
}

export interface Settling {
  readonly pair: TwoWayPair
  /** The side that was written to. */
  readonly side: Side.Side
  readonly execution: ExecutionId
  readonly references: FieldMapping.References
}

export interface Settlement {
  readonly key: RecordKey
  readonly read: Read
  readonly outcome: EntryOutcome
  readonly link: PairLinkWrite | null
  readonly history: HistoryWrite | null
  readonly failure: RecordFailure | null
  readonly counters: Counters.Counters
  /** What is written next, since a create went without it. */
  readonly next: OutboxEntry.Draft | null
  /** The record as the provider has it, when it differs in more than what was written: a change that was found there. */
  readonly found: Fields | null
}

/** Executions that may try a write in vain before it is dead. */
const maxAttempts = 3

export const settle = (settling: Settling, answered: Answered, situation: RecordSituation): Settlement => {
  const { answer, entry, request } = answered
  const { key, laneVersions, link, version } = situation
  const base = {
    key,
    read: { key, version, laneVersions },
    link: null,
    history: null,
    failure: null,
    counters: Counters.zero,
    next: null,
    found: null
  }
  const record = answer._tag === "Released" ? (answer.record ?? null) : null
  const unmade = {
    side: settling.side,
    entry,
    patch: request.patch,
    record,
    lift: (of: Fields) => lifted(settling, of)
  }
  const joined = answer._tag === "Released" || answer._tag === "Refused" ? Joined.of(unmade, situation) : Joined.nothing
  if (record !== null && joined.isMade)
    return settle(settling, { ...answered, answer: { _tag: "Stored", record } }, situation)
  const outcomeOf = (to: EntryOutcome["to"], error: string | null): EntryOutcome => ({
    entry: entry.id,
    key,
    side: settling.side,
    to,
    error,
    takenBack: joined.takenBack
  })
  switch (answer._tag) {
    case "Stored":
      return link === null
        ? { ...base, outcome: outcomeOf("applied", null) }
        : withNext(settling, answered, situation, {
            ...base,
            ...applied(settling, answered, link, answer),
            outcome: outcomeOf("applied", null)
          })
    case "Linked":
      return {
        ...base,
        link: link === null ? null : linked(settling, link, answer.record),
        counters: counted(settling, entry, { skipped: 1 }),
        found: answer.record,
        outcome: outcomeOf("applied", null)
      }
    case "Released": {
      const afterMs =
        answer.afterMs ?? (answer.isGone === true && isOtherSent(settling, situation) ? whileOtherSentMs : null)
      return {
        ...base,
        link:
          link === null || joined.image === null
            ? null
            : { ...unchanged(link, version), [settling.side]: joined.image },
        outcome: { ...outcomeOf("pending", answer.why), ...(afterMs !== null && { afterMs }) }
      }
    }
    case "InDoubt":
      return {
        ...base,
        link:
          link === null || entry.operation !== "create" ? null : { ...unchanged(link, version), status: "in_doubt" },
        outcome: outcomeOf("in_doubt", answer.why)
      }
    case "Refused": {
      const failure = { ...Quarantine.refused(key, answer.reason, request.patch), side: settling.side }
      return {
        ...base,
        link: link === null || entry.operation !== "create" ? null : { ...unchanged(link, version), status: "failed" },
        failure,
        counters: counted(settling, entry, { failed: 1 }),
        outcome: outcomeOf(entry.attempts + 1 >= maxAttempts ? "dead" : "failed", failure.message)
      }
    }
  }
}

/** A deletion may have to wait for the write that is under way to the other side: until then this one would be answered the same. */
const whileOtherSentMs = 5000

const isOtherSent = ({ side }: Settling, { entries }: RecordSituation): boolean =>
  entries.some((each) => each.side !== side && (each.state === "in_flight" || each.state === "in_doubt"))

/** Without an image of that side, since nothing was compared yet. */
const linked = ({ pair, side }: Settling, link: PairLink, record: Fields): PairLinkWrite => ({
  ...unchanged(link, link.version),
  ...(side === "source" ? { sourceId: idOf(pair.source, record) } : { targetId: idOf(pair.target, record) }),
  status: link.isDeleted ? link.status : "mapped",
  [side]: null
})

/** The link as it is, to change a part of it. */
export const unchanged = (link: PairLink, readVersion: number | null): PairLinkWrite => ({
  key: link.key,
  readVersion,
  sourceId: link.sourceId,
  targetId: link.targetId,
  status: link.status,
  isDeleted: link.isDeleted,
  source: "keep",
  target: "keep"
})

type Counts = Parameters<typeof Counters.of>[0]

/** What this execution had queued is queued no more; what an earlier one left counts where it is settled. */
const counted = ({ execution }: Settling, entry: StoredEntry, counts: Counts): Counters.Counters =>
  Counters.of({ ...counts, queued: entry.execution === execution ? -1 : 0 })

const counterOf = { create: "created", update: "updated", delete: "deleted" } as const

const applied = (
  settling: Settling,
  { entry, request, startedAtMs }: Answered,
  link: PairLink,
  { isLate = false, record }: Extract<Answer, { readonly _tag: "Stored" }>
): Pick<Settlement, "link" | "history" | "counters" | "found"> => {
  const { pair, side } = settling
  const counters = counted(settling, entry, { [counterOf[entry.operation]]: 1 })
  if (record === null) {
    return {
      link: { ...unchanged(link, link.version), status: "stale", isDeleted: true, [side]: null },
      history: historyOf(settling, entry, {}, {}),
      counters,
      found: null
    }
  }
  const before = link[side]
  const image = imageAfter(settling, { entry, request, isLate }, before, record)
  const observed: PairImage = {
    record: image,
    fingerprint: Fingerprint.of(image),
    version: versionOf(pair[side], record),
    observedAtMs: startedAtMs
  }
  const id = idOf(pair[side], record)
  const ids = side === "source" ? { sourceId: id, targetId: link.targetId } : { sourceId: link.sourceId, targetId: id }
  const hasBoth = ids.sourceId !== null && ids.targetId !== null
  const canonicalBefore = before === null ? {} : lifted(settling, before.record)
  const canonicalNow = lifted(settling, record)
  return {
    link: {
      ...unchanged(link, link.version),
      ...ids,
      status: hasBoth && !link.isDeleted ? "mapped" : link.status,
      [side]: observed
    },
    history: historyOf(settling, entry, canonicalBefore, onlyOf(entry.changes, canonicalNow)),
    counters,
    found: Canon.isSame(lifted(settling, image), canonicalNow) ? null : record
  }
}

/** What a create was sent without is queued, with what was decided meanwhile. */
const withNext = (
  { execution, side }: Settling,
  { entry, request: { later = [] } }: Answered,
  { entries }: RecordSituation,
  settlement: Settlement
): Settlement => {
  if (later.length === 0) return settlement
  const left = later.flatMap((name) => {
    const change = entry.changes[name]
    return change === undefined ? [] : [[name, { ...change, was: null }] as const]
  })
  const behind = entries.find((each) => each.side === side && each.id !== entry.id) ?? null
  const isQueued = behind?.execution === execution && behind.state === "pending"
  return {
    ...settlement,
    next: OutboxEntry.coalesce(OutboxEntry.draftOf("update", Object.fromEntries(left)), behind),
    counters: Counters.add(settlement.counters, Counters.of({ queued: isQueued ? 0 : 1 }))
  }
}

const lifted = ({ pair, references, side }: Settling, record: Fields): Fields =>
  Result.getOrElse(FieldMapping.lift(pair.mapping, side, record, references), () => ({}))

const onlyOf = (changes: OutboxEntry.Changes, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => changes[name] !== undefined))

/**
 * The side's image after a write: the fields that the write carried as they were stored, other mapped ones as they were seen before.
 * What the mapping does not know is taken as it is now. A field that is to be written back keeps what was sent, so that what the
 * provider made of it is a change found there; and so does every field when the record was read late, for what is there now may be an
 * edit, unless the provider only tidied what was sent.
 */
const imageAfter = (
  { pair, side }: Settling,
  { entry, isLate, request: { patch } }: Pick<Answered, "entry" | "request"> & { readonly isLate: boolean },
  before: PairImage | null,
  stored: Fields
): Fields => {
  const topLevel = (field: FieldMapping.SharedField) => field[side].paths.flatMap(([first]) => first ?? [])
  const mapped = new Set(pair.mapping.fields.flatMap(topLevel))
  const writtenBack = new Set(
    pair.mapping.fields
      .filter(({ name, writeBack }) => writeBack && entry.changes[name] !== undefined)
      .flatMap(topLevel)
  )
  const image: Record<string, Fields[string]> = {}
  for (const name of new Set([...Object.keys(stored), ...Object.keys(before?.record ?? {})])) {
    const now = stored[name]
    const seen = before?.record[name]
    const sent = patch[name]
    const isEdited = isLate && sent !== undefined && (now === undefined || !Tidying.mayBe(sent, now))
    const value = sent === undefined ? (mapped.has(name) ? seen : now) : isEdited || writtenBack.has(name) ? sent : now
    // A new record's empty field is no news.
    const settled = value === undefined && before === null && now === null ? now : value
    if (settled !== undefined) image[name] = settled
  }
  return image
}

const historyOf = (settling: Settling, entry: StoredEntry, before: Fields, now: Fields): HistoryWrite => {
  const relevant = Object.fromEntries(Object.entries(before).filter(([name]) => entry.changes[name] !== undefined))
  const sent = Object.fromEntries(
    Object.entries(entry.changes).flatMap(([name, { value }]) =>
      now[name] === undefined || Canon.isSame(now[name], value) ? [] : [[name, value]]
    )
  )
  return {
    key: entry.key,
    side: settling.side,
    operation: entry.operation,
    fields: Consequence.differences(relevant, now),
    cause: Cause.encode({
      _tag: "Written",
      entry: entry.id,
      origin: Side.other(settling.side),
      sent
    })
  }
}

/** What a commit leaves of settlements, without those that moved. */
export const performed = (settlements: ReadonlyArray<Settlement>, moved: ReadonlySet<RecordKey>): Performed => {
  const kept = settlements.filter(({ key }) => !moved.has(key))
  return {
    links: [],
    entries: kept.flatMap(({ key, next, outcome }) =>
      next === null ? [] : [{ key, side: outcome.side, draft: next }]
    ),
    history: kept.flatMap(({ history }) => history ?? []),
    failures: kept.flatMap(({ failure }) => failure ?? []),
    resolved: kept.filter(({ outcome }) => outcome.to === "applied").map(({ key }) => key),
    counters: kept.reduce((sum, { counters }) => Counters.add(sum, counters), Counters.zero),
    outcomes: kept.map(({ outcome }) => outcome),
    pairLinks: kept.flatMap(({ link }) => link ?? [])
  }
}
