/** The records of one resource at a plain REST provider: who is there, since when, and who is gone. */
import { type Fields, RecordId } from "@syncline/core"
import { Option, Schema } from "effect"
import type { Resource } from "../Resource.ts"
import * as Rest from "../Rest.ts"
import * as Shape from "../Shape.ts"

interface Row {
  readonly position: number
  readonly record: Fields
  readonly createdMs: number
  readonly changedMs: number
  readonly deletedMs: number | null
}

export interface RestRows {
  /** What a record would be with these fields; `known` is what it was, null for a new one. */
  readonly preview: (fields: Fields, known: Fields | null) => Fields
  readonly create: (fields: Fields, nowMs: number) => { readonly id: RecordId; readonly record: Fields }
  readonly edit: (id: string, fields: Fields, nowMs: number) => Fields | undefined
  readonly remove: (id: string, nowMs: number) => boolean
  readonly get: (id: string) => Fields | undefined
  /** Live records from a position on, in the order in which they were made; those that are younger than `lagMs` do not show yet. */
  readonly list: (from: number, limit: number, matches: (record: Fields) => boolean, visibleMs: number) => Slice
  /** What changed within the bounds, deletions included, in the order of change. */
  readonly changed: (bounds: Bounds, after: string | null, limit: number) => Slice
  readonly live: () => ReadonlyMap<RecordId, Fields>
}

export interface Bounds {
  readonly fromMs: number
  readonly untilMs: number
}

export interface Slice {
  readonly records: ReadonlyArray<Fields>
  /** Where the next slice begins, or null when this was the last. */
  readonly next: string | null
}

const Key = Schema.fromJsonString(Schema.Tuple([Schema.Finite, Schema.Finite]))
const encodeKey = Schema.encodeSync(Key)
const decodeKey = Schema.decodeUnknownOption(Key)

/** `seeded` records, made when they are looked at, are there from the start and were made at `epochMs`. */
export const make = (
  resource: Resource,
  seeded: {
    readonly size: number
    readonly epochMs: number
    readonly fields: (index: number) => Fields
    /** Called after each change. */
    readonly onChange: (id: RecordId, kind: "saved" | "deleted") => void
  }
): RestRows => {
  const { id, since, version } = resource
  const names = Shape.fieldsOf(resource.schema) ?? []
  const touched = new Map<number, Row>()
  let size = seeded.size

  const idAt = (position: number) => RecordId.make(`${resource.path.split("/").at(-1)?.slice(0, 3)}_${position + 1}`)
  const positionOf = (text: string): number => {
    const position = Number(text.slice(text.indexOf("_") + 1)) - 1
    return position >= 0 && position < size && text === idAt(position) ? position : -1
  }
  /** A record with all its fields. What nobody said is null. */
  const shaped = (position: number, fields: Fields, revision: number, changedMs: number): Fields => ({
    ...Object.fromEntries(names.map((name) => [name, null])),
    ...fields,
    [id]: idAt(position),
    ...(version !== undefined && { [version]: String(revision) }),
    ...(since !== undefined && { [since.field]: Rest.iso(changedMs) })
  })
  const at = (position: number): Row | undefined => {
    if (position < 0 || position >= size) return undefined
    const { epochMs, fields } = seeded
    return (
      touched.get(position) ?? {
        position,
        record: shaped(position, fields(position), 1, epochMs),
        createdMs: epochMs,
        changedMs: epochMs,
        deletedMs: null
      }
    )
  }
  const revisionOf = (record: Fields): number => (version === undefined ? 1 : Number(record[version]))

  return {
    preview: (fields, known) => shaped(size, { ...known, ...fields }, 1, seeded.epochMs),
    create: (fields, nowMs) => {
      const position = size++
      const record = shaped(position, fields, 1, nowMs)
      touched.set(position, { position, record, createdMs: nowMs, changedMs: nowMs, deletedMs: null })
      seeded.onChange(idAt(position), "saved")
      return { id: idAt(position), record }
    },
    edit: (text, fields, nowMs) => {
      const row = at(positionOf(text))
      if (row === undefined || row.deletedMs !== null) return undefined
      const record = shaped(row.position, { ...row.record, ...fields }, revisionOf(row.record) + 1, nowMs)
      touched.set(row.position, { ...row, record, changedMs: nowMs })
      seeded.onChange(idAt(row.position), "saved")
      return record
    },
    remove: (text, nowMs) => {
      const row = at(positionOf(text))
      if (row === undefined || row.deletedMs !== null) return false
      const gone = since?.deletedAt === undefined ? {} : { [since.deletedAt]: Rest.iso(nowMs) }
      const record = shaped(row.position, { ...row.record, ...gone }, revisionOf(row.record) + 1, nowMs)
      touched.set(row.position, { ...row, record, changedMs: nowMs, deletedMs: nowMs })
      seeded.onChange(idAt(row.position), "deleted")
      return true
    },
    get: (text) => {
      const row = at(positionOf(text))
      return row === undefined || row.deletedMs !== null ? undefined : row.record
    },
    list: (from, limit, matches, visibleMs) => {
      const records: Array<Fields> = []
      for (let position = from; position < size; position += 1) {
        const row = at(position)
        if (row === undefined || row.deletedMs !== null || row.createdMs > visibleMs || !matches(row.record)) continue
        if (records.length === limit) return { records, next: String(position) }
        records.push(row.record)
      }
      return { records, next: null }
    },
    changed: ({ fromMs, untilMs }, after, limit) => {
      const [afterMs, afterPosition] = Option.getOrElse(decodeKey(after ?? ""), () => [fromMs, -1] as const)
      const rows = (seeded.size > 0 && seeded.epochMs >= fromMs ? allOf(size, at) : [...touched.values()])
        .filter(({ changedMs, position }) => (changedMs === afterMs ? position > afterPosition : changedMs > afterMs))
        .filter(({ changedMs }) => changedMs <= untilMs)
        .sort((left, right) => left.changedMs - right.changedMs || left.position - right.position)
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return {
        records: shown.map(({ record }) => record),
        next: last === undefined || rows.length <= limit ? null : encodeKey([last.changedMs, last.position])
      }
    },
    live: () =>
      new Map(
        allOf(size, at).flatMap(({ deletedMs, position, record }) =>
          deletedMs === null ? [[idAt(position), record] as const] : []
        )
      )
  }
}

const allOf = (size: number, at: (position: number) => Row | undefined): Array<Row> =>
  Array.from({ length: size }, (_, position) => at(position)).filter((row) => row !== undefined)
