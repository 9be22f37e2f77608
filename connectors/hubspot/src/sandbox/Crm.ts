/** The records of a sandbox account: what is stored, and the rules of writing it, past HTTP. */
import { Rest } from "@syncline/connector"
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import type { Shape } from "../Kind.ts"
import type { Profile } from "./Options.ts"
import * as Refusal from "./Refusal.ts"
import * as Rules from "./Rules.ts"

const { iso } = Rest

export interface Kept {
  readonly id: string
  readonly properties: Rules.Values
  readonly createdMs: number
  readonly updatedMs: number
  /** Null while it lives. */
  readonly archivedMs: number | null
}

export type Written = Result.Result<Kept, Refusal.Refused>

export interface Crm {
  readonly shapeOf: (type: string) => Shape | undefined
  /** A live record; an id that lost a merge leads to the winner. */
  readonly get: (shape: Shape, id: string) => Kept | undefined
  readonly by: (shape: Shape, property: string, value: string) => Kept | undefined
  /** In order of their ids, archived ones or live ones. */
  readonly list: (shape: Shape, isArchived: boolean) => ReadonlyArray<Kept>
  readonly create: (shape: Shape, given: Rules.Values, nowMs: number, isStrict: boolean) => Written
  readonly update: (shape: Shape, id: string, given: Rules.Values, nowMs: number) => Written
  readonly archive: (shape: Shape, id: string, nowMs: number) => Kept | undefined
  /** The loser goes, the winner lives on under its id. */
  readonly merge: (shape: Shape, winner: string, loser: string, nowMs: number) => Kept | undefined
  readonly propertyOf: (shape: Shape, name: string) => { readonly isUnique: boolean } | undefined
  readonly define: (shape: Shape, name: string, isUnique: boolean) => void
}

interface Lists {
  readonly live: ReadonlyArray<Kept>
  readonly archived: ReadonlyArray<Kept>
}

const listed = (all: ReadonlyArray<Kept>): Lists => ({
  live: all.filter(({ archivedMs }) => archivedMs === null),
  archived: all.filter(({ archivedMs }) => archivedMs !== null)
})

