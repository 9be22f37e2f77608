/**
 * Looks for a record before it is created: another integration, or a person, may have made it since the first match. One that is
 * found by a declared key, and that nobody has linked, is linked instead of made twice.
 */
import { type ConnectorError, Conflicted } from "@syncline/connector"
import { FieldPath, type Fields, type RecordId, Side } from "@syncline/core"
import { Commit, PairLinks, type RecordSituation } from "@syncline/store"
import { Array as Arrays, Effect, Result } from "effect"
import { type Driving, type DrivingError, type DrivingServices, leaseOf } from "./Driving.ts"
import * as Find from "./Find.ts"
import { idOf, provide } from "./Pair.ts"
import type { Sending } from "./Push.ts"
import * as Settle from "./Settle.ts"
import { nothing } from "./Take.ts"

/** The answers of those creates that need not be sent, or may not be. */
export const look = Effect.fn("LookFirst.look")(function* (
  driving: Driving,
  side: Side.Side,
  creates: ReadonlyArray<Sending>
): Effect.fn.Return<ReadonlyMap<Sending, Settle.Answer>, DrivingError, DrivingServices> {
  const answers = new Map<Sending, Settle.Answer>()
  const { isMatching, pair, twoWay } = driving
  const { lookup } = pair[side].entity.source
  // The first match has just enumerated both sides.
  if (lookup === undefined || isMatching) return answers
  for (const key of twoWay.match) {
    const field = key[side]
    if (lookup.fields !== null && !lookup.fields.includes(field)) continue
    const wanted = creates.flatMap((sending) => {
      const value = answers.has(sending) ? null : valueIn(sending.request.patch, field)
      return value === null ? [] : [{ sending, value }]
    })
    const { found, silent } = yield* byValue(driving, side, field, [...new Set(wanted.map(({ value }) => value))])
    for (const { sending, value } of wanted) {
      const [first, ...others] = found.get(value) ?? []
      if (silent.has(value)) answers.set(sending, later(sending))
      if (silent.has(value) || first === undefined) continue
      answers.set(
        sending,
        others.length === 0
          ? mayBeItsOwn(sending, first)
            ? { _tag: "Stored", record: first.record, isLate: true }
            : yield* linkTo(driving, side, first)
          : { _tag: "Refused", reason: new Conflicted({ detail: severalHave(field, value) }) }
      )
    }
  }
  return answers
})

/** Who was found and then did not answer is there, or is not: making it may make it twice. */
const later = ({ intent }: Sending): Settle.Answer => {
  const why = "a record that may be it was found, and did not answer when it was asked for"
  return intent.entry.state === "in_doubt"
    ? { _tag: "InDoubt", why }
    : { _tag: "Released", why, afterMs: whileSilentMs }
}

const whileSilentMs = 5000

/** A create in doubt that is sent again finds what it made. Compared with as a stranger, that would differ in whatever was changed since. */
const mayBeItsOwn = ({ intent }: Sending, { held }: Candidate): boolean =>
  intent.entry.state === "in_doubt" && held === null

/** A record that is to be created at the other side gives up its place: it is the one that was looked for. */
const linkTo = Effect.fnUntraced(function* (driving: Driving, side: Side.Side, { held, record }: Candidate) {
  const linked: Settle.Answer = { _tag: "Linked", record }
  if (held === null || held.link === null) return linked
  const { key, laneVersions, link, version } = held
  const { commit } = yield* Commit.Commit
  const { moved } = yield* commit(
    { lease: leaseOf(driving, side), reads: [{ key, version, laneVersions }], advance: null },
    (_, moved) =>
      Effect.succeed({
        ...nothing,
        pairLinks: moved.has(key)
          ? []
          : [
              {
                ...Settle.unchanged(link, version),
                sourceId: null,
                targetId: null,
                status: "stale",
                isDeleted: true,
                source: null,
                target: null
              }
            ],
        entries: moved.has(key) ? [] : Side.Side.literals.map((to) => ({ key, side: to, draft: null }))
      })
  ).pipe(Effect.catchTag("IdTaken", Effect.die))
  const again: Settle.Answer = { _tag: "Released", why: "the record that was found has moved", afterMs: null }
  return moved.has(key) ? again : linked
})

/** A record with the key, and the situation of a link that has it at this side only. */
interface Candidate {
  readonly record: Fields
  readonly held: RecordSituation | null
}

/** Whether a link has both records, or is about to have: what it has is no candidate. */
const isTaken = ({ conflict, entries, link }: RecordSituation): boolean =>
  link !== null &&
  ((link.sourceId !== null && link.targetId !== null) ||
    conflict !== null ||
    entries.some(({ state }) => state === "in_flight" || state === "in_doubt"))

const severalHave = (field: string, value: string): string =>
  `several records that are not linked have ${field} ${JSON.stringify(value)}; link the one that is meant, then retry`

const valueIn = (record: Fields, field: string): string | null => {
  const path = FieldPath.parse(field)
  const value = Result.isSuccess(path) ? FieldPath.valueAt(record, path.success) : undefined
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : null
}

/** Records that have one of these values in the field and that no link has, by the value; and values of which one did not answer. */
const byValue = Effect.fnUntraced(function* (
  { pair }: Driving,
  side: Side.Side,
  field: string,
  values: ReadonlyArray<string>
): Effect.fn.Return<
  { readonly found: ReadonlyMap<string, ReadonlyArray<Candidate>>; readonly silent: ReadonlySet<string> },
  ConnectorError | Effect.Error<ReturnType<PairLinks.PairLinks["Service"]["situations"]>>,
  PairLinks.PairLinks
> {
  const { lookup } = pair[side].entity.source
  const found = new Map<string, Array<Candidate>>()
  if (lookup === undefined) return { found, silent: new Set() }
  const shown = new Map<RecordId, string | null>()
  for (const some of Arrays.chunksOf(values, lookup.max)) {
    for (const seen of yield* provide(pair[side], lookup.run(field, some))) {
      const id = seen._tag === "Present" ? idOf(pair[side], seen.record) : null
      if (seen._tag === "Present" && id !== null) shown.set(id, valueIn(seen.record, field))
    }
  }
  const links = yield* PairLinks.PairLinks
  const ids = [...shown.keys()]
  const situations = ids.length === 0 ? [] : yield* links.situations(pair.key, { side, ids })
  const open = new Map(situations.flatMap((each, index) => (isTaken(each) ? [] : [[ids[index], each] as const])))
  // Who has been deleted or changed since may still be in an index.
  const { sighting, silent } = yield* Find.ask(
    pair[side],
    [...open.keys()].flatMap((id) => id ?? [])
  )
  for (const seen of sighting.seen) {
    if (seen._tag !== "Present") continue
    const situation = open.get(idOf(pair[side], seen.record) ?? undefined)
    const value = valueIn(seen.record, field)
    if (value === null || situation === undefined) continue
    const held = situation.link === null ? null : situation
    found.set(value, [...(found.get(value) ?? []), { record: seen.record, held }])
  }
  return { found, silent: new Set(silent.flatMap((id) => shown.get(id) ?? [])) }
})
