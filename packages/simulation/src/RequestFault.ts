/** What may go wrong with one request to a system: on its way, on the way back, or in the answer. */
import type { RequestFate, WireAnswer, WireRequest } from "./Fate.ts"
import type { Stream } from "./Seed.ts"
import { type Quirks, requestMaxMs } from "./systems/Quirks.ts"

interface RequestKind {
  readonly name: string
  readonly strikes: "before" | "after" | "answer"
  readonly weight: number
  /** Whether a provider, or the way to it, can be so without lying. */
  readonly suits: (request: Asked) => boolean
  readonly fate: (own: RequestFate, chance: Stream, request: Asked) => Omit<RequestFate, "kind">
}

/** A request, as far as faults tell them apart. */
interface Asked {
  readonly method: string
  /** Below the entity: `list`, `changes`, `records`, `search`, an id, or nothing. */
  readonly what: string
  readonly hasToken: boolean
  readonly quirks: Quirks
  /** A listing whose ids are compared with what is known: it proves nothing by itself. */
  readonly isCompared: boolean
}

const isWrite = ({ method }: Asked) => method !== "GET"
const isRead = ({ method }: Asked) => method === "GET"
const isCreate = ({ method }: Asked) => method === "POST"
const isPage = ({ method, what }: Asked) => method === "GET" && (what === "list" || what === "changes")
const always = () => true

/**
 * Whether the same request again does no harm by the provider's own word. A unique value protects only while its record lives, so a
 * create that comes again after a deletion would make it again.
 */
const isRepeatable = ({ method, quirks }: Asked) =>
  method === "GET" ||
  (method === "POST" && quirks.protection === "Keyed") ||
  (method === "PATCH" && quirks.checksVersion && quirks.tellsVersion)

/** Nobody could tell a create that comes when its key is forgotten, or after what it was forbidden by has been deleted, from a new one. */
const mayComeLate = ({ quirks: { keptMs, protection } }: Asked) =>
  protection === "Unsafe" || (protection === "Keyed" && keptMs > requestMaxMs)

const ok: Omit<RequestFate, "kind" | "arrivalsMs" | "answerMs"> = { isSent: true, answer: "own" }

/** Somebody on the way answers, or the provider before it does anything. */
const instead =
  (status: number, text: string, headers: WireAnswer["headers"] = {}): RequestKind["fate"] =>
  (own) => ({
    ...own,
    arrivalsMs: [],
    answer: { status, headers: { "content-type": "application/json", ...headers }, text }
  })

const error = (text: string) => JSON.stringify({ error: text })
const page = "<!doctype html><html><head><title>502</title></head><body><h1>Bad gateway</h1></body></html>"
const html = { "content-type": "text/html" }

const before = (name: string, weight: number, suits: RequestKind["suits"], fate: RequestKind["fate"]): RequestKind => ({
  name,
  strikes: "before",
  weight,
  suits,
  fate
})
const after = (name: string, weight: number, suits: RequestKind["suits"], fate: RequestKind["fate"]): RequestKind => ({
  ...before(name, weight, suits, fate),
  strikes: "after"
})
const answer = (
  name: string,
  weight: number,
  suits: RequestKind["suits"],
  rewrite: (own: WireAnswer) => WireAnswer
): RequestKind => ({ ...before(name, weight, suits, (own) => ({ ...own, rewrite })), strikes: "answer" })

const dates = { date: "Fri, 01 Jan 2027 00:00:00 GMT", "retry-after": "Fri, 01 Jan 2027 00:00:03 GMT" }

