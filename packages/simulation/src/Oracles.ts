/**
 * The judge of a history: every promise that can be told from the systems' own histories, looked at with each request, each change and
 * each commit, and once more when all is quiet.
 */
import { Side } from "@syncline/core"
import { driverOracles } from "./oracles/DriverOracles.ts"
import { commitOracles } from "./oracles/CommitOracles.ts"
import { endOracles } from "./oracles/EndOracles.ts"
import { type Sides, tokensOf } from "./oracles/Meaning.ts"
import {
  type Ended,
  nameOf,
  type OpenConflict,
  type Oracle,
  type Sent,
  type View,
  type Violation
} from "./oracles/Oracle.ts"
import { Past } from "./oracles/Past.ts"
import * as Snapshot from "./oracles/Snapshot.ts"
import { failureOracles } from "./oracles/FailureOracles.ts"
import { runningOracles } from "./oracles/RunningOracles.ts"
import { tokenOracles, versionOf } from "./oracles/TokenOracles.ts"
import { webhookOracles } from "./oracles/WebhookOracles.ts"
import { writeOracles } from "./oracles/WriteOracles.ts"
import type { Delivery } from "./Webhooks.ts"

export const oracles: ReadonlyArray<Oracle> = [
  ...writeOracles,
  ...commitOracles,
  ...runningOracles,
  ...driverOracles,
  ...webhookOracles,
  ...failureOracles,
  ...tokenOracles,
  ...endOracles
]

export interface Options {
  readonly systems: Sides
  readonly strategy: string
  readonly isDriven: boolean
  readonly hasTwins: boolean
  readonly calmSinceMs: () => number | null
  /** Promises or names of oracles that are not asked, to show what would go unseen without them. */
  readonly without?: ReadonlySet<string>
}

export interface Judge {
  /** What has arrived and changed at the systems since. Cheap when nothing has: call it after every step. */
  readonly look: (nowMs: number) => void
  /** The engine has committed, and its tables hold this now. */
  readonly committed: (snapshot: Snapshot.Snapshot, nowMs: number) => void
  /** Faults have stopped, and all is quiet, or has had the time for it, though a record may still be refused. */
  readonly settled: (nowMs: number) => void
  /** A fault has happened. */
  readonly struck: (kind: string) => void
  /** A process sends a request. */
  readonly called: (sent: Sent, nowMs: number) => void
  /** A webhook goes out for the first time. */
  readonly sent: (delivery: Delivery) => void
  /** The engine has answered one. */
  readonly answered: (delivery: Delivery, status: number, nowMs: number) => void
  /** All is quiet. `keptText` is what `Snapshot.keptSql` answers. */
  readonly ended: (snapshot: Snapshot.Snapshot, keptText: string, nowMs: number) => void
  /** A promise that the world itself saw broken, such as writes when all should be quiet. */
  readonly complain: (oracle: string, message: string, nowMs: number) => void
  /** Each oracle and record once, the first time. */
  readonly violations: ReadonlyArray<Violation>
  readonly past: Past
}

