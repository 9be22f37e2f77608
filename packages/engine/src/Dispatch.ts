/**
 * Says that a driver may be due. A message may be lost, repeated or late: rows hold the truth, whoever hears it looks at them, and
 * workers look now and then without having heard anything.
 */
import type { Wakes } from "@syncline/store"
import { Context, Effect, Layer } from "effect"

/** Told of drivers that may be due. */
export type Listener = (woken: ReadonlyArray<Wakes.Woken>) => Effect.Effect<void>

export class Dispatch extends Context.Service<
  Dispatch,
  {
    /** Tells all who listen, in this process and, where the layer can, in the others. Never fails. */
    readonly send: (woken: ReadonlyArray<Wakes.Woken>) => Effect.Effect<void>
    /** Calls `listener` until it is interrupted. */
    readonly listen: (listener: Listener) => Effect.Effect<never>
  }
>()("@syncline/engine/Dispatch") {
  /** Within this process. Other workers find what is due when they look for it. */
  static readonly layerLocal: Layer.Layer<Dispatch> = Layer.sync(Dispatch, () => {
    const listeners = new Set<Listener>()
    return Dispatch.of({
      send: (woken) =>
        woken.length === 0
          ? Effect.void
          : Effect.forEach([...listeners], (listener) => listener(woken), { discard: true }),
      listen: (listener) =>
        Effect.acquireUseRelease(
          Effect.sync(() => void listeners.add(listener)),
          () => Effect.never,
          () => Effect.sync(() => void listeners.delete(listener))
        )
    })
  })
}
