/**
 * A system that answers at once: records made from their number, edits kept in memory. What the engine takes for a record on both
 * sides is then all that is measured.
 */
import { type Change, connector, type Entity, type Listed, type Position, Verb, Walk } from "@syncline/connector"
import { RecordId } from "@syncline/core"
import { Effect, Redacted, Result, Schema } from "effect"

export const pageSize = 1000
/** Of writes, and of reads by id: what providers with batches take. */
const batchSize = 100

/** About a kilobyte as JSON, as the customers are that the other parts read. */
export const Person = Schema.Struct({
  id: RecordId,
  email: Schema.String,
  name: Schema.String,
  phone: Schema.String,
  company: Schema.String,
  title: Schema.String,
  website: Schema.String,
  language: Schema.String,
  currency: Schema.String,
  street: Schema.String,
  city: Schema.String,
  postcode: Schema.String,
  country: Schema.String,
  note: Schema.String,
  version: Schema.Int
})
export type Person = typeof Person.Type

export interface InstantSystem {
  readonly entity: Entity<Person>
  /** A person renames this many records, from the first on. */
  readonly rename: (count: number, to: string) => void
  readonly person: (index: number) => Person
  /** How often each was called, and how many records were written. */
  readonly calls: { list: number; changes: number; get: number; write: number }
  readonly written: () => number
}

const said = "It says what was talked about, when to call again, and whom to ask for. ".repeat(7)

const indexOf = (id: RecordId): number => Number(id.slice(2))

/** What both sides have of a person, each under the same name. */
export const mapped = Object.keys(Person.fields).filter((field) => field !== "id" && field !== "version")

/** `prefix` tells the ids of one system from those of another. */
export const make = (prefix: string, size: number): InstantSystem => {
  const edited = new Map<RecordId, Person>()
  const log: Array<RecordId> = []
  const calls = { list: 0, changes: 0, get: 0, write: 0 }
  let written = 0
  const idOf = (index: number) => RecordId.make(`${prefix}-${index}`)
  const person = (index: number): Person =>
    edited.get(idOf(index)) ?? {
      id: idOf(index),
      email: `person.${index}@example.com`,
      name: `Person ${index}`,
      phone: `+43 1 ${String(index).padStart(9, "0")}`,
      company: `Company ${index % 1000} and Partners`,
      title: "Head of purchasing",
      website: `https://www.company-${index % 1000}.example.com`,
      language: "de-AT",
      currency: "EUR",
      street: `Long Street ${index % 300}, second staircase, door ${index % 40}`,
      city: "Vienna",
      postcode: String(1000 + (index % 230) * 10),
      country: "AT",
      note: `Number ${index} has a note. ${said}`,
      version: 1
    }
  const store = (id: RecordId, patch: Partial<Person>): Person => {
    const before = person(indexOf(id))
    const after = { ...before, ...patch, id, version: before.version + 1 }
    edited.set(id, after)
    log.push(id)
    return after
  }
  const from = (position: Position): number => (typeof position === "number" ? position : 0)
  const list = (position: Position) => {
    calls.list += 1
    const end = Math.min(from(position) + pageSize, size)
    const items = Array.from({ length: end - from(position) }, (_, index): Listed<Person> =>
      Verb.present(person(from(position) + index))
    )
    return { items, next: end >= size ? Walk.complete : { _tag: "More" as const, position: end } }
  }
  const changes = (position: Position) => {
    calls.changes += 1
    const end = Math.min(from(position) + pageSize, log.length)
    const items = log.slice(from(position), end).map((id): Change<Person> => Verb.present(person(indexOf(id))))
    return end >= log.length
      ? { items, next: { _tag: "CaughtUp" as const, position: end } }
      : { items, next: { _tag: "More" as const, position: end } }
  }
  const path = "/people"
  const entity: Entity<Person> = {
    schema: Person,
    id: "id",
    version: "version",
    endpoints: {
      list: { method: "GET", path, deltaSyncField: null, pageSize },
      get: { method: "GET", path: `${path}/{id}` },
      changes: { method: "GET", path: "/changes" },
      update: { method: "PATCH", path, fields: mapped }
    },
    source: {
      deltaSyncField: null,
      supportsWebhooks: true,
      list: { start: Effect.succeed(0), read: (position) => Effect.sync(() => list(position)) },
      changes: {
        lagMs: 0,
        precisionMs: 0,
        deletes: true,
        start: Effect.sync(() => log.length),
        read: (position) => Effect.sync(() => changes(position))
      },
      get: {
        max: batchSize,
        run: (ids) =>
          Effect.sync(() => {
            calls.get += 1
            return ids.map((id) => Verb.present(person(indexOf(id))))
          })
      }
    },
    target: {
      update: {
        max: batchSize,
        refusesStale: true,
        run: (ops) =>
          Effect.sync(() => {
            calls.write += 1
            written += ops.length
            return new Map(ops.map(({ id, key, patch }) => [key, Result.succeed(store(id, patch))]))
          })
      }
    }
  }
  return {
    entity,
    person,
    calls,
    written: () => written,
    rename: (count, to) => {
      for (let index = 0; index < count; index++) store(idOf(index), { name: `${to} ${index}` })
    }
  }
}

/** A connection's connector for one system. Nothing is ever sent anywhere. */
export const connectorOf = ({ entity }: InstantSystem) =>
  connector({
    name: "instant",
    apiVersion: "1",
    config: Schema.Struct({}),
    remote: () => ({
      _tag: "Http",
      baseUrl: "http://127.0.0.1:1",
      auth: { _tag: "Bearer", token: Redacted.make("none") },
      budgets: [],
      errors: []
    }),
    entities: () => ({ people: entity }),
    check: () => Effect.succeed("instant")
  })
