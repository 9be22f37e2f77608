/** What a system holds: every version that every record ever had, and when each came to be seen by listings. */
import type { Fields } from "@syncline/core"
import type { Stream } from "../Seed.ts"
import type { EntityLayout, Field } from "./Layout.ts"
import type { Quirks } from "./Quirks.ts"
import type { By, Event } from "./System.ts"

export interface Version {
  /** 1 for the first; a record that is gone has a version too. */
  readonly rev: number
  /** The time of the change by the provider's clock and habits. */
  readonly stampMs: number
  /** The world's time from which listings, feeds and searches show it. */
  readonly visibleAtMs: number
  /** Its place in the log of changes. */
  readonly seq: number
  /** Null: gone. */
  readonly fields: Fields | null
  readonly mergedInto: string | null
}

export interface Kept {
  readonly entity: string
  readonly id: string
  readonly versions: Array<Version>
  lockedUntilMs: number
}

export interface Change {
  readonly entity: EntityLayout
  readonly id: string
  /** Null: the record goes. */
  readonly patch: Fields | null
  readonly by: By
  readonly nowMs: number
  readonly mergedInto?: string
}

/** What a write showed of the system's habits. */
export interface Written {
  /** A value is kept in another form than it was given in. */
  readonly isBent: boolean
  /** The record's time is before the one that it had. */
  readonly isBack: boolean
}

/** `chance` is split by record and version, so one change left out moves no other. */
export class Records {
  readonly events: Array<Event> = []
  readonly #byEntity = new Map<string, Map<string, Kept>>()
  readonly #quirks: Quirks
  readonly #chance: Stream
  #seq = 0

  constructor(quirks: Quirks, chance: Stream) {
    this.#quirks = quirks
    this.#chance = chance
  }

  all(entity: string): ReadonlyArray<Kept> {
    return [...(this.#byEntity.get(entity)?.values() ?? [])]
  }

  get(entity: string, id: string): Kept | undefined {
    return this.#byEntity.get(entity)?.get(id)
  }

  live(entity: string): ReadonlyMap<string, Fields> {
    const found = this.all(entity).flatMap((kept): ReadonlyArray<readonly [string, Fields]> => {
      const fields = kept.versions.at(-1)?.fields ?? null
      return fields === null ? [] : [[kept.id, fields]]
    })
    return new Map(found)
  }

  /** Makes a new version, and the record if it is not there. */
  write({ by, entity, id, mergedInto, nowMs, patch }: Change): Written {
    const kept = this.get(entity.name, id) ?? { entity: entity.name, id, versions: [], lockedUntilMs: 0 }
    const before = kept.versions.at(-1)?.fields ?? null
    const given = patch === null ? null : { ...blank(entity), ...before, ...patch }
    const after = given === null ? null : this.#normal(entity, given)
    const rev = kept.versions.length + 1
    const chance = this.#chance.split(`${entity.name}/${id}/${rev}`)
    const { backwardMs, lagMs, skewMs, stampMs } = this.#quirks
    this.#seq += 1
    kept.versions.push({
      rev,
      seq: this.#seq,
      stampMs: Math.floor((nowMs + skewMs - chance.below(backwardMs + 1)) / stampMs) * stampMs,
      visibleAtMs: nowMs + (chance.chance(0.5) ? 0 : chance.below(lagMs + 1)),
      fields: after,
      mergedInto: mergedInto ?? null
    })
    const ofEntity = this.#byEntity.get(entity.name) ?? new Map<string, Kept>()
    this.#byEntity.set(entity.name, ofEntity.set(id, kept))
    this.events.push({ n: this.events.length, atMs: nowMs, entity: entity.name, id, by, before, after })
    const [last, now] = kept.versions.slice(-2).map((version) => version.stampMs)
    return {
      isBent: given !== null && after !== null && Object.keys(given).some((name) => !isSame(given[name], after[name])),
      isBack: last !== undefined && now !== undefined && now < last
    }
  }

  #normal(entity: EntityLayout, fields: Fields): Fields {
    if (!this.#quirks.normalises) return fields
    return Object.fromEntries(entity.fields.map((field) => [field.name, normalOf(field, fields[field.name] ?? null)]))
  }
}

export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

const blank = ({ fields }: EntityLayout): Fields =>
  Object.fromEntries(fields.map(({ kind, name }) => [name, kind._tag === "Set" ? [] : null]))

/** What a system that normalises makes of a value. */
export const normalOf = ({ kind }: Field, value: Fields[string]): Fields[string] => {
  switch (kind._tag) {
    case "Text":
      return typeof value === "string" ? value.trim() : value
    case "Mail":
      return typeof value === "string" ? value.trim().toLowerCase() : value
    case "Decimal":
      return typeof value === "string" ? twoPlaces(value) : value
    case "Set":
      return Array.isArray(value) ? [...new Set(value.map(String))].toSorted() : value
    case "Minor":
    case "Reference":
      return value
  }
}

/** Text stays text: what a binary number cannot hold must not pass through one. */
const twoPlaces = (text: string): string => {
  const [whole = "0", part = ""] = text.split(".")
  return `${whole}.${part.padEnd(2, "0").slice(0, 2)}`
}

/** The newest version that a listing shows at a moment. */
export const visibleAt = ({ versions }: Kept, nowMs: number): Version | undefined =>
  versions.findLast(({ visibleAtMs }) => visibleAtMs <= nowMs)

export const newest = ({ versions }: Kept): Version | undefined => versions.at(-1)

/** A value as text, by which fields are searched. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? null))
