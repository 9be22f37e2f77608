/**
 * What a connection is doing, and what it does next.
 *
 * It remembers nothing but its state: a write that is enqueued while it is busy is a row of the outbox, and whoever leaves a turn
 * looks at the rows and raises the event again.
 */
import { Schema } from "effect"

/** `blocked_auth`: refused until its credentials are renewed. `backoff`: the provider does not answer, and is tried again later. */
export const State = Schema.Literals(["idle", "pushing", "pulling", "blocked_auth", "backoff"])
export type State = typeof State.Type

export const Event = Schema.Literals([
  "mutation_enqueued",
  "network_available",
  "timer_fired",
  "push_succeeded",
  "push_failed_transient",
  "push_failed_auth",
  "push_failed_conflict",
  "push_failed_validation",
  "pull_succeeded",
  "pull_failed_transient",
  "pull_failed_auth",
  "auth_refreshed"
])
export type Event = typeof Event.Type

/** Which comes first in a turn. `pull` is for providers that refuse a write of a version that is not the latest. */
export const Order = Schema.Literals(["push_then_pull", "pull_then_push"])
export type Order = typeof Order.Type

type Table = Readonly<Record<State, Readonly<Record<Event, State>>>>

const staying = (state: State): Readonly<Record<Event, State>> => ({
  mutation_enqueued: state,
  network_available: state,
  timer_fired: state,
  push_succeeded: state,
  push_failed_transient: state,
  push_failed_auth: state,
  push_failed_conflict: state,
  push_failed_validation: state,
  pull_succeeded: state,
  pull_failed_transient: state,
  pull_failed_auth: state,
  auth_refreshed: state
})

/** An event that tells of what the connection is not doing leaves it as it is. */
const tableOf = (first: "pushing" | "pulling", afterPush: State, afterPull: State): Table => ({
  idle: { ...staying("idle"), mutation_enqueued: first, network_available: first, timer_fired: first },
  pushing: {
    ...staying("pushing"),
    push_succeeded: afterPush,
    push_failed_transient: "backoff",
    push_failed_auth: "blocked_auth",
    // Read and decide again.
    push_failed_conflict: "pulling",
    // The record's own fault: it is set aside, and the others go on.
    push_failed_validation: afterPush
  },
  pulling: {
    ...staying("pulling"),
    pull_succeeded: afterPull,
    pull_failed_transient: "backoff",
    pull_failed_auth: "blocked_auth"
  },
  // Renewed credentials are the only way out.
  blocked_auth: { ...staying("blocked_auth"), auth_refreshed: first },
  // A new write is no reason to disturb a provider that does not answer.
  backoff: { ...staying("backoff"), network_available: first, timer_fired: first }
})

export const moves: Readonly<Record<Order, Table>> = {
  push_then_pull: tableOf("pushing", "pulling", "idle"),
  pull_then_push: tableOf("pulling", "idle", "pushing")
}

export const next = (order: Order, state: State, event: Event): State => moves[order][state][event]
