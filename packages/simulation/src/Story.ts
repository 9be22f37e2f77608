/** A history told as a person would: who edited what and when, what Syncline did about it, what went wrong on the way, how it ended. */
import { type Fields, Side } from "@syncline/core"
import { mapped, nothing, valueOf } from "./oracles/Meaning.ts"
import type { Judge } from "./Oracles.ts"
import type { Told } from "./oracles/Past.ts"
import type { Snapshot } from "./oracles/Snapshot.ts"
import type * as Setting from "./Setting.ts"
import { type Being, layouts } from "./systems/Layout.ts"
import type { Provider } from "./systems/Provider.ts"
import type { Arrival } from "./systems/System.ts"

/** Something that befell a request, a statement or a process. */
export interface Mishap {
  readonly atMs: number
  /** As the catalogue of faults names it. */
  readonly kind: string
  /** What it befell: `PATCH /contact/7`, `commit`, a process. */
  readonly what: string
}

export interface Tale {
  readonly seed: number
  readonly startMs: number
  readonly setting: Setting.Setting
  readonly systems: Readonly<Record<Side.Side, Provider>>
  readonly judge: Judge
  readonly mishaps: ReadonlyArray<Mishap>
  readonly snapshot: Snapshot
}

interface Line {
  readonly atMs: number
  readonly text: string
}

export const tell = (tale: Tale): string => {
  const births = concerned(tale)
  const lines = [...eventLines(tale, births), ...arrivalLines(tale, births), ...mishapLines(tale, births)].toSorted(
    (one, other) => one.atMs - other.atMs
  )
  return [
    ...head(tale),
    "",
    "What happened (minutes and seconds from the beginning):",
    ...lines.map(({ atMs, text }) => `  ${clock(atMs - tale.startMs)}  ${text}`),
    "",
    "How it ended:",
    ...ending(tale, births)
  ].join("\n")
}

const head = ({ judge, seed, setting, systems }: Tale): ReadonlyArray<string> => [
  `The history of seed ${seed}.`,
  `Two systems, "${systems.source.name}" (the source) and "${systems.target.name}" (the target), hold the same ${setting.hasCompanies ? "companies and people" : "people"}.`,
  `Where both change the same field: ${setting.strategy}${setting.strategy === "merge" ? `, then ${setting.mergeFallback}` : ""}.`,
  ...Side.Side.literals.map((side) => `  ${systems[side].name} ${habitsOf(setting, side)}`),
  "",
  judge.violations.length === 0 ? "No promise was broken." : "Broken promises:",
  ...judge.violations.map(({ birth, message, oracle }) => `  ${oracle}: ${birth === null ? "" : `${birth} `}${message}`)
]

const habitsOf = ({ quirks }: Setting.Setting, side: Side.Side): string => {
  const { checksVersion, feed, lagMs, normalises, protection, skewMs, stampMs, tellsVersion } = quirks[side]
  const habits = [
    feed === "log" ? "tells of changes by a log" : "tells of changes by their time",
    ...(stampMs > 1 ? ["knows times to the second"] : []),
    ...(lagMs > 0 ? [`shows changes up to ${lagMs / 1000} s late`] : []),
    ...(skewMs === 0 ? [] : [`has a clock that is ${Math.abs(skewMs) / 1000} s ${skewMs > 0 ? "fast" : "slow"}`]),
    ...(normalises ? ["tidies what is written"] : []),
    checksVersion && tellsVersion ? "refuses stale writes" : "takes every write",
    { Keyed: "remembers keys of creates", Unique: "makes a birth only once", Unsafe: "makes whatever is asked for" }[
      protection
    ]
  ]
  return habits.join(", ")
}

/** The records that a complaint is about, and those that they refer to. Without complaints: all. */
const concerned = ({ judge }: Tale): ReadonlySet<string> => {
  const named = new Set(judge.violations.flatMap(({ birth }) => birth ?? []))
  if (named.size === 0) return new Set(judge.past.lives.keys())
  const referred = [...named].flatMap((birth) =>
    [...(judge.past.life(birth)?.writes.entries() ?? [])].flatMap(([meaning, writes]) =>
      meaning === "company" || meaning === "boss" ? writes.map(({ value }) => value) : []
    )
  )
  return new Set([...named, ...referred.filter((birth) => judge.past.life(birth) !== undefined)])
}

const eventLines = (tale: Tale, births: ReadonlySet<string>): ReadonlyArray<Line> =>
  tale.judge.past.told.flatMap((told): ReadonlyArray<Line> =>
    told.birth === null || !births.has(told.birth) ? [] : [{ atMs: told.event.atMs, text: eventText(tale, told) }]
  )

const eventText = ({ systems }: Tale, { being, birth, event, side }: Told): string => {
  const { after, before, by, id } = event
  const at = systems[side].name
  const who =
    by._tag === "User"
      ? `Step ${by.step}: a user of ${at}`
      : by._tag === "Api"
        ? `        Syncline (request ${by.arrival} to ${at})`
        : `        ${at} itself (${by.why})`
  if (after === null) return `${who} deletes ${birth} (${id})`
  const fields = differences(systems[side], being, before, after)
  if (before === null) return `${who} makes ${birth} as ${id}: ${fields}`
  return `${who} changes ${birth}: ${fields === "" ? "nothing" : fields}`
}

const differences = (provider: Provider, being: Being, before: Fields | null, after: Fields): string =>
  [...mapped[being], "note" as const]
    .flatMap((meaning) => {
      const now = valueOf(provider, being, meaning, after)
      const was = before === null ? nothing : valueOf(provider, being, meaning, before)
      const isNews = now !== was && !(before === null && now === "")
      return isNews ? [before === null ? `${meaning} "${now}"` : `${meaning} "${was}" → "${now}"`] : []
    })
    .join(", ")