export const make = (shapes: ReadonlyArray<Shape>, marker: string | null, profile: Profile): Crm => {
  /** As they were when somebody last asked, since whoever pages asks again and again. */
  const lists = new Map<string, Lists>()
  const tables = new Map(shapes.map(({ type }) => [type, new Map<string, Kept>()]))
  const indexes = new Map(shapes.map(({ type }) => [type, new Map<string, string>()]))
  const winners = new Map<string, string>()
  const definitions = new Map(
    shapes.map(({ properties, type }) => [
      type,
      new Map([
        ...[...Rules.system, ...properties].map(
          (name) => [name, { isUnique: type === "contacts" && name === "email" }] as const
        ),
        ...(marker === null ? [] : [[marker, { isUnique: true }] as const])
      ])
    ])
  )
  let last = 1000

  const of = <A>(map: ReadonlyMap<string, A>, type: string): A => {
    const found = map.get(type)
    if (found === undefined) throw new Error(`the HubSpot sandbox has no "${type}", only ${[...map.keys()].join(", ")}`)
    return found
  }
  const live = (shape: Shape, id: string): Kept | undefined => {
    const found = of(tables, shape.type).get(id)
    return found?.archivedMs === null ? found : undefined
  }
  const uniques = (shape: Shape): ReadonlyArray<string> =>
    [...of(definitions, shape.type)].flatMap(([name, { isUnique }]) => (isUnique ? [name] : []))
  const key = (name: string, value: string): string => `${name} ${value}`
  const by = (shape: Shape, property: string, value: string): Kept | undefined => {
    const text = property === "email" ? value.toLowerCase() : value
    const id = of(indexes, shape.type).get(key(property, text))
    return id === undefined ? undefined : live(shape, id)
  }
  const put = (shape: Shape, kept: Kept): Kept => {
    const before = of(tables, shape.type).get(kept.id)
    const index = of(indexes, shape.type)
    for (const name of uniques(shape)) {
      const old = before?.properties[name]
      if (old !== undefined && index.get(key(name, old)) === kept.id) index.delete(key(name, old))
      const value = kept.properties[name]
      if (value !== undefined && value !== "" && kept.archivedMs === null) index.set(key(name, value), kept.id)
    }
    of(tables, shape.type).set(kept.id, kept)
    lists.delete(shape.type)
    return kept
  }
  const clash = (shape: Shape, values: Rules.Values, id: string | null): Refusal.Refused | null => {
    for (const name of uniques(shape)) {
      const other = by(shape, name, values[name] ?? "")
      if (other !== undefined && other.id !== id)
        return Refusal.taken(name === "email" ? "Contact" : `A record with this ${name}`, other.id)
    }
    return null
  }
  const checked = (shape: Shape, given: Rules.Values, id: string | null) => {
    const values = Rules.values(shape, given, new Set(of(definitions, shape.type).keys()))
    if (Result.isFailure(values)) return values
    const taken = clash(shape, values.success, id)
    return taken === null ? values : Result.fail(taken)
  }
  const get = (shape: Shape, id: string): Kept | undefined =>
    live(shape, id) ?? live(shape, winners.get(`${shape.type} ${id}`) ?? "")

  return {
    shapeOf: (type) =>
      shapes.find((shape) => shape.type === type || shape.entity === type || typeIds[shape.type] === type),
    get,
    by,
    list: (shape, isArchived) => {
      const known = lists.get(shape.type) ?? listed([...of(tables, shape.type).values()])
      lists.set(shape.type, known)
      return isArchived ? known.archived : known.live
    },
    create: (shape, given, nowMs, isStrict) => {
      const values = checked(shape, given, null)
      if (Result.isFailure(values)) return Result.fail(values.failure)
      const wanted = [...Rules.required(shape), ...(isStrict ? (profile.required[shape.type] ?? []) : [])]
      const absent = wanted.find((name) => (values.success[name] ?? "") === "")
      if (absent !== undefined)
        return Result.fail(Refusal.invalid(absent, "REQUIRED_FIELD", `${absent} is required for ${shape.type}`))
      last += 1
      const properties = Rules.computed(shape, values.success)
      return Result.succeed(
        put(shape, { id: String(last), properties, createdMs: nowMs, updatedMs: nowMs, archivedMs: null })
      )
    },
    update: (shape, id, given, nowMs) => {
      const before = get(shape, id)
      if (before === undefined) return Result.fail(Refusal.missing(shape.type, [id]))
      const values = checked(shape, given, before.id)
      return Result.map(values, (changed) =>
        put(shape, {
          ...before,
          properties: Rules.computed(shape, { ...before.properties, ...changed }),
          updatedMs: nowMs
        })
      )
    },
    archive: (shape, id, nowMs) => {
      const before = live(shape, id)
      return before === undefined ? undefined : put(shape, { ...before, archivedMs: nowMs })
    },
    merge: (shape, winner, loser, nowMs) => {
      const [kept, gone] = [live(shape, winner), live(shape, loser)]
      if (kept === undefined || gone === undefined || winner === loser) return undefined
      put(shape, { ...gone, archivedMs: nowMs })
      of(tables, shape.type).delete(loser)
      lists.delete(shape.type)
      winners.set(`${shape.type} ${loser}`, winner)
      const merged = [kept.properties["hs_merged_object_ids"] ?? "", loser].filter((each) => each !== "").join(";")
      return put(shape, {
        ...kept,
        properties: { ...gone.properties, ...withoutEmpty(kept.properties), hs_merged_object_ids: merged },
        updatedMs: nowMs
      })
    },
    propertyOf: (shape, name) => of(definitions, shape.type).get(name),
    define: (shape, name, isUnique) => {
      of(definitions, shape.type).set(name, { isUnique })
    }
  }
}

const withoutEmpty = (values: Rules.Values): Rules.Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""))

/** https://developers.hubspot.com/docs/guides/crm/understanding-the-crm#object-type-ids */
export const typeIds: Readonly<Record<string, string>> = {
  contacts: "0-1",
  companies: "0-2",
  deals: "0-3",
  tickets: "0-5",
  products: "0-7",
  line_items: "0-8"
}

/** What a record has under a name, its times and its id among them. */
export const valueOf = ({ modified }: Shape, { createdMs, id, properties, updatedMs }: Kept, name: string): string => {
  switch (name) {
    case "createdate":
      return iso(createdMs)
    case modified:
      return iso(updatedMs)
    case "hs_object_id":
      return id
    default:
      return properties[name] ?? ""
  }
}

/** A record as HubSpot sends it: what is asked for, and always its times and its id. */
export const shown = (shape: Shape, kept: Kept, asked: ReadonlyArray<string>): Fields => {
  const names = new Set([...asked, "createdate", shape.modified, "hs_object_id"])
  return {
    id: kept.id,
    properties: Object.fromEntries([...names].map((name) => [name, valueOf(shape, kept, name) || null])),
    createdAt: iso(kept.createdMs),
    updatedAt: iso(kept.updatedMs),
    archived: kept.archivedMs !== null,
    ...(kept.archivedMs !== null && { archivedAt: iso(kept.archivedMs) })
  }
}
