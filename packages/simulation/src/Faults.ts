/**
 * Everything that may go wrong, as a table. Each history has some of the kinds and not others, at rates of its own: a mixture of all of
 * them all the time would hide what only shows when one thing goes wrong again and again.
 *
 * None makes a provider lie about what its documentation promises: an unconditional 404 for a record that is there, or a listing that says
 * it is complete and is not, cannot be told from the truth by anybody. Only where ids are compared may a listing lie: there each record
 * that it leaves out is asked for by its id.
 */
import type { Fates, RequestFate, StatementFate, WireRequest } from "./Fate.ts"
import type { Stream } from "./Seed.ts"
import * as RequestFault from "./RequestFault.ts"
import type { Quirks } from "./systems/Quirks.ts"

/** Where a kind strikes: on the way to a system, on the way back, in the answer, between the engine and its database, the process. */
export type Strikes = "before" | "after" | "answer" | "database" | "process" | "provider"

export interface Kind {
  readonly name: string
  readonly strikes: Strikes
  /** How much more often than others. */
  readonly weight: number
}

const kind = (name: string, strikes: Strikes, weight = 1): Kind => ({ name, strikes, weight })

/** What becomes of webhooks on their way. */
const webhookKinds = ["webhook lost", "webhook late", "webhook twice", "webhook's answer lost"].map((name) =>
  kind(name, "provider")
)

/** A system answers nobody for a while. */
const outage = kind("outage", "provider")

/** Those of the provider are habits, drawn with the setting (`Quirks`); they are counted when they have shown. */
export const kinds: ReadonlyArray<Kind> = [
  ...[...RequestFault.kinds, ...RequestFault.comparedKinds].map(({ name, strikes, weight }) =>
    kind(name, strikes, weight)
  ),
  kind("connection cut before a statement", "database"),
  kind("connection cut after a statement", "database"),
  kind("commit lost", "database", 6),
  kind("commit unknown", "database", 10),
  kind("serialization failure", "database"),
  kind("serialization failure at commit", "database", 4),
  kind("deadlock", "database"),
  kind("slow statement", "database", 3),
  kind("connection refused by the database", "database", 2),
  kind("crash", "process", 3),
  kind("pause", "process"),
  ...webhookKinds,
  outage,
  kind("coarse times", "provider"),
  kind("times that go back", "provider"),
  kind("late visibility", "provider"),
  kind("skewed clock", "provider"),
  kind("normalised value", "provider"),
  kind("locked record", "provider"),
  kind("merged record", "provider"),
  kind("emptied reference", "provider"),
  kind("forgotten key", "provider"),
  kind("moved pages", "provider")
]

/** They come with an element of a history, and have no part in the mixture. */
const apart = new Set([...RequestFault.comparedKinds, ...webhookKinds, outage].map(({ name }) => name))

export interface Tally {
  readonly counts: ReadonlyMap<string, number>
  readonly add: (kind: string, times?: number) => void
}

export const tally = (): Tally => {
  const counts = new Map<string, number>(kinds.map(({ name }) => [name, 0]))
  return { counts, add: (name, times = 1) => void counts.set(name, (counts.get(name) ?? 0) + times) }
}

export interface Faults extends Fates {
  /** Nothing goes wrong any more. */
  readonly heal: () => void
  /** What goes wrong in this history, for its story. */
  readonly chosen: ReadonlySet<string>
}

/** How much more often things go wrong than they usually do. */
export interface Density {
  readonly reads: number
  readonly writes: number
  readonly statements: number
  readonly crashes: number
  /** Of what befalls a process: how likely it stands still, and does not die. */
  readonly pauses: number
}

/** Few listings are compared. */
const comparedRate = 0.4

const usual: Density = { reads: 1, writes: 1, statements: 1, crashes: 1, pauses: 0.25 }

/** How long things take on a good day, at most: a statement's answer, and a write on its way to its system. */
export interface Delays {
  readonly statementMs: number
  readonly writeMs: number
}

const quick: Delays = { statementMs: 3, writeMs: 40 }

export interface Options {
  readonly chance: Stream
  readonly tally: Tally
  readonly onStruck?: (kind: string, what: string) => void
  /** The habits of the system that a request goes to. */
  readonly density?: Density
  readonly delays?: Delays
  /** Nothing goes wrong before this time. */
  readonly fromMs?: number
  readonly quirksOf: (url: string) => Quirks
  /** Whether a system answers nobody now. */
  readonly isOut?: (url: string, nowMs: number) => boolean
  /** Whether what a process lists now is compared with what it knows. */
  readonly isComparing?: (process: string) => boolean
  /** For shrinking: kinds that do not happen, though all others do as before. */
  readonly without?: ReadonlySet<string>
}

