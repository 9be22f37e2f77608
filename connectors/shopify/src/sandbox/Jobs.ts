/** Bulk operations: a query that runs for a while and leaves a file of lines. */
import type { Fields } from "@syncline/core"
import * as Show from "./Show.ts"

export interface Job {
  readonly id: string
  readonly query: string
  readonly startedMs: number
  /** Made when the job is done, as the shop then is. */
  lines: string | null
}

export interface Jobs {
  readonly run: (
    query: string,
    nowMs: number
  ) => { readonly bulkOperation: unknown; readonly userErrors: ReadonlyArray<Fields> }
  readonly find: (id: string, nowMs: number) => Show.Shown | null
  readonly file: (id: string) => string | null
}

const atOnce = 5

/** `read` answers the data of a query that reads everything at once. */
export const make = (options: {
  readonly runsMs: number
  readonly url: (id: string) => string
  readonly read: (query: string, nowMs: number) => unknown
}): Jobs => {
  const { read, runsMs, url } = options
  const jobs = new Map<string, Job>()

  const settle = (job: Job, nowMs: number): string | null => {
    if (job.lines === null && nowMs - job.startedMs >= runsMs) job.lines = linesOf(read(job.query, nowMs)).join("")
    return job.lines
  }
  const show = (job: Job, nowMs: number): Show.Shown => {
    const lines = settle(job, nowMs)
    const count = lines === null ? 0 : lines.split("\n").length - 1
    return {
      __typename: "BulkOperation",
      id: job.id,
      status: lines === null ? "RUNNING" : "COMPLETED",
      errorCode: null,
      objectCount: String(count),
      rootObjectCount: String(count),
      fileSize: lines === null ? null : String(Buffer.byteLength(lines)),
      url: lines === null || lines === "" ? null : url(job.id),
      partialDataUrl: null,
      query: job.query,
      createdAt: Show.instant(job.startedMs),
      completedAt: lines === null ? null : Show.instant(job.startedMs + runsMs)
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
      const job: Job = { id, query, startedMs: nowMs, lines: null }
      jobs.set(id, job)
      return { bulkOperation: show(job, nowMs), userErrors: [] }
    },
    find: (id, nowMs) => {
      const job = jobs.get(id)
      return job === undefined ? null : show(job, nowMs)
    },
    file: (id) => jobs.get(id)?.lines ?? null
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
