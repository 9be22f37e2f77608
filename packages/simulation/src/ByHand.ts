/** How a process without a worker goes on: it runs the integration by hand, again and again. */
import type { Engine } from "@syncline/engine"
import { Effect, Result } from "effect"
import type { Consenter } from "./Consenter.ts"
import * as Dispatch from "./Dispatch.ts"
import type { Pace } from "./Pace.ts"
import type { Quiet } from "./Quiet.ts"
import type { Stream } from "./Seed.ts"
import type { Setting } from "./Setting.ts"
import type { Webhooks } from "./Webhooks.ts"
import type { World } from "./World.ts"

export interface Options {
  readonly world: World
  readonly setting: Setting
  readonly webhooks: Webhooks
  readonly consenter: Consenter
  readonly pace: Pace
  readonly quiet: Quiet
  /** A run has ended well. */
  readonly onRun: () => void
  readonly tell: (kind: string, what: string) => void
}

/** Never ends. */
export const forever =
  ({ consenter, onRun, pace, quiet, setting, tell, webhooks, world }: Options, name: string, chance: Stream) =>
  (engine: Engine["Service"]): Effect.Effect<void> => {
    const running = Effect.andThen(
      setting.sendsWebhooks ? webhooks.subscribe(engine) : Effect.void,
      Dispatch.forever(engine, {
        next: () => pace.next(name, chance),
        nowMs: world.nowMs,
        pauseMs: (isRefused) => pace.pauseMs(name, chance, isRefused),
        onRun: (outcome, startedAtMs, next) => {
          if (Result.isSuccess(outcome)) onRun()
          const [did, what] = Dispatch.told(next, outcome)
          tell(`${name} ${did}`, what)
          quiet.ran(outcome, startedAtMs, next)
          consenter.heard(outcome, startedAtMs)
        }
      })
    )
    return setting.tokens === null ? running : Effect.andThen(consenter.begin(engine), running)
  }
