import { assert, describe, it } from "@effect/vitest"
import * as ConnectionMachine from "./ConnectionMachine.ts"

const after = (order: ConnectionMachine.Order, events: ReadonlyArray<ConnectionMachine.Event>) =>
  events.reduce<ConnectionMachine.State>((state, event) => ConnectionMachine.next(order, state, event), "idle")

describe.each<
  [ConnectionMachine.Order, ReadonlyArray<[string, ReadonlyArray<ConnectionMachine.Event>, ConnectionMachine.State]>]
>([
  [
    "push_then_pull",
    [
      ["a write begins a push", ["mutation_enqueued"], "pushing"],
      ["the timer begins with a push", ["timer_fired"], "pushing"],
      ["a push is followed by a pull", ["timer_fired", "push_succeeded"], "pulling"],
      ["then it rests", ["timer_fired", "push_succeeded", "pull_succeeded"], "idle"],
      ["a refused record holds up nothing", ["mutation_enqueued", "push_failed_validation"], "pulling"],
      ["a write of a record that moved is read again", ["mutation_enqueued", "push_failed_conflict"], "pulling"],
      ["a write while it pulls does not disturb it", ["timer_fired", "push_succeeded", "mutation_enqueued"], "pulling"],
      ["an outage is waited out", ["mutation_enqueued", "push_failed_transient"], "backoff"],
      [
        "a write does not end an outage",
        ["mutation_enqueued", "push_failed_transient", "mutation_enqueued"],
        "backoff"
      ],
      ["a timer ends the wait", ["mutation_enqueued", "push_failed_transient", "timer_fired"], "pushing"],
      [
        "the network ends the wait",
        ["timer_fired", "push_succeeded", "pull_failed_transient", "network_available"],
        "pushing"
      ],
      ["refused credentials block", ["mutation_enqueued", "push_failed_auth"], "blocked_auth"],
      ["a timer does not unblock", ["mutation_enqueued", "push_failed_auth", "timer_fired"], "blocked_auth"],
      ["renewed credentials unblock", ["mutation_enqueued", "push_failed_auth", "auth_refreshed"], "pushing"],
      ["a pull's refused credentials block", ["timer_fired", "push_succeeded", "pull_failed_auth"], "blocked_auth"],
      ["an answer that is late changes nothing", ["push_succeeded", "pull_failed_auth"], "idle"]
    ]
  ],
  [
    "pull_then_push",
    [
      ["a write begins with a pull", ["mutation_enqueued"], "pulling"],
      ["a pull is followed by a push", ["mutation_enqueued", "pull_succeeded"], "pushing"],
      ["then it rests", ["mutation_enqueued", "pull_succeeded", "push_succeeded"], "idle"],
      [
        "a conflict pulls, then pushes again",
        ["timer_fired", "pull_succeeded", "push_failed_conflict", "pull_succeeded"],
        "pushing"
      ],
      ["renewed credentials begin with a pull", ["timer_fired", "pull_failed_auth", "auth_refreshed"], "pulling"]
    ]
  ]
])("%s", (order, lines) => {
  it.each(lines)("%s", (_what, events, state) => assert.strictEqual(after(order, events), state))
})

it("from every state there is a way back to rest", () => {
  for (const order of ConnectionMachine.Order.literals) {
    const reached = new Set<ConnectionMachine.State>(["idle"])
    for (let round = 0; round < ConnectionMachine.State.literals.length; round++)
      for (const state of ConnectionMachine.State.literals)
        if (ConnectionMachine.Event.literals.some((event) => reached.has(ConnectionMachine.next(order, state, event))))
          reached.add(state)
    assert.deepStrictEqual(reached.size, ConnectionMachine.State.literals.length)
  }
})
