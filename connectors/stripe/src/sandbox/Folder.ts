/** An account that is kept in a folder: changes, events, idempotency keys and the count of calls outlive the process. */
import { Journal } from "@syncline/connector/sandbox"
import { Effect, type Scope } from "effect"
import type { Options } from "./Options.ts"
import { open, type StripeAccount } from "./StripeAccount.ts"

/** Opens the account of the folder, or a new one there. It must be opened with the same size, seed and epoch each time. */
export const openFolder = Effect.fn("StripeSandbox.openFolder")(function* (
  folder: string,
  options: Omit<Options, "changes" | "calls"> = {}
): Effect.fn.Return<StripeAccount, Journal.JournalUnusable, Scope.Scope> {
  const changes = yield* Journal.open(`${folder}/changes.jsonl`)
  const calls = yield* Journal.open(`${folder}/calls.log`)
  return yield* open({ ...options, changes, calls })
})
