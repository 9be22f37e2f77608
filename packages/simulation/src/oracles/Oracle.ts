/** What judges a history: sentences that were promised, each with what it looks at. */
import type { Side } from "@syncline/core"
import type { Sides } from "./Meaning.ts"
import type { Past, Told } from "./Past.ts"
import type { Snapshot } from "./Snapshot.ts"
import type { Arrival, Verb } from "../systems/System.ts"
import type { Delivery } from "../Webhooks.ts"

/** A broken promise. */
export interface Violation {
  /** The oracle that saw it, such as `I-2 no duplicate create`. */
  readonly oracle: string
  readonly atMs: number
  /** The record, by its birth; null where it is about something else. */
  readonly birth: string | null
  readonly message: string
}

export type Complain = (birth: string | null, message: string) => void

/** A request that a process sends. */
export interface Sent {
  /** Its name and its life, as its worker is called. */
  readonly process: string
  readonly side: Side.Side
  readonly verb: Verb
  /** By the pair's name. */
  readonly entity: string
  /** The process stood still until this very moment: it may have asked before whether it may call. */
  readonly isAwakening: boolean
}

/** Everything an oracle may look at. */
export interface View {
  readonly systems: Sides
  readonly past: Past
  readonly strategy: string
  readonly nowMs: number
  /** The last that was taken; before the first commit an empty one. */
  readonly snapshot: Snapshot
  /** The one before it. */
  readonly previous: Snapshot
  /** Places of entries in their lanes, by entry, for all that were ever seen. */
  readonly ords: ReadonlyMap<string, { readonly ord: number; readonly key: string; readonly side: Side.Side }>
  /** Entries that were in doubt at some time. */
  readonly doubted: ReadonlySet<string>
  /** Webhooks that were sent, those that are not genuine included. */
  readonly deliveries: ReadonlyArray<Delivery>
  /** Pairs of tokens that were granted, by side and number, with the version that was kept of the connection's tokens then. */
  readonly granted: ReadonlyMap<string, number>
  /** Workers do what is due. */
  readonly isDriven: boolean
  /** Since when; null: nobody has taken a driver yet. */
  readonly drivenSinceMs: number | null
  /** Both systems hold some of the same records before the first sync, so they are matched first. */
  readonly hasTwins: boolean
  /** Since when no fault has happened and every process goes on; null: they do still, or one stands still. */
  readonly calmSinceMs: number | null
  /** When a connection was last seen to rest; 0: never. */
  readonly restedAtMs: number
  /** When an execution was seen to have ended, and how. */
  readonly ended: ReadonlyMap<string, Ended>
  /** When a side's reading was first seen to have begun, by entity and side. */
  readonly begunAtMs: ReadonlyMap<string, number>
  /** Faults that have happened, by kind. */
  readonly struck: ReadonlyMap<string, number>
  /** Open conflicts by entity and key, with the entries that were on their way when they opened. */
  readonly conflicts: ReadonlyMap<string, OpenConflict>
}

export interface Ended {
  readonly atMs: number
  readonly status: string
  readonly entity: string
}

export interface OpenConflict {
  readonly fields: ReadonlyArray<string>
  readonly sinceMs: number
  readonly underWay: ReadonlySet<string>
}

/** `promise` is of the list of promises: `I-1` … `I-28`. */
export interface Oracle {
  readonly promise: string
  readonly name: string
  /** A record has changed at a system; the past does not know it yet. */
  readonly changed?: (view: View, told: Told, arrival: Arrival | null, complain: Complain) => void
  /** A request has arrived. */
  readonly arrived?: (view: View, side: Side.Side, arrival: Arrival, complain: Complain) => void
  /** A process sends a request. */
  readonly called?: (view: View, sent: Sent, complain: Complain) => void
  /** The engine has answered a webhook. */
  readonly answered?: (view: View, delivery: Delivery, status: number, complain: Complain) => void
  /** The engine has committed. */
  readonly committed?: (view: View, complain: Complain) => void
  /** All but a record that is refused should be quiet. */
  readonly settled?: (view: View, complain: Complain) => void
  /** All is quiet. `kept` are the tokens that history and conflicts remember. */
  readonly ended?: (view: View, kept: ReadonlySet<string>, complain: Complain) => void
}

export const nameOf = ({ name, promise }: Oracle): string => `${promise} ${name}`
