/** What is decided on one record of a two-way pair, and what that leaves in the store. Pure: everything it needs is given. */
import {
  Counters,
  type ExecutionId,
  FieldMapping,
  type Fields,
  Fingerprint,
  Planner,
  type RecordId,
  type Side
} from "@syncline/core"
import type {
  ConflictWrite,
  EntryWrite,
  HistoryWrite,
  PairImage,
  PairLink,
  PairLinkWrite,
  Read,
  RecordFailure,
  RecordSituation,
  StoredEntry,
  WaitingWrite
} from "@syncline/store"
import { Result } from "effect"
import * as Consequence from "./Consequence.ts"
import * as FormerId from "./FormerId.ts"
import * as Missing from "./MissingReferences.ts"
import { type Pair, versionOf } from "./Pair.ts"
import * as Quarantine from "./Quarantine.ts"
import type { Sight } from "./Sight.ts"
import * as Storable from "./Storable.ts"
import type { TwoWay } from "./TwoWay.ts"

/** What a verdict is made from, the same for all records of a reading. */
export interface Court {
  readonly pair: Pair
  readonly twoWay: TwoWay
  readonly execution: ExecutionId
  /** Where the reading was made. */
  readonly side: Side.Side
  readonly observedAtMs: number
  /** Shown by a page, not asked for by its id. */
  readonly isOfPage: boolean
  readonly references: FieldMapping.References
  /** A create towards this side is in doubt, so a record that nobody has met may be what it made. */
  readonly isDoubted: boolean
}

/** What became of a record. `commit` drops it when something it relied on has moved, and the record is decided again. */
export interface Verdict {
  readonly id: RecordId
  readonly read: Read
  readonly link: PairLinkWrite | null
  readonly formerIds: ReturnType<typeof FormerId.givenUp>
  readonly entries: ReadonlyArray<EntryWrite>
  readonly conflict: ConflictWrite | null
  readonly waiting: WaitingWrite | null
  readonly history: HistoryWrite | null
  readonly failure: RecordFailure | null
  readonly counters: Counters.Counters
}

export interface Case extends Court {
  readonly id: RecordId
  readonly situation: RecordSituation
  /** The link, unless it is only a place that a waiting record keeps for this one. */
  readonly link: PairLink | null
}

export const of = (court: Court, id: RecordId, sight: Sight, situation: RecordSituation): Verdict => {
  const link = situation.link !== null && isMet(situation) ? situation.link : null
  const known: Case = { ...court, id, situation, link }
  if (sight._tag === "Unreadable") return failed(known, Quarantine.unreadable(situation.key, sight.why, sight.payload))
  if (sight._tag === "Gone") return FormerId.isOne(known) ? goneBeforeSeen(FormerId.alone(known)) : gone(known)
  const lifted = lift(court, court.side, sight.record)
  if (Result.isFailure(lifted))
    return failed(known, Quarantine.unmappable(situation.key, lifted.failure.message, sight.record))
  const unstorable = Storable.unstorableIn(lifted.success)
  return unstorable === null
    ? present(known, sight.record, lifted.success)
    : failed(known, Quarantine.unmappable(situation.key, cannotHold(unstorable, court.side), sight.record))
}

// Remembered without it, the record would look changed at each reading, and the other side would be given what nobody wrote.
const cannotHold = (field: string, side: Side.Side): string =>
  `field "${field}" has a character in it that PostgreSQL cannot hold (U+0000, or half of a surrogate pair); remove it at the ${side}`

/** A row that a waiting child made for its parent links nothing, and nobody has seen its record. */
const isMet = ({ conflict, entries, link }: RecordSituation): boolean =>
  link !== null &&
  (link.source !== null ||
    link.target !== null ||
    link.isDeleted ||
    (link.sourceId !== null && link.targetId !== null) ||
    entries.length > 0 ||
    conflict !== null)

export const lift = (
  { pair, references }: Pick<Court, "pair" | "references">,
  side: Side.Side,
  record: Fields
): Result.Result<Fields, FieldMapping.Refusal> =>
  pair.mapping === null ? Result.succeed(record) : FieldMapping.lift(pair.mapping, side, record, references)

const nothing = (known: Case): Verdict => ({
  id: known.id,
  read: {
    key: known.situation.key,
    version: known.situation.version,
    laneVersions: known.situation.laneVersions
  },
  link: null,
  formerIds: [],
  entries: [],
  conflict: null,
  waiting: null,
  history: null,
  failure: null,
  counters: Counters.zero
})

