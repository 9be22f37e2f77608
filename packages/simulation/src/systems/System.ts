/**
 * A simulated provider, as the world sees it: requests in, answers out, a person's hands, and the truth.
 *
 * It has no clock, the time comes with each call; what is left to chance is decided by the seed it was made with. It never forgets: each change of
 * each record, and each request that arrived, stays in a list that only grows. Oracles judge by those lists.
 */
import type { Fields, Side } from "@syncline/core"
import type { WireAnswer, WireRequest } from "../Fate.ts"

/** Who changed a record: a user's step, a request that arrived, or the provider by itself. */
export type By =
  | { readonly _tag: "User"; readonly step: number }
  | { readonly _tag: "Api"; readonly arrival: number }
  | { readonly _tag: "Provider"; readonly why: "unlinked" | "merged" }

/** One change of one record. `before` is null for one that is made, `after` for one that goes. Values as the provider keeps them. */
export interface Event {
  /** Its place in the system's list. */
  readonly n: number
  /** The world's time, not the provider's. */
  readonly atMs: number
  readonly entity: string
  readonly id: string
  readonly by: By
  readonly before: Fields | null
  readonly after: Fields | null
}

/** `unknown`: it was not let in, or asks for what there is not. */
export type Verb =
  | "check"
  | "token"
  | "list"
  | "changes"
  | "get"
  | "look up"
  | "create"
  | "update"
  | "remove"
  | "unknown"

/** One request that arrived, and what was answered. */
export interface Arrival {
  readonly n: number
  /** The world's time. */
  readonly atMs: number
  readonly sentAtMs: number
  readonly verb: Verb
  readonly entity: string
  /** The record that it names, or that it made. */
  readonly id: string | null
  /** The op's key, of a write. */
  readonly key: string | null
  /** What a write carried. */
  readonly patch: Fields | null
  /** A write that says which version it believes in. */
  readonly isGuarded: boolean
  readonly status: number
  /** The records in the answer, by id; null: as gone. */
  readonly answered: ReadonlyMap<string, Fields | null>
  /** Those of them that whoever asked has heard of: none until the answer comes through, and not all of them if it is cut. */
  readonly shown: ReadonlyMap<string, Fields | null>
  /** Whether the answer repeats one that the idempotency store kept. */
  readonly isReplay: boolean
  /** Where tokens end: the pair of tokens that the request came with, by its number, good or not. */
  readonly entered: number | null
  /** Of a request for tokens: the pair that the answer holds. */
  readonly granted: number | null
  /** It came with a refresh token that had been spent before, and is not answered any more. */
  readonly isReuse: boolean
}

/** What a user does at a system, past its API. Each answers whether it happened: a record may be gone by then. */
export interface Hands {
  /** Makes a record; answers its id. References are ids of this system. */
  readonly create: (entity: string, fields: Fields, at: Act) => string
  readonly edit: (entity: string, id: string, fields: Fields, at: Act) => boolean
  readonly remove: (entity: string, id: string, at: Act) => boolean
  /** The record lives on as another one: what refers to it refers to that. */
  readonly merge: (entity: string, id: string, into: string, at: Act) => boolean
  /** Nobody may write the record through the API until then. */
  readonly lock: (entity: string, id: string, untilMs: number) => boolean
}

/** A moment of the world and who acts in it. */
export interface Act {
  readonly nowMs: number
  readonly step: number
}

export interface System {
  readonly name: string
  readonly side: Side.Side
  /** What its connector calls; the world sends every request below it here. */
  readonly baseUrl: string
  /** A request arrives, at this time of the world; it may have been under way for a while. */
  readonly handle: (request: WireRequest, at: { readonly nowMs: number; readonly sentAtMs: number }) => WireAnswer
  /** The answer to an arrival came through, like this. */
  readonly heard: (arrival: number, text: string) => void
  readonly hands: Hands
  readonly events: ReadonlyArray<Event>
  readonly arrivals: ReadonlyArray<Arrival>
  /** How often each of its habits has shown, by the name of the kind of fault. */
  readonly habits: ReadonlyMap<string, number>
  /** Live records by id, as they are at this moment. */
  readonly live: (entity: string) => ReadonlyMap<string, Fields>
  /** Faults have stopped: quirks that only faults would bring (locks, jumps of the clock) stop too. Documented ones stay. */
  readonly heal: () => void
}
