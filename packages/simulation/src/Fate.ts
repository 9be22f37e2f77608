/**
 * What may befall one request, one statement, one process. The fault catalogue decides it, the kernel carries it out: `Wire` for
 * requests, `PostgresGateway` for statements and connections, `Crash` for processes.
 *
 * `kind` is the fault's name in the catalogue, or null where all goes well. The kernel reports a kind to `Fates.struck` when it has
 * really happened, and only then is it counted.
 */

/** A request as it goes out to a system. */
export interface WireRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The body's text; empty without a body. */
  readonly text: string
}

/** A system's answer. Header names are in lower case. */
export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface RequestFate {
  readonly kind: string | null
  /** False: no connection came about, and the sender knows it. */
  readonly isSent: boolean
  /** After how many milliseconds the system receives it: never, once, or repeated by something in between. */
  readonly arrivalsMs: ReadonlyArray<number>
  /**
   * What comes back of the first arrival, or in its place: the system's own answer; one by something in between; a broken connection;
   * or silence, until the sender's patience ends.
   */
  readonly answer: "own" | "broken" | "silence" | WireAnswer
  /** What becomes of the system's own answer on its way back. */
  readonly rewrite?: (own: WireAnswer) => WireAnswer
  /** From the first arrival (from sending, if there is none) to the answer's delivery. */
  readonly answerMs: number
}

export interface StatementFate {
  readonly kind: string | null
  /** The connection is lost: the statement does not reach the server, or it does and its answer is withheld. */
  readonly cut: "none" | "before" | "after"
  /** A SQLSTATE the server answers with instead of performing it, such as 40001; its transaction is then really aborted. */
  readonly refusal: string | null
  /** How long it takes to reach the server, and its answer to come back. */
  readonly reachMs: number
  readonly answerMs: number
}

export interface ConnectFate {
  readonly kind: string | null
  readonly isRefused: boolean
}

/** Where a process stands when its fate is asked for. `what`: the statement's first words, or method and path of a request. */
export interface Boundary {
  readonly process: string
  readonly at: "before statement" | "after statement" | "before answer" | "before request" | "after answer"
  readonly what: string
}

export type ProcessFate =
  | { readonly _tag: "Lives" }
  /** All of it is gone at once, and a new one starts later. */
  | { readonly _tag: "Dies"; readonly kind: string; readonly restartMs: number }
  /** It stands still and does not know: a paused machine, a long collection of garbage. */
  | { readonly _tag: "Stalls"; readonly kind: string; readonly stallMs: number }

export interface Fates {
  readonly request: (process: string, request: WireRequest, nowMs: number) => RequestFate
  readonly statement: (process: string, sql: string, nowMs: number) => StatementFate
  readonly connect: (process: string, nowMs: number) => ConnectFate
  readonly boundary: (boundary: Boundary, nowMs: number) => ProcessFate
  /** The fault has happened. */
  readonly struck: (kind: string, what: string, nowMs: number) => void
}