const failed = (known: Case, failure: RecordFailure): Verdict => ({
  ...nothing(known),
  failure: { ...failure, side: known.side },
  counters: Counters.of({ failed: 1 })
})

/** A record that cannot be linked as it would have to be: it alone waits, in the ledger. */
export const refused = ({ id, read }: Verdict, side: Side.Side, why: string): Verdict => ({
  id,
  read,
  link: null,
  formerIds: [],
  entries: [],
  conflict: null,
  waiting: null,
  history: null,
  failure: { ...Quarantine.unlinkable(read.key, why), side },
  counters: Counters.of({ failed: 1 })
})

const canonicalImage = (known: Case, side: Side.Side): Fields | null => {
  const image = known.link?.[side] ?? null
  // An image that no longer lifts was made under another mapping: then nothing is known of that side.
  return image === null ? null : Result.getOrElse(lift(known, side, image.record), () => null)
}

const laneOf = (entries: ReadonlyArray<StoredEntry>, side: Side.Side): Planner.LaneSituation => {
  const lane = entries.filter((entry) => entry.side === side)
  const sent = lane.find(({ state }) => state === "in_flight" || state === "in_doubt")
  const unsent = lane.findLast(({ state }) => state === "pending" || state === "failed" || state === "dead")
  return { sent: sent ?? null, unsent: unsent ?? null }
}

const changedAtMs = ({ link, pair }: Case, side: Side.Side): number | null => {
  const image = link?.[side] ?? null
  return image === null ? null : (pair[side].entity.changedAt?.(image.record) ?? null)
}

interface Lifted {
  readonly source: Fields | null
  readonly target: Fields | null
}

const situationOf = (
  known: Case,
  seen: Planner.Seen,
  images: Lifted,
  changedAt: Planner.Situation["changedAt"],
  missing: ReadonlyArray<Planner.MissingReference>
): Planner.Situation => {
  const { link, situation } = known
  return {
    side: known.side,
    seen,
    observedAtMs: known.observedAtMs,
    changedAt,
    link:
      link === null
        ? null
        : {
            status: link.status,
            isDeleted: link.isDeleted,
            has: { source: link.sourceId !== null, target: link.targetId !== null },
            images,
            observedAtMs: { source: link.source?.observedAtMs ?? null, target: link.target?.observedAtMs ?? null },
            changedAtMs: { source: changedAtMs(known, "source"), target: changedAtMs(known, "target") }
          },
    lanes: { source: laneOf(situation.entries, "source"), target: laneOf(situation.entries, "target") },
    conflict: situation.conflict?.conflict ?? null,
    missing,
    isDoubted: known.isDoubted && link === null,
    policy: known.twoWay.policy
  }
}

/** What the reading's side is to its canonical forms. */
const imagesOf = (known: Case): Lifted => ({
  source: canonicalImage(known, "source"),
  target: canonicalImage(known, "target")
})

const present = (known: Case, record: Fields, fields: Fields): Verdict => {
  const { isOfPage, link, pair, side } = known
  // No image tells when it was seen to be gone, so a page may show what was there before.
  if (isOfPage && link?.isDeleted === true && link[side] === null)
    return { ...nothing(known), waiting: readById(known), counters: Counters.of({ skipped: 1 }) }
  const atMs = pair[side].entity.changedAt?.(record) ?? null
  const changedAt = { atMs: atMs ?? known.observedAtMs, isEstimated: atMs === null }
  const images = imagesOf(known)
  const missing = Missing.of(known, record)
  const plan = Planner.plan(situationOf(known, { _tag: "Present", fields }, images, changedAt, missing))
  const later =
    plan._tag === "Write" ? missing.filter((reference) => Missing.isLeftForLater(plan.writes[side], reference)) : []
  const image: PairImage = {
    // What is written later must be found changed then, so the image does not have it yet.
    record: later.length === 0 || plan._tag !== "Write" ? record : Consequence.withFormer(known, plan, record, later),
    fingerprint: Fingerprint.of(record),
    version: versionOf(pair[side], record),
    observedAtMs: known.observedAtMs
  }
  const isNews = known.link !== null && known.link[side]?.fingerprint !== image.fingerprint
  const told = (settled: Planner.Write["settled"]) => Consequence.found(known, images[side], fields, changedAt, settled)
  return {
    ...carriedOut(known, plan, record, image, isNews, told),
    ...(later.length > 0 && { waiting: Consequence.waitingOn(known, later) })
  }
}

