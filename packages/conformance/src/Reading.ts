/** Walks to their end, as the engine reads them: one page per step, positions through JSON in between. */
import {
  type Change,
  type ConnectorError,
  type Entity,
  type Http,
  type Listed,
  type Page,
  type Position,
  type Sql
} from "@syncline/connector"
import { type Fields, RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"

type AnyEntity = Entity<Fields, Http | Sql>
type Reads<A> = Effect.Effect<A, ConnectorError, Http | Sql>

/** What a listing showed. */
export interface Listing {
  readonly pages: ReadonlyArray<ReadonlyArray<Listed<Fields>>>
  /** Where each page was read from. */
  readonly positions: ReadonlyArray<Position>
  readonly records: ReadonlyMap<RecordId, Fields>
}

export interface Following {
  readonly changes: ReadonlyArray<Change<Fields>>
  readonly reads: number
  /** Where the next walk starts. */
  readonly position: Position
}

export interface Stops {
  /** Called between two pages. */
  readonly between?: (page: number) => Effect.Effect<void>
  /** A walk that has not ended after so many reads never will. */
  readonly most?: number
}

/** The id of a record that nobody has. */
export const nobody = RecordId.make("nobody")

const mostReads = 20_000
const isId = Schema.is(RecordId)

export const idOf = ({ id }: AnyEntity, record: Fields): RecordId => {
  const value = record[id]
  if (!isId(value)) throw new Error(`a record has no id in "${id}": ${JSON.stringify(record).slice(0, 200)}`)
  return value
}

/** A position is stored between two steps, and comes back as JSON. */
const stored = (position: Position): Position => JSON.parse(JSON.stringify(position))

export const list = (entity: AnyEntity, stops: Stops = {}): Reads<Listing> =>
  Effect.flatMap(entity.source.list.start, (start) => listFrom(entity, start, stops))

export const listFrom = (entity: AnyEntity, start: Position, stops: Stops = {}): Reads<Listing> =>
  Effect.map(pagesFrom(entity, start, stops), (listed) => ({
    ...listed,
    records: recordsOf(entity, listed.pages.flat())
  }))

/** What a listing shows, also what cannot be read. */
export const items = (entity: AnyEntity): Reads<ReadonlyArray<Listed<Fields>>> =>
  Effect.map(
    Effect.flatMap(entity.source.list.start, (start) => pagesFrom(entity, start, {})),
    ({ pages }) => pages.flat()
  )

const pagesFrom = Effect.fnUntraced(function* (
  entity: AnyEntity,
  start: Position,
  { between = () => Effect.void, most = mostReads }: Stops
): Effect.fn.Return<Omit<Listing, "records">, ConnectorError, Http | Sql> {
  const pages: Array<ReadonlyArray<Listed<Fields>>> = []
  const positions: Array<Position> = []
  for (let at = stored(start); pages.length < most;) {
    const page = yield* entity.source.list.read(at)
    pages.push(page.items)
    positions.push(at)
    if (page.next._tag === "Complete") return { pages, positions }
    yield* afterwards(page)
    at = stored(page.next.position)
    yield* between(pages.length)
  }
  return yield* Effect.die(new Error(`the listing did not end within ${most} reads`))
})

const afterwards = ({ next }: Page<unknown, unknown>): Effect.Effect<void> =>
  isMore(next) && next.afterMs !== undefined ? Effect.sleep(next.afterMs) : Effect.void

const isMore = (next: unknown): next is { readonly afterMs?: number } =>
  typeof next === "object" && next !== null && "afterMs" in next

const recordsOf = (entity: AnyEntity, items: ReadonlyArray<Listed<Fields>>): ReadonlyMap<RecordId, Fields> =>
  new Map(
    items.map((item) => {
      if (item._tag === "Unreadable") throw new Error(`a record is refused by its schema: ${item.id}, ${item.why}`)
      return [idOf(entity, item.record), item.record]
    })
  )

export const begin = (entity: AnyEntity): Reads<Position> => {
  const { changes } = entity.source
  return changes === undefined ? Effect.die(new Error("the entity has no changes")) : changes.start
}

export const follow = Effect.fnUntraced(function* (
  entity: AnyEntity,
  from: Position,
  { between = () => Effect.void, most = mostReads }: Stops = {}
): Effect.fn.Return<Following, ConnectorError, Http | Sql> {
  const { changes: walk } = entity.source
  if (walk === undefined) return yield* Effect.die(new Error("the entity has no changes"))
  const changes: Array<Change<Fields>> = []
  for (let at = stored(from), reads = 1; reads <= most; reads += 1) {
    const page = yield* walk.read(at)
    changes.push(...page.items)
    if (page.next._tag === "CaughtUp") return { changes, reads, position: stored(page.next.position) }
    yield* afterwards(page)
    at = stored(page.next.position)
    yield* between(reads)
  }
  return yield* Effect.die(new Error(`the walk of changes did not end within ${most} reads`))
})

/** What changes come to, each record as it was seen last: null is gone. What was only touched is read. */
export const settled = Effect.fnUntraced(function* (
  entity: AnyEntity,
  changes: ReadonlyArray<Change<Fields>>
): Effect.fn.Return<ReadonlyMap<RecordId, Fields | null>, ConnectorError, Http | Sql> {
  const records = new Map<RecordId, Fields | null>()
  const touched = new Set<RecordId>()
  for (const change of changes) {
    if (change._tag === "Touched") touched.add(change.id)
    else for (const [id, record] of seen(entity, change)) records.set(id, record)
  }
  for (const [id, record] of yield* read(entity, [...touched])) records.set(id, record)
  return records
})

const seen = (
  entity: AnyEntity,
  change: Exclude<Change<Fields>, { readonly _tag: "Touched" }>
): ReadonlyArray<readonly [RecordId, Fields | null]> => {
  switch (change._tag) {
    case "Present":
      return [[idOf(entity, change.record), change.record]]
    case "Gone":
    case "Merged":
      return [[change.id, null]]
    case "Unreadable":
      throw new Error(`a record is refused by its schema: ${change.id}, ${change.why}`)
  }
}

/** Records by id, in calls of as many as the connector takes. */
export const read = Effect.fnUntraced(function* (
  entity: AnyEntity,
  ids: ReadonlyArray<RecordId>
): Effect.fn.Return<ReadonlyMap<RecordId, Fields | null>, ConnectorError, Http | Sql> {
  const { max, run } = entity.source.get
  const records = new Map<RecordId, Fields | null>()
  for (let at = 0; at < ids.length; at += max) {
    for (const change of yield* run(ids.slice(at, at + max)))
      for (const [id, record] of seen(entity, change)) records.set(id, record)
  }
  return records
})

/** Whatever can be read of an entity: its listing, each record by id, and what changed. */
export const readAll = Effect.fnUntraced(function* (
  entity: AnyEntity
): Effect.fn.Return<void, ConnectorError, Http | Sql> {
  const { records } = yield* list(entity)
  yield* read(entity, [...records.keys()].slice(0, entity.source.get.max))
  if (entity.source.changes !== undefined) yield* follow(entity, yield* entity.source.changes.start)
})
