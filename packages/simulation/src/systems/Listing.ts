/** What a simulated provider shows: pages of records, of changes or of its log, records by id, and searches. Pure. */
import type { Fields } from "@syncline/core"
import type { EntityLayout } from "./Layout.ts"
import type { Quirks } from "./Quirks.ts"
import { type Kept, newest, type Records, textOf, type Version, visibleAt } from "./Records.ts"

export interface Asked {
  readonly records: Records
  readonly quirks: Quirks
  readonly entity: EntityLayout
  readonly query: URLSearchParams
  readonly nowMs: number
}

export interface Shown {
  readonly body: unknown
  readonly shown: ReadonlyMap<string, Fields | null>
}

/** A version as the API writes it. One that is gone says so. */
export const shape = (quirks: Quirks, id: string, { fields, mergedInto, rev, stampMs }: Version): Fields => ({
  id,
  updated_at: stampMs,
  ...(quirks.tellsVersion && { rev }),
  ...(fields === null ? { deleted: true, ...(mergedInto !== null && { merged_into: mergedInto }) } : fields)
})

interface Row {
  readonly id: string
  readonly version: Version
}

const rows = ({ entity, nowMs, records }: Asked, isShown: (version: Version) => boolean): ReadonlyArray<Row> =>
  records.all(entity.name).flatMap((kept) => {
    const version = visibleAt(kept, nowMs)
    return version !== undefined && isShown(version) ? [{ id: kept.id, version }] : []
  })

/** Every record. By keyset in the order of ids; by offset the newest change first, and those that are gone keep their place. */
export const list = (asked: Asked): Shown =>
  asked.quirks.paging === "offset"
    ? byOffset(
        asked,
        rows(asked, () => true)
      )
    : byKeyset(
        asked,
        rows(asked, ({ fields }) => fields !== null),
        ({ id }) => id
      )

/** What changed in a window of the provider's time, those that are gone included where they are told. Offsets know no upper bound. */
export const window = (asked: Asked): Shown => {
  const since = Number(asked.query.get("since") ?? 0)
  const until = Number(asked.query.get("until") ?? Infinity)
  return asked.quirks.paging === "offset"
    ? byOffset(
        asked,
        rows(asked, ({ stampMs }) => stampMs >= since)
      )
    : byKeyset(
        asked,
        rows(asked, ({ stampMs }) => stampMs >= since && stampMs <= until),
        ({ id, version }) => `${String(version.stampMs).padStart(16, "0")}|${id}`
      )
}

const byKeyset = (asked: Asked, all: ReadonlyArray<Row>, keyOf: (row: Row) => string): Shown => {
  const after = asked.query.get("after") ?? ""
  const rest = all
    .map((row) => ({ key: keyOf(row), row }))
    .filter(({ key }) => key > after)
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
  const page = rest.slice(0, asked.quirks.pageSize)
  const next = rest.length > page.length ? (page.at(-1)?.key ?? null) : null
  return pageOf(
    asked,
    page.map(({ row }) => row),
    next
  )
}

const byOffset = (asked: Asked, all: ReadonlyArray<Row>): Shown => {
  const from = Number(asked.query.get("after") ?? 0)
  const inOrder = all.toSorted(
    (one, other) => other.version.stampMs - one.version.stampMs || other.version.seq - one.version.seq
  )
  const page = inOrder.slice(from, from + asked.quirks.pageSize)
  const next = from + page.length < inOrder.length ? String(from + page.length) : null
  return pageOf(asked, page, next)
}

const isTold = ({ quirks }: Asked, { fields }: Version): boolean => fields !== null || quirks.tellsGone

/** `complete` is the provider's own word that nothing follows. What is gone and not told leaves its place on the page empty. */
const pageOf = (asked: Asked, page: ReadonlyArray<Row>, next: string | null): Shown => {
  const told = page.filter(({ version }) => isTold(asked, version))
  return {
    body: { items: told.map(({ id, version }) => shape(asked.quirks, id, version)), next, complete: next === null },
    shown: new Map(told.map(({ id, version }) => [id, version.fields]))
  }
}

/**
 * The log of changes, claims without data. An entry may come to be seen later than one behind it; `settled` is the place up to which
 * none will come any more.
 */
export const log = (asked: Asked): Shown => {
  const { entity, nowMs, quirks, query, records } = asked
  const after = Number(query.get("after") ?? 0)
  const entries = records
    .all(entity.name)
    .flatMap(({ id, versions }) =>
      versions
        .filter((version) => isTold(asked, version))
        .map(({ fields, seq, visibleAtMs }) => ({ id, seq, visibleAtMs, fields }))
    )
    .toSorted((one, other) => one.seq - other.seq)
  const hidden = entries.find(({ visibleAtMs }) => visibleAtMs > nowMs)?.seq ?? Infinity
  const last = entries.at(-1)?.seq ?? 0
  const page = entries
    .filter(({ seq, visibleAtMs }) => seq > after && visibleAtMs <= nowMs)
    .slice(0, quirks.pageSize * 2)
  const end = page.at(-1)?.seq ?? after
  const isEnd = !entries.some(({ seq, visibleAtMs }) => seq > end && visibleAtMs <= nowMs)
  return {
    body: {
      items: page.map(({ id, seq }) => ({ id, seq })),
      next: isEnd ? null : String(end),
      complete: isEnd,
      settled: Math.min(last, hidden - 1)
    },
    shown: new Map()
  }
}

/** Records as they are now, past any index. One that never was is not mentioned. */
export const byIds = ({ entity, quirks, query, records }: Asked): Shown => {
  const ids = (query.get("ids") ?? "").split(",").slice(0, quirks.getMax)
  const found = ids.flatMap((id): ReadonlyArray<Row> => {
    const kept: Kept | undefined = records.get(entity.name, id)
    const version = kept === undefined ? undefined : newest(kept)
    return version === undefined ? [] : [{ id, version }]
  })
  return {
    body: { items: found.map(({ id, version }) => shape(quirks, id, version)) },
    shown: new Map(found.map(({ id, version }) => [id, version.fields]))
  }
}

/** Live records whose field holds one of the values, as the index has them. */
export const search = (asked: Asked): Shown => {
  const field = asked.query.get("field") ?? ""
  const values = new Set(asked.query.getAll("value"))
  const found = rows(asked, ({ fields }) => fields !== null && values.has(textOf(fields[field])))
  return {
    body: { items: found.map(({ id, version }) => shape(asked.quirks, id, version)) },
    shown: new Map(found.map(({ id, version }) => [id, version.fields]))
  }
}