export const kinds: ReadonlyArray<RequestKind> = [
  before("connection refused", 1, always, (own) => ({ ...own, isSent: false, arrivalsMs: [], answer: "broken" })),
  before("request lost", 1, always, (own) => ({ ...own, arrivalsMs: [], answer: "silence" })),
  before("429 with seconds", 1, always, (own, chance, asked) =>
    instead(429, error("slow down"), { "retry-after": String(1 + chance.below(4)) })(own, chance, asked)
  ),
  before("429 with a date", 1, always, instead(429, error("slow down"), dates)),
  before("429 without a hint", 1, always, instead(429, error("slow down"))),
  before("500 without effect", 1, always, instead(500, error("something broke"))),
  before("503 with a pause", 1, always, instead(503, error("maintenance"), { "retry-after": "2" })),
  before("gateway's page", 1, always, instead(502, page, html)),
  before("401", 0.4, always, instead(401, error("token expired"))),
  before("403", 0.4, always, instead(403, error("missing scope"))),
  before("409 key in progress", 2, isWrite, instead(409, error("in progress"))),
  before(
    "412",
    4,
    (asked) => isWrite(asked) && !isCreate(asked),
    instead(412, error("the record is at another version"))
  ),
  // What its key was answered with, a provider answers again.
  before(
    "422",
    1.5,
    (asked) => isWrite(asked) && !(isCreate(asked) && asked.quirks.protection === "Keyed"),
    instead(422, JSON.stringify({ fields: { name: "is refused today" } }))
  ),
  before("404 of a stale replica", 4, ({ method }) => method === "PATCH", instead(404, error("no such record"))),
  before("410 spent page token", 4, (asked) => isPage(asked) && asked.hasToken, instead(410, error("cursor expired"))),
  before(
    "empty listing",
    2,
    isPage,
    instead(200, JSON.stringify({ items: [], next: null, complete: false, settled: 0 }))
  ),
  before(
    "request arrives late",
    4,
    (asked) => isCreate(asked) && mayComeLate(asked),
    (own, chance) => ({
      ...own,
      arrivalsMs: [31_000 + chance.below(requestMaxMs - 32_000)],
      answer: "silence"
    })
  ),
  // Within the patience of whoever waits: users go on meanwhile.
  before(
    "slow request",
    4,
    (asked) => isWrite(asked) && (!isCreate(asked) || mayComeLate(asked)),
    (own, chance) => ({ ...own, arrivalsMs: [1000 + chance.below(15_000)] })
  ),
  after("answer lost", 6, isWrite, (own) => ({ ...own, answer: "broken" })),
  after("answer of a read lost", 1, isRead, (own) => ({ ...own, answer: "broken" })),
  after("silence after effect", 3, isWrite, (own) => ({ ...own, answer: "silence" })),
  after("500 with effect", 4, isWrite, (own) => ({
    ...own,
    answer: { status: 500, headers: { "content-type": "application/json" }, text: error("something broke") }
  })),
  after("answer later than patience", 1, always, (own, chance) => ({
    ...own,
    answerMs: 31_000 + chance.below(30_000)
  })),
  after("slow answer", 2, always, (own, chance) => ({ ...own, answerMs: 2000 + chance.below(20_000) })),
  after("request twice", 2, isRepeatable, (own, chance) => ({
    ...own,
    arrivalsMs: [...own.arrivalsMs, (own.arrivalsMs[0] ?? 0) + 1 + chance.below(20_000)]
  })),
  answer("truncated answer", 2, always, (own) => ({ ...own, text: own.text.slice(0, own.text.length >> 1) })),
  answer("200 with a page of HTML", 1, always, () => ({ status: 200, headers: html, text: page })),
  answer("items twice on a page", 2, isPage, (own) => onItems(own, (items) => [...items, ...items.slice(0, 2)])),
  answer(
    "answer without one record",
    5,
    ({ method, what }) => method === "GET" && what === "records",
    (own) => onItems(own, (items) => items.slice(1))
  )
]

/** They have no part in the mixture of the others, and are only there where ids are compared. */
export const comparedKinds: ReadonlyArray<RequestKind> = [
  answer(
    "listing cut short",
    12,
    ({ isCompared }) => isCompared,
    (own) => asWhole(own, (items) => items.slice(0, items.length >> 1))
  ),
  answer(
    "listing without anything",
    6,
    ({ isCompared }) => isCompared,
    (own) => asWhole(own, () => [])
  )
]

/** Says that it is all there is. */
const asWhole = (own: WireAnswer, change: (items: ReadonlyArray<unknown>) => ReadonlyArray<unknown>): WireAnswer => {
  const changed = onItems(own, change)
  const body: unknown = changed.status === 200 ? JSON.parse(changed.text) : null
  if (typeof body !== "object" || body === null) return own
  return { ...changed, text: JSON.stringify({ ...body, next: null, complete: true }) }
}

const onItems = (own: WireAnswer, change: (items: ReadonlyArray<unknown>) => ReadonlyArray<unknown>): WireAnswer => {
  const body: unknown = own.status === 200 ? JSON.parse(own.text) : null
  if (typeof body !== "object" || body === null || !("items" in body) || !Array.isArray(body.items)) return own
  return { ...own, text: JSON.stringify({ ...body, items: change(body.items) }) }
}

/** A request and its answer as they are on a good day. */
export const ordinary = (chance: Stream, arrivesWithinMs: number): RequestFate => ({
  ...ok,
  kind: null,
  arrivalsMs: [1 + chance.below(arrivesWithinMs)],
  answerMs: 1 + chance.below(chance.chance(0.05) ? 4000 : 200)
})

/** What a request for tokens is spared: a no for good in the provider's name, and to be sent again, or late, by nobody whom it knows. */
const notOfTokens = new Set([
  "401",
  "403",
  "409 key in progress",
  "412",
  "422",
  "request arrives late",
  "request twice"
])

/** Whether what a request asks for is compared, and may so be a lie. */
export const isListing = ({ url }: WireRequest): boolean => new URL(url).pathname.endsWith("/list")

/** A fault that suits the request, by weight; null where none of those that may happen does. */
export const pick = (
  chance: Stream,
  request: WireRequest,
  { isCompared, quirks }: Pick<Asked, "isCompared" | "quirks">,
  isOn: (name: string) => boolean
): ((own: RequestFate) => RequestFate) | null => {
  const url = new URL(request.url)
  const [, , what = ""] = url.pathname.split("/")
  const asked: Asked = {
    method: request.method,
    what,
    quirks,
    hasToken: url.searchParams.has("after"),
    isCompared
  }
  let left = chance.next()
  const fitting = [...kinds, ...comparedKinds].filter(
    ({ name, suits }) => isOn(name) && suits(asked) && !(what === "token" && notOfTokens.has(name))
  )
  left *= fitting.reduce((sum, { weight }) => sum + weight, 0)
  const found = fitting.find(({ weight }) => (left -= weight) < 0)
  return found === undefined ? null : (own) => ({ ...found.fate(own, chance, asked), kind: found.name })
}