const gone = (known: Case): Verdict => {
  const { link, side, situation } = known
  if (situation.link === null && situation.version !== null) return goneBeforeSeen(known)
  const changedAt = { atMs: known.observedAtMs, isEstimated: true }
  const images = imagesOf(known)
  const plan = Planner.plan(situationOf(known, { _tag: "Gone" }, images, changedAt, []))
  const told = (settled: Planner.Write["settled"]) => Consequence.found(known, images[side], null, changedAt, settled)
  const isNews = link !== null && !link.isDeleted && plan._tag === "Skip" && plan.why !== "unchanged"
  const verdict = carriedOut(known, plan, null, null, isNews, told)
  const isBack = plan._tag === "Park" || (plan._tag === "Write" && plan.writes[side]?.operation === "create")
  return verdict.link === null || isBack
    ? verdict
    : { ...verdict, link: { ...verdict.link, status: "stale", isDeleted: true } }
}

/** Others wait for it, or may: it was deleted before anybody saw it, or under an id that it has no more. A link that says so lets them go on. */
const goneBeforeSeen = (known: Case): Verdict => {
  const { id, side, situation } = known
  return {
    ...nothing(known),
    link: {
      key: situation.key,
      readVersion: situation.version,
      sourceId: side === "source" ? id : null,
      targetId: side === "target" ? id : null,
      status: "stale",
      isDeleted: true,
      source: null,
      target: null
    },
    counters: Counters.of({ skipped: 1 })
  }
}

/** `isNews`: the side is not as its image says, though nothing is to be done. */
const carriedOut = (
  known: Case,
  plan: Planner.Plan,
  record: Fields | null,
  image: PairImage | null,
  isNews: boolean,
  told: (settled: Planner.Write["settled"]) => HistoryWrite | null
): Verdict => {
  switch (plan._tag) {
    case "Write":
      return {
        ...nothing(known),
        link: Consequence.linkAfter(known, plan, image, false),
        formerIds: FormerId.givenUp(known.link, plan.writes),
        entries: Consequence.entriesOf(known, plan),
        conflict: Consequence.conflictAfter(known, plan, record),
        history: told(plan.settled),
        counters: Consequence.queued(known, plan)
      }
    case "Park":
      return {
        ...nothing(known),
        link: Consequence.linkAfter(known, Consequence.noWrites, image, Consequence.isOfRecord(plan.conflict)),
        entries: Consequence.entriesOf(known, Consequence.noWrites),
        conflict: Consequence.parked(known, plan.conflict, record),
        history: told([]),
        counters: Consequence.contested(known)
      }
    case "Wait": {
      const lost =
        plan.on._tag === "References" ? plan.on.missing.find((each) => Missing.isLost(known, each)) : undefined
      return lost === undefined
        ? { ...nothing(known), waiting: waitingFor(known, plan.on), counters: Counters.of({ skipped: 1 }) }
        : failed(known, Quarantine.unmappable(known.situation.key, Missing.toNobody(known, lost), record ?? {}))
    }
    case "Refuse":
      return failed(known, Quarantine.unmappable(known.situation.key, plan.why.message, record ?? {}))
    case "Skip": {
      const open = known.situation.conflict
      const isContested = open !== null && Consequence.isOfRecord(open.conflict)
      const isStale = plan.why === "stale read"
      const isTold = isNews && !isStale
      return {
        ...nothing(known),
        waiting: isNews && isStale && known.isOfPage ? readById(known) : null,
        link: isTold ? Consequence.linkAfter(known, Consequence.noWrites, image, isContested) : null,
        history: isTold ? told([]) : null,
        counters: Counters.of({ skipped: 1 })
      }
    }
  }
}

/**
 * What a page showed is older than what is known of the record, or may be: pages are believed to show what was true as long ago as their
 * provider says. It may as well be news, and the next walk may begin after it: so the record is read by its id, in the same run.
 */
const readById = ({ id, side, situation }: Case): WaitingWrite => ({
  key: situation.key,
  side,
  id,
  on: [{ _tag: "Unsettled", side }]
})

const waitingFor = (known: Case, on: Planner.WaitingOn): WaitingWrite => {
  const { id, side, situation } = known
  switch (on._tag) {
    case "References":
      return Consequence.waitingOn(known, on.missing)
    case "Unsettled":
      return { key: situation.key, side, id, on: [{ _tag: "Unsettled", side: on.side }] }
    case "Doubted":
      return { key: situation.key, side, id, on: [{ _tag: "Doubted", side }] }
  }
}
