/** Asks connections that are out of order whether they answer again, one cheap call each, before anything else is sent to them. */
import { MayCall } from "@syncline/connector"
import { ConnectionName } from "@syncline/core"
import { ConnectionStates, type Drivers, type Wakes } from "@syncline/store"
import { Effect, Option } from "effect"
import * as Explain from "./Explain.ts"
import * as Outage from "./Outage.ts"
import type { Registry } from "./Registry.ts"

interface Probing {
  readonly driven: Drivers.Driven
  readonly registry: Registry
  readonly mayCall: Effect.Effect<boolean>
}

const patience = "15 seconds"

/** Probes what holds these up and may be asked by now. What answers is called again from the next look on. */
export const all = Effect.fn("Probe.all")(function* (
  { driven, mayCall, registry }: Probing,
  dues: ReadonlyArray<Wakes.Due>
) {
  const blocked = new Map(dues.flatMap(({ blockedBy }) => (blockedBy === null ? [] : [[blockedBy.name, blockedBy]])))
  const states = yield* ConnectionStates.ConnectionStates
  for (const { isToBeAsked, name, probes, state } of blocked.values()) {
    if (!isToBeAsked) continue
    const connection = registry.connections.find((each) => each.name === name)
    if (connection === undefined) continue
    const answered = yield* Effect.result(
      connection.check.pipe(Effect.timeoutOption(patience), Effect.provideService(MayCall, mayCall))
    )
    const key = ConnectionName.make(name)
    if (answered._tag === "Success" && Option.isSome(answered.success)) {
      yield* states.close(driven.tenant, key)
      continue
    }
    const reason =
      answered._tag === "Failure"
        ? Explain.ofCheck(name, answered.failure)
        : `connection "${name}" does not answer within ${patience}`
    const isRefused = answered._tag === "Failure" && answered.failure.reason._tag === "Unauthorized"
    const next = isRefused ? "blocked_auth" : state
    yield* states.open(driven.tenant, key, { state: next, reason, afterMs: Outage.probeAfterMs(next, probes + 1) })
  }
})
