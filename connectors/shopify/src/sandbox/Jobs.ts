/** Bulk operations: a query that runs for a while and leaves a file of lines. */
import type { Fields } from "@syncline/core"
import type { Slice } from "./Reads.ts"
import * as Show from "./Show.ts"

export interface Job {
  readonly id: string
  readonly query: string
  readonly startedMs: number
  /** Made when the job is done, as the shop then is. */
  file: File | null
}

interface File {
  readonly bytes: Buffer
  readonly lines: number
}

export interface Jobs {
  readonly run: (
    query: string,
    nowMs: number
  ) => { readonly bulkOperation: unknown; readonly userErrors: ReadonlyArray<Fields> }
  readonly find: (id: string, nowMs: number) => Show.Shown | null
  readonly file: (id: string) => Buffer | null
}

const atOnce = 5

/** As many records are executed at once, since what a million of them answer together takes gigabytes. */
const sliceSize = 10_000

/** `read` answers the data of a query that reads a slice of its root's records whole; `most` is how many of one type there are. */
export const make = (options: {
  readonly runsMs: number
  readonly url: (id: string) => string
  readonly read: (query: string, nowMs: number, slice: Slice) => unknown
  readonly most: () => number
}): Jobs => {
  const { most, read, runsMs, url } = options
  const jobs = new Map<string, Job>()

  const written = (query: string, nowMs: number): File => {
    const parts: Array<Buffer> = []
    let lines = 0
    for (let from = 0; from < most(); from += sliceSize) {
      const some = linesOf(read(query, nowMs, { from, until: from + sliceSize }))
      lines += some.length
      parts.push(Buffer.from(some.join("")))
    }
    return { bytes: Buffer.concat(parts), lines }
  }
  const settle = (job: Job, nowMs: number): File | null => {
    if (job.file === null && nowMs - job.startedMs >= runsMs) job.file = written(job.query, nowMs)
    return job.file
  }
  const show = (job: Job, nowMs: number): Show.Shown => {
    const file = settle(job, nowMs)
    const count = file?.lines ?? 0
    return {
      __typename: "BulkOperation",
      id: job.id,
      status: file === null ? "RUNNING" : "COMPLETED",
      errorCode: null,
      objectCount: String(count),
      rootObjectCount: String(count),
      fileSize: file === null ? null : String(file.bytes.length),
      url: count === 0 ? null : url(job.id),
      partialDataUrl: null,
      query: job.query,
      createdAt: Show.instant(job.startedMs),
      completedAt: file === null ? null : Show.instant(job.startedMs + runsMs)
    }
  }
  return {
    run: (query, nowMs) => {
      const running = [...jobs.values()].filter((job) => settle(job, nowMs) === null)
      if (running.length >= atOnce)
        return {
          bulkOperation: null,
          userErrors: [{ field: null, message: "Too many bulk operations are running", code: "LIMIT_REACHED" }]
        }
      const id = `gid://shopify/BulkOperation/${jobs.size + 1}`
      const job: Job = { id, query, startedMs: nowMs, file: null }
      jobs.set(id, job)
      return { bulkOperation: show(job, nowMs), userErrors: [] }
    },
    find: (id, nowMs) => {
      const job = jobs.get(id)
      return job === undefined ? null : show(job, nowMs)
    },
    file: (id) => jobs.get(id)?.file?.bytes ?? null
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const nodesOf = (value: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> | null =>
  isObject(value) && Array.isArray(value["edges"])
    ? value["edges"].flatMap((edge: unknown) => (isObject(edge) && isObject(edge["node"]) ? [edge["node"]] : []))
    : null

/** A line per node; what hangs on one in a connection comes as lines of its own. */
const linesOf = (data: unknown): ReadonlyArray<string> => {
  if (!isObject(data)) return []
  const lines: Array<string> = []
  const add = (node: Readonly<Record<string, unknown>>, parentId: string | null): void => {
    const own: Record<string, unknown> = {}
    const below: Array<Readonly<Record<string, unknown>>> = []
    for (const [name, value] of Object.entries(node)) {
      const nodes = nodesOf(value)
      if (nodes === null) own[name] = value
      else below.push(...nodes)
    }
    lines.push(`${JSON.stringify(parentId === null ? own : { ...own, __parentId: parentId })}\n`)
    for (const each of below) add(each, typeof node["id"] === "string" ? node["id"] : "")
  }
  for (const value of Object.values(data)) for (const node of nodesOf(value) ?? []) add(node, null)
  return lines
}