export const make = (options: Options): Faults => {
  const {
    chance,
    delays = quick,
    density = usual,
    fromMs = 0,
    onStruck,
    quirksOf,
    tally,
    without = new Set()
  } = options
  const { isComparing = () => false, isOut = () => false } = options
  const choosing = chance.split("chosen")
  const chosen = new Set(
    kinds
      .filter(({ name }) => (apart.has(name) ? choosing.split(name).chance(0.7) : choosing.chance(0.5)))
      .map(({ name }) => name)
  )
  const rates = {
    read: density.reads * choosing.pick([0.03, 0.1, 0.25]),
    // A write's outcome is what most depends on, and there are few of them.
    write: Math.min(0.75, density.writes * choosing.pick([0.1, 0.3, 0.6])),
    statement: density.statements * choosing.pick([0.0003, 0.001, 0.003]),
    commit: density.statements * choosing.pick([0.003, 0.01, 0.03]),
    boundary: density.crashes * choosing.pick([0.0005, 0.0015, 0.004])
  }
  const streams = {
    request: chance.split("request"),
    statement: chance.split("statement"),
    boundary: chance.split("boundary")
  }
  let isHealed = false
  const isCalm = (nowMs: number) => isHealed || nowMs < fromMs
  const isOn = (name: string) => chosen.has(name) && !without.has(name)

  const request = (process: string, asked: WireRequest, nowMs: number): RequestFate => {
    const { request: draw } = streams
    const own = RequestFault.ordinary(draw, asked.method === "GET" ? quick.writeMs : delays.writeMs)
    const isCompared = isComparing(process) && RequestFault.isListing(asked)
    const isStruck = draw.chance(isCompared ? comparedRate : asked.method === "GET" ? rates.read : rates.write)
    const fault = isStruck ? RequestFault.pick(draw, asked, { quirks: quirksOf(asked.url), isCompared }, isOn) : null
    if (!isCalm(nowMs) && isOut(asked.url, nowMs))
      return { ...own, kind: outage.name, isSent: false, arrivalsMs: [], answer: "broken" }
    return isCalm(nowMs) || fault === null ? own : fault(own)
  }

  const statement = (_process: string, sql: string, nowMs: number): StatementFate => {
    const { statement: draw } = streams
    const own: StatementFate = {
      kind: null,
      cut: "none",
      refusal: null,
      reachMs: 0,
      answerMs: draw.below(delays.statementMs)
    }
    const isCommit = /^\s*commit\b/i.test(sql)
    const isStruck = draw.chance(isCommit ? rates.commit : rates.statement)
    const at = draw.next()
    const ms = draw.below(8000)
    if (!isStruck || isCalm(nowMs) || /^\s*rollback\b/i.test(sql)) return own
    const names = isCommit ? commitFaults : statementFaults
    const name = pickKind(at, names.filter(isOn))
    return name === null ? own : { ...own, kind: name, ...statementFates[name]?.(ms) }
  }

  return {
    chosen,
    heal: () => {
      isHealed = true
    },
    request,
    statement,
    connect: (_process, nowMs) => {
      const isRefused = streams.statement.chance(0.05) && !isCalm(nowMs) && isOn("connection refused by the database")
      return { kind: isRefused ? "connection refused by the database" : null, isRefused }
    },
    boundary: ({ what }, nowMs) => {
      const { boundary: draw } = streams
      const isStruck = draw.chance(rates.boundary * (isWrite(what) ? writesCount : 1))
      const isPause = draw.chance(density.pauses)
      // About as long as it takes until whoever stands still is taken for dead, too.
      const ms = draw.pick([10, 5000, 15_000 + draw.below(8000), 40_000, 90_000])
      if (!isStruck || isCalm(nowMs)) return { _tag: "Lives" }
      if (isPause) return isOn("pause") ? { _tag: "Stalls", kind: "pause", stallMs: ms } : { _tag: "Lives" }
      return without.has("crash") ? { _tag: "Lives" } : { _tag: "Dies", kind: "crash", restartMs: Math.min(ms, 20_000) }
    },
    struck: (name, what) => {
      tally.add(name)
      onStruck?.(name, what)
    }
  }
}

/** A process dies most interestingly while a write is on its way or its answer has just come; there are few of them. */
const writesCount = 30
const isWrite = (what: string): boolean => /^(?:POST|PATCH|DELETE) /.test(what)

const commitFaults = ["commit lost", "commit unknown", "serialization failure at commit", "slow statement"]
const statementFaults = [
  "connection cut before a statement",
  "connection cut after a statement",
  "serialization failure",
  "deadlock",
  "slow statement"
]

const statementFates: Readonly<Record<string, (ms: number) => Partial<StatementFate>>> = {
  "connection cut before a statement": () => ({ cut: "before" }),
  "connection cut after a statement": () => ({ cut: "after" }),
  "commit lost": () => ({ cut: "before" }),
  "commit unknown": () => ({ cut: "after" }),
  "serialization failure": () => ({ refusal: "40001" }),
  "serialization failure at commit": () => ({ refusal: "40001" }),
  deadlock: () => ({ refusal: "40P01" }),
  "slow statement": (ms) => ({ reachMs: ms % 1500, answerMs: ms })
}

/** By weight; null where none is there to pick. */
const pickKind = (at: number, names: ReadonlyArray<string>): string | null => {
  const weighted = names.map((name) => ({ name, weight: kinds.find((each) => each.name === name)?.weight ?? 1 }))
  let left = at * weighted.reduce((sum, { weight }) => sum + weight, 0)
  for (const { name, weight } of weighted) {
    left -= weight
    if (left < 0) return name
  }
  return null
}
