/** An account that is kept in a folder: changes, events, idempotency keys and the count of calls outlive the process. */
import { Journal } from "@syncline/connector/sandbox"
import { Effect, type Scope } from "effect"
import { isReadable } from "./Ledger.ts"
import { defaultEpochMs, defaultSpanMs, empty, type Options } from "./Options.ts"
import { open, type StripeAccount } from "./StripeAccount.ts"

/**
 * Opens the account of the folder, or a new one there.
 *
 * Fails with `JournalUnusable` when the folder cannot be used, or holds an account of another version, size, seed or time:
 * its changes would be laid over other records.
 */
export const openFolder = Effect.fn("StripeSandbox.openFolder")(function* (
  folder: string,
  options: Omit<Options, "changes" | "calls"> = {}
): Effect.fn.Return<StripeAccount, Journal.JournalUnusable, Scope.Scope> {
  const path = `${folder}/seed.jsonl`
  const seed = yield* Journal.open(path)
  const asked = seedOf(options)
  const [known] = seed.lines
  if (known === undefined) yield* seed.append(asked)
  else if (known !== asked) {
    const detail = `it holds an account made from ${known}, not from ${asked}; delete ${folder} to begin anew`
    return yield* new Journal.JournalUnusable({ path, detail })
  }
  const changes = yield* Journal.open(`${folder}/changes.jsonl`)
  const unreadable = changes.lines.findIndex((line) => !isReadable(line))
  if (unreadable >= 0) {
    const detail = `line ${unreadable + 1} was not written by this version; delete ${folder} to begin anew`
    return yield* new Journal.JournalUnusable({ path: `${folder}/changes.jsonl`, detail })
  }
  const calls = yield* Journal.open(`${folder}/calls.log`)
  return yield* open({ ...options, changes, calls })
})

const seedOf = ({ size = empty, seed = 1, epochMs = defaultEpochMs, spanMs = defaultSpanMs }: Options): string =>
  JSON.stringify({ size, seed, epochMs, spanMs })
