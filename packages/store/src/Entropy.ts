/** Unpredictable bytes for keys, nonces and states. Replaced where a seed decides everything. */
import { Context, Effect } from "effect"
import { randomBytes } from "node:crypto"

export const Entropy = Context.Reference<{ readonly bytes: (size: number) => Effect.Effect<Uint8Array> }>(
  "@syncline/store/Entropy",
  { defaultValue: () => ({ bytes: (size) => Effect.sync(() => randomBytes(size)) }) }
)
