/**
 * The person who connects systems whose tokens end: in the beginning, and whenever the engine says that it must be done anew. He goes to
 * the provider with the address that he is given, and comes back with what the provider gave him.
 */
import { OAuth2 } from "@syncline/connector"
import { Side } from "@syncline/core"
import type { Engine, EngineError, RunReport } from "@syncline/engine"
import { Effect, Redacted, Result, Schedule } from "effect"
import type { Stream } from "./Seed.ts"
import type { Setting, Systems } from "./Setting.ts"
import type { World } from "./World.ts"

export interface Consenter {
  /** Connects what nobody has connected yet. */
  readonly begin: (engine: Engine["Service"]) => Effect.Effect<void>
  /** Does what a run's report asks for. */
  readonly heard: (outcome: Result.Result<RunReport, EngineError>, startedAtMs: number) => void
}

export interface Options {
  readonly world: World
  readonly systems: Systems
  readonly chance: Stream
  /** Does something with an engine that is up. */
  readonly fork: (work: (engine: Engine["Service"]) => Effect.Effect<void>) => void
  readonly setting: Pick<Setting, "tokens">
  readonly complain: (oracle: string, message: string) => void
  readonly tell: (kind: string, what: string) => void
  readonly onConnected: () => void
}

const redirectUri = "https://syncline.example/connected"
const advice = /syncline connections connect (\w+)/g

/** Who is on his way is given this long before he is sent again. */
const patienceMs = 15_000

export const make = ({ chance, complain, fork, onConnected, setting, systems, tell, world }: Options): Consenter => {
  const connectedAtMs = new Map<Side.Side, number>()
  const sentAtMs = new Map<Side.Side, number>()

  const connect = (engine: Engine["Service"], side: Side.Side) =>
    Effect.gen(function* () {
      const { grants, name } = systems[side]
      if (grants === null) return
      const { binding, url } = yield* engine.connect.begin(name, redirectUri)
      yield* engine.connect.finish({ query: Redacted.make(grants.consent(url)), binding })
      connectedAtMs.set(side, world.nowMs())
      tell("a person has connected", name)
      onConnected()
    })

  /** Within what the provider allows, a refresh whose answer was lost is sent again. */
  const asked = (side: Side.Side) => {
    const { name } = systems[side]
    const { graceMs = 0, rotates = true } = setting.tokens?.[side] ?? {}
    tell("must be connected anew", name)
    if (!rotates || world.nowMs() - world.startMs + OAuth2.timeoutMs < graceMs)
      complain("I-26 nobody connects anew without need", `a person was told to connect ${name} anew`)
  }

  /** He comes back as long as it does not work: while a connection rests nobody says again that it must be connected. */
  const send = (side: Side.Side, afterMs: number): void => {
    const sinceMs = world.nowMs()
    sentAtMs.set(side, sinceMs)
    world.after(null, afterMs, `a person connects ${systems[side].name}`, () =>
      fork((engine) => Effect.ignore(connect(engine, side)))
    )
    world.after(null, afterMs + patienceMs, `a person looks at ${systems[side].name}`, () => {
      if ((connectedAtMs.get(side) ?? 0) < sinceMs) send(side, 0)
    })
  }

  return {
    begin: (engine) =>
      Effect.forEach(
        Side.Side.literals.filter((side) => systems[side].grants !== null),
        (side) =>
          Effect.suspend(() => (connectedAtMs.has(side) ? Effect.void : connect(engine, side))).pipe(
            Effect.retry(Schedule.spaced(1000)),
            Effect.ignore
          ),
        { discard: true }
      ),
    heard: (outcome, startedAtMs) => {
      const said = Result.isFailure(outcome)
        ? outcome.failure.message
        : outcome.success.executions.map(({ reason }) => reason ?? "").join("\n")
      for (const side of Side.Side.literals) {
        const isAsked = [...said.matchAll(advice)].some(([, name]) => name === systems[side].name)
        const sinceMs = Math.max(connectedAtMs.get(side) ?? 0, (sentAtMs.get(side) ?? -patienceMs) + patienceMs)
        if (!isAsked || startedAtMs <= sinceMs) continue
        asked(side)
        send(side, 500 + chance.below(3000))
      }
    }
  }
}
