/** A person's wish to stop, for a command that only waits for it: then it is no interruption, and the command ends well. */
import { Context, Effect } from "effect"

export class Stop extends Context.Service<
  Stop,
  {
    /** Ends at the first Ctrl-C or SIGTERM. */
    readonly asked: Effect.Effect<void>
  }
>()("syncline/Stop") {}

/** The service, and how the process tells it: false when nobody waits, so the wish is an interruption. */
export const make = (): { readonly service: Stop["Service"]; readonly ask: () => boolean } => {
  const waiting = new Set<() => void>()
  return {
    service: Stop.of({
      asked: Effect.callback((resume) => {
        const wake = () => resume(Effect.void)
        waiting.add(wake)
        return Effect.sync(() => void waiting.delete(wake))
      })
    }),
    ask: () => {
      const isAwaited = waiting.size > 0
      for (const wake of waiting) wake()
      return isAwaited
    }
  }
}