/** Writes that came to nothing; those that did something are told as events. */
const arrivalLines = (tale: Tale, births: ReadonlySet<string>): ReadonlyArray<Line> =>
  Side.Side.literals.flatMap((side) =>
    tale.systems[side].arrivals.flatMap((arrival): ReadonlyArray<Line> => {
      const isWrite = arrival.verb === "create" || arrival.verb === "update" || arrival.verb === "remove"
      const birth = birthIn(tale, side, arrival)
      if (!isWrite || (arrival.status < 300 && !arrival.isReplay) || birth === null || !births.has(birth)) return []
      const why = arrival.isReplay ? "answered as before" : `answered ${arrival.status}`
      const text = `        Syncline (request ${arrival.n} to ${tale.systems[side].name}) would ${arrival.verb} ${birth}: ${why}`
      return [{ atMs: arrival.atMs, text }]
    })
  )

const birthIn = ({ systems }: Tale, side: Side.Side, { entity, id, patch }: Arrival): string | null => {
  const kept = id === null ? undefined : systems[side].records.get(entity, id)
  const birth = kept?.versions.find(({ fields }) => fields !== null)?.fields?.["birth"] ?? patch?.["birth"]
  return typeof birth === "string" ? birth : null
}

/** Crashes and lost commits concern everything; of requests only those that name one of the records, or no record. */
const mishapLines = (tale: Tale, births: ReadonlySet<string>): ReadonlyArray<Line> => {
  const ids = Side.Side.literals.flatMap((side) =>
    (["company", "person"] as const).flatMap((being) =>
      tale.systems[side].records
        .all(layouts[side][being].name)
        .filter((kept) => !births.has(textBirth(kept.versions.find(({ fields }) => fields !== null)?.fields ?? null)))
        .map(({ id }) => id)
    )
  )
  return tale.mishaps
    .filter(({ what }) => !ids.some((id) => what.endsWith(id)))
    .map(({ atMs, kind, what }) => ({ atMs, text: `    ~ ${kind}: ${what.replaceAll(/\s+/g, " ").slice(0, 120)}` }))
}

const textBirth = (fields: Fields | null): string => (typeof fields?.["birth"] === "string" ? fields["birth"] : "")

const ending = (tale: Tale, births: ReadonlySet<string>): ReadonlyArray<string> =>
  [...births].flatMap((birth) => {
    const being = tale.judge.past.life(birth)?.being
    if (being === undefined) return []
    const atSides = Side.Side.literals.map((side) => {
      const provider = tale.systems[side]
      const found = [...provider.live(layouts[side][being].name)].filter(([, fields]) => fields["birth"] === birth)
      const shown = found.map(([id, fields]) => `${id}: ${differences(provider, being, null, fields)}`)
      return `  ${birth} at ${provider.name}: ${shown.length === 0 ? "is not there" : shown.join("; and again ")}`
    })
    return [...atSides, ...known(tale.snapshot, tale, birth), ...waiting(tale, being, birth)]
  })

/** What the engine's tables have of a record. */
const known = (snapshot: Snapshot, { systems }: Tale, birth: string): ReadonlyArray<string> => {
  const isOf = (side: Side.Side, entity: string, id: string | null) => {
    const being: Being = layouts.source.company.name === entity ? "company" : "person"
    const kept = id === null ? undefined : systems[side].records.get(layouts[side][being].name, id)
    return textBirth(kept?.versions.find(({ fields }) => fields !== null)?.fields ?? null) === birth
  }
  return snapshot.links
    .filter((link) => Side.Side.literals.some((side) => isOf(side, link.entity, link[side])))
    .flatMap(({ entity, isDeleted, key, source, status, target }) => {
      const ofRecord = (each: { readonly entity: string; readonly key: string }) =>
        each.entity === entity && each.key === key
      const entries = snapshot.entries.filter(ofRecord).map(({ side, state }) => `a write to the ${side} is ${state}`)
      const aside = snapshot.aside.filter(ofRecord).map(({ side, why }) => `${why} at the ${side}`)
      const conflicts = snapshot.conflicts
        .filter(ofRecord)
        .map(({ fields }) => `a person is asked about ${fields.join(", ") || "it"}`)
      const more = [...entries, ...aside, ...conflicts]
      return [
        `    link ${key}: ${source ?? "nothing"} ↔ ${target ?? "nothing"}, ${status}${isDeleted ? ", deleted" : ""}${more.length === 0 ? "" : `; ${more.join("; ")}`}`
      ]
    })
}

/** Records that wait without a link. */
const waiting = ({ snapshot, systems }: Tale, being: Being, birth: string): ReadonlyArray<string> =>
  snapshot.aside.flatMap(({ entity, id, side, why }) => {
    const kept = id === null ? undefined : systems[side].records.get(layouts[side][being].name, id)
    const isIt = entity === layouts.source[being].name && textBirth(kept?.versions[0]?.fields ?? null) === birth
    return isIt ? [`    ${id} of the ${side} is ${why}`] : []
  })

/** Minutes, seconds, milliseconds: `05:18.487`. */
const clock = (ms: number): string => {
  const minutes = Math.floor(ms / 60_000)
  const seconds = Math.floor((ms % 60_000) / 1000)
  const two = (value: number) => String(value).padStart(2, "0")
  return `${two(minutes)}:${two(seconds)}.${String(Math.max(0, ms) % 1000).padStart(3, "0")}`
}