export const make = ({ calmSinceMs, hasTwins, isDriven, strategy, systems, without = new Set() }: Options): Judge => {
  const asked = oracles.filter((oracle) => !without.has(oracle.promise) && !without.has(nameOf(oracle)))
  const past = new Past(systems)
  const violations: Array<Violation> = []
  const said = new Set<string>()
  const ords = new Map<string, { readonly ord: number; readonly key: string; readonly side: Side.Side }>()
  const doubted = new Set<string>()
  const conflicts = new Map<string, OpenConflict>()
  const deliveries: Array<Delivery> = []
  const granted = new Map<string, number>()
  let restedAtMs = 0
  const endings = new Map<string, Ended>()
  const begunAtMs = new Map<string, number>()
  let drivenSinceMs: number | null = null
  const struck = new Map<string, number>()
  const consumed = { source: 0, target: 0 }
  let snapshot = Snapshot.none
  let previous = Snapshot.none

  const viewAt = (nowMs: number): View => ({
    systems,
    past,
    strategy,
    nowMs,
    snapshot,
    previous,
    ords,
    doubted,
    deliveries,
    granted,
    struck,
    conflicts,
    isDriven,
    hasTwins,
    calmSinceMs: calmSinceMs(),
    restedAtMs,
    ended: endings,
    begunAtMs,
    drivenSinceMs
  })

  const say = (violation: Violation) => {
    const once = `${violation.oracle}/${violation.birth ?? violation.message}`
    if (said.has(once)) return
    said.add(once)
    violations.push(violation)
  }
  const complainOf =
    (oracle: Oracle, nowMs: number) =>
    (birth: string | null, message: string): void =>
      say({ oracle: nameOf(oracle), atMs: nowMs, birth, message })

  const look = (nowMs: number) => {
    const hasNews = Side.Side.literals.some((side) => systems[side].arrivals.length > consumed[side])
    const view = viewAt(nowMs)
    past.take((told) => {
      const { by } = told.event
      const arrival = by._tag === "Api" ? (systems[told.side].arrivals[by.arrival] ?? null) : null
      for (const oracle of asked) oracle.changed?.(view, told, arrival, complainOf(oracle, told.event.atMs))
    })
    if (!hasNews) return
    for (const side of Side.Side.literals) {
      const { arrivals } = systems[side]
      for (const arrival of arrivals.slice(consumed[side])) {
        const pair = `${side}/${arrival.granted}`
        if (arrival.granted !== null && !granted.has(pair)) granted.set(pair, versionOf(view, side))
        for (const oracle of asked) oracle.arrived?.(view, side, arrival, complainOf(oracle, arrival.atMs))
      }
      consumed[side] = arrivals.length
    }
  }

  const take = (next: Snapshot.Snapshot, nowMs: number) => {
    previous = snapshot
    snapshot = next
    past.learn(next)
    for (const { entry, key, ord, side, state } of next.entries) {
      ords.set(entry, { ord, key, side })
      if (state === "in_doubt") doubted.add(entry)
    }
    if (next.connections.some(({ state }) => state !== "ready")) restedAtMs = nowMs
    for (const { entity, id, status } of next.executions) {
      if (status === "running") endings.delete(id)
      else if (!endings.has(id)) endings.set(id, { atMs: nowMs, status, entity })
    }
    if (next.drivers.some(({ epoch }) => epoch > 0)) drivenSinceMs ??= nowMs
    for (const { entity, side, state } of next.cursors) {
      const place = `${entity}/${side}`
      if (state !== null && !begunAtMs.has(place)) begunAtMs.set(place, nowMs)
    }
    // Of those that have ended only the newest are told of.
    const told = new Set(next.executions.map(({ id }) => id))
    for (const { entity, id, status } of previous.executions)
      if (status === "running" && !told.has(id)) endings.set(id, { atMs: nowMs, status: "ended", entity })
    const open = new Set(next.conflicts.map(({ entity, key }) => `${entity}/${key}`))
    for (const place of conflicts.keys()) if (!open.has(place)) conflicts.delete(place)
    for (const { entity, fields, key } of next.conflicts) {
      const place = `${entity}/${key}`
      if (conflicts.has(place)) continue
      const underWay = [...previous.entries, ...next.entries].filter(
        (entry) => entry.entity === entity && entry.key === key && entry.state !== "pending"
      )
      conflicts.set(place, { fields, sinceMs: nowMs, underWay: new Set(underWay.map(({ entry }) => entry)) })
    }
  }

  return {
    look,
    committed: (next, nowMs) => {
      look(nowMs)
      take(next, nowMs)
      const view = viewAt(nowMs)
      for (const oracle of asked) oracle.committed?.(view, complainOf(oracle, nowMs))
    },
    settled: (nowMs) => {
      const view = viewAt(nowMs)
      for (const oracle of asked) oracle.settled?.(view, complainOf(oracle, nowMs))
    },
    struck: (kind) => void struck.set(kind, (struck.get(kind) ?? 0) + 1),
    called: (sent, nowMs) => {
      const view = viewAt(nowMs)
      for (const oracle of asked) oracle.called?.(view, sent, complainOf(oracle, nowMs))
    },
    sent: (delivery) => void deliveries.push(delivery),
    answered: (delivery, status, nowMs) => {
      const view = viewAt(nowMs)
      for (const oracle of asked) oracle.answered?.(view, delivery, status, complainOf(oracle, nowMs))
    },
    ended: (next, keptText, nowMs) => {
      look(nowMs)
      take(next, nowMs)
      const view = viewAt(nowMs)
      const kept = new Set(tokensOf(keptText))
      for (const oracle of asked) oracle.ended?.(view, kept, complainOf(oracle, nowMs))
    },
    complain: (oracle, message, nowMs) => {
      if (!without.has(oracle) && !without.has(oracle.split(" ")[0] ?? ""))
        say({ oracle, atMs: nowMs, birth: null, message })
    },
    violations,
    past
  }
}

export { Snapshot }
