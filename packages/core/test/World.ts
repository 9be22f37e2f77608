/** A small two-sided world for the planner's laws: one record, two providers, everything that may happen in any order. */
import { Result } from "effect"
import * as Conflict from "../src/Conflict.ts"
import type { Fields } from "../src/Fields.ts"
import * as Merge from "../src/Merge.ts"
import * as OutboxEntry from "../src/OutboxEntry.ts"
import * as Planner from "../src/Planner.ts"
import * as Side from "../src/Side.ts"

export type Random = (below: number) => number

/** A linear congruential generator: the same seed, the same history. */
export const randomOf = (seed: number): Random => {
  let state = (seed * 2654435761 + 12345) % 4294967296
  return (below) => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return Math.floor((state / 4294967296) * below)
  }
}

type OfSides<A> = Record<Side.Side, A>

interface Sent {
  readonly draft: OutboxEntry.Draft
  /** What the provider did; null: nothing yet. */
  outcome: { readonly _tag: "Stored"; readonly record: Fields | null } | { readonly _tag: "Conflicted" } | null
}

export class World {
  readonly providers: OfSides<Fields | null> = { source: null, target: null }
  readonly unsent: OfSides<OutboxEntry.Draft | null> = { source: null, target: null }
  readonly sent: OfSides<Sent | null> = { source: null, target: null }
  /** Every record that a provider ever had. */
  readonly shown: Array<Fields> = []
  readonly decided: Array<{ readonly situation: Planner.Situation; readonly plan: Planner.Plan }> = []
  readonly log: Array<string> = []
  readonly policy: Planner.Policy
  readonly normalise: (side: Side.Side, record: Fields) => Fields
  link: (Planner.KnownLink & { isDeleted: boolean }) | null = null
  conflict: Conflict.OpenConflict | null = null
  changedAtMs: OfSides<number> = { source: 0, target: 0 }
  nowMs = 0
  writes = 0

  constructor(policy: Planner.Policy, normalise: (side: Side.Side, record: Fields) => Fields) {
    this.policy = policy
    this.normalise = normalise
  }

  tell(what: string): void {
    this.log.push(`${this.nowMs} ${what}`)
  }

  /** A user writes at a side. */
  edit(side: Side.Side, changes: Fields): void {
    this.nowMs += 1
    this.providers[side] = this.normalise(side, { ...this.providers[side], ...changes })
    this.changedAtMs[side] = this.nowMs
    this.shown.push(this.providers[side])
    this.tell(`user edits ${side} ${JSON.stringify(changes)} → ${JSON.stringify(this.providers[side])}`)
  }

  remove(side: Side.Side): void {
    this.nowMs += 1
    this.providers[side] = null
    this.changedAtMs[side] = this.nowMs
    this.tell(`user deletes at ${side}`)
  }

  canRead(side: Side.Side): boolean {
    if (this.link === null || this.link.has[side]) return true
    // A record that was deleted, and came back under its id after a create was planned and dropped: it is met again.
    const isAwaited = this.sent[side] !== null || this.unsent[side]?.operation === "create"
    return this.providers[side] !== null && !isAwaited && this.conflict === null
  }

  situation(side: Side.Side): Planner.Situation {
    const record = this.providers[side]
    const lane = (to: Side.Side): Planner.LaneSituation => ({
      unsent: this.unsent[to],
      sent: this.sent[to]?.draft ?? null
    })
    return {
      side,
      seen: record === null ? { _tag: "Gone" } : { _tag: "Present", fields: record },
      observedAtMs: this.nowMs,
      changedAt: { atMs: this.changedAtMs[side], isEstimated: false },
      link: this.link,
      lanes: { source: lane("source"), target: lane("target") },
      conflict: this.conflict,
      missing: [],
      isDoubted: false,
      policy: this.policy
    }
  }

  /** Reads the record at a side and carries out the plan, as the engine does. */
  read(side: Side.Side): Planner.Plan {
    this.nowMs += 1
    const situation = this.situation(side)
    const plan = Planner.plan(situation)
    this.decided.push({ situation, plan })
    this.tell(`read ${side} ${JSON.stringify(this.providers[side])}: ${JSON.stringify(plan)}`)
    switch (plan._tag) {
      case "Write":
        this.advance(side, plan.writes)
        if (plan.resolves) this.conflict = null
        break
      case "Park":
        this.advance(side, { source: null, target: null })
        if (this.link !== null) this.link.isDeleted = false
        this.conflict = plan.conflict
        break
      case "Skip":
        if (this.link !== null && plan.why !== "stale read") this.advance(side, this.unsent)
        break
      case "Wait":
        break
      case "Refuse":
        throw new Error(plan.why.message)
    }
    return plan
  }

  private advance(side: Side.Side, writes: OfSides<OutboxEntry.Draft | null> | Planner.Write["writes"]): void {
    const isNew = (to: Side.Side) => writes[to]?.operation === "create"
    const before = this.link
    const record = this.providers[side]
    const ofSide = (at: Side.Side) => (isNew(at) ? null : at === side ? record : (before?.images[at] ?? null))
    const has = (at: Side.Side) => !isNew(at) && (at === side || (before?.has[at] ?? false))
    this.link = {
      status: has("source") && has("target") ? "mapped" : "pending",
      // It stays deleted as long as the other side's record is gone.
      isDeleted:
        record === null
          ? !isNew(side)
          : before?.isDeleted === true && ofSide(Side.other(side)) === null && !isNew(Side.other(side)),
      has: { source: has("source"), target: has("target") },
      images: { source: ofSide("source"), target: ofSide("target") },
      observedAtMs: {
        source: side === "source" ? this.nowMs : (before?.observedAtMs.source ?? null),
        target: side === "target" ? this.nowMs : (before?.observedAtMs.target ?? null)
      }
    }
    this.unsent.source = writes.source
    this.unsent.target = writes.target
  }

  send(to: Side.Side): void {
    const draft = this.unsent[to]
    if (draft === null || this.sent[to] !== null || this.conflict !== null) return
    this.nowMs += 1
    this.sent[to] = { draft, outcome: null }
    this.unsent[to] = null
    this.tell(`send to ${to} ${JSON.stringify(draft)}`)
  }

  /** The provider does what was sent. A guarded write is refused when the record moved since it was seen. */
  arrive(to: Side.Side, isGuarded: boolean): void {
    const sent = this.sent[to]
    if (sent === null || sent.outcome !== null) return
    this.nowMs += 1
    const { changes, operation } = sent.draft
    const before = this.providers[to]
    const patch = Object.fromEntries(Object.entries(changes).map(([name, { value }]) => [name, value]))
    if (operation === "create") {
      if (before !== null) {
        // It was looked for before it was created, and is back under its former id.
        sent.outcome = { _tag: "Conflicted" }
        this.tell(`${to} has it already: ${JSON.stringify(before)}`)
        return
      }
      this.providers[to] = this.normalise(to, patch)
    } else {
      const isMoved = isDifferent(this.policy, before, this.link?.images[to] ?? null)
      if (operation === "update" ? before === null || (isGuarded && isMoved) : before !== null && isMoved) {
        sent.outcome = { _tag: "Conflicted" }
        this.tell(`${to} refuses: it has ${JSON.stringify(before)}`)
        return
      }
      this.providers[to] = operation === "delete" ? null : this.normalise(to, { ...before, ...patch })
    }
    this.writes += 1
    const stored = this.providers[to]
    if (stored !== null) this.shown.push(stored)
    sent.outcome = { _tag: "Stored", record: this.providers[to] }
    this.tell(`${to} stores ${JSON.stringify(this.providers[to])}`)
  }

  settle(to: Side.Side): void {
    const sent = this.sent[to]
    if (sent === null || sent.outcome === null || this.link === null) return
    this.nowMs += 1
    this.sent[to] = null
    const { draft, outcome } = sent
    this.tell(`settle ${to} ${outcome._tag}`)
    if (outcome._tag === "Conflicted") {
      this.unsent[to] = OutboxEntry.coalesce(draft, this.unsent[to])
      if (draft.operation === "create") this.link = { ...this.link, has: { ...this.link.has, [to]: true } }
      this.read(to)
      return
    }
    if (outcome.record === null) {
      this.link = { ...this.link, isDeleted: true, images: { ...this.link.images, [to]: null } }
      return
    }
    const before = this.link.images[to]
    const image: Record<string, Fields[string]> = {}
    for (const name of new Set([...Object.keys(outcome.record), ...Object.keys(before ?? {})])) {
      const value = draft.changes[name] === undefined && before !== null ? before[name] : outcome.record[name]
      if (value !== undefined) image[name] = value
    }
    this.link = {
      ...this.link,
      has: { ...this.link.has, [to]: true },
      images: { ...this.link.images, [to]: image }
    }
  }

  /** Everything is read and sent until nothing is left to do. */
  quiesce(choose: Random): void {
    for (let round = 0; round < 30; round++) {
      let isQuiet = true
      for (const side of Side.Side.literals) {
        if (!this.canRead(side) || (this.link === null && this.providers[side] === null)) continue
        if (this.read(side)._tag !== "Skip") isQuiet = false
      }
      for (const side of Side.Side.literals) {
        if (this.unsent[side] !== null || this.sent[side] !== null) isQuiet = false
        this.send(side)
        this.arrive(side, true)
        this.settle(side)
      }
      if (this.conflict !== null) {
        this.resolve(choose)
        isQuiet = false
      }
      if (isQuiet) return
    }
    throw new Error("does not become quiet")
  }

  /** A person chooses at random. */
  resolve(choose: Random): void {
    if (this.conflict === null) return
    const choices: { [field: string]: Side.Side } = {}
    for (const field of Object.keys(this.conflict.contested)) choices[field] = choose(2) === 0 ? "source" : "target"
    this.nowMs += 1
    let resolved = Planner.resolve(this.conflict, choices, this.policy, this.nowMs)
    const choice = choices[Conflict.theRecord]
    // A deletion that cannot be carried out is refused; then the other act is taken.
    if (Result.isFailure(resolved) && choice !== undefined)
      resolved = Planner.resolve(this.conflict, { [Conflict.theRecord]: Side.other(choice) }, this.policy, this.nowMs)
    if (Result.isFailure(resolved)) throw new Error(resolved.failure.message)
    this.tell(`resolve ${JSON.stringify(choices)}: ${JSON.stringify(resolved.success)}`)
    for (const side of Side.Side.literals) {
      const draft = resolved.success.writes[side]
      this.unsent[side] = OutboxEntry.coalesce(this.unsent[side], draft)
      if (draft?.operation === "create" && this.link !== null)
        this.link = {
          ...this.link,
          has: { ...this.link.has, [side]: false },
          images: { ...this.link.images, [side]: null }
        }
      if (draft?.operation === "delete" && this.link !== null) this.link = { ...this.link, isDeleted: true }
    }
    this.conflict = null
  }
}

const isDifferent = ({ fields }: Planner.Policy, one: Fields | null, other: Fields | null): boolean =>
  one === null || other === null
    ? one !== other
    : fields.some(({ merge, name }) => !Merge.isSame(merge, one[name] ?? null, other[name] ?? null))
