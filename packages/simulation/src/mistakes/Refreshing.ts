/** Mistakes in how tokens that end are refreshed. */
import { at, type Mistake, mistake } from "../Mistake.ts"

const tokens = "packages/engine/src/ConnectionTokens.ts"
const mayRepeat = "!auth.refresh.rotates || nowMs - sinceMs + OAuth2.timeoutMs < auth.refresh.graceMs"

export const refreshing: ReadonlyArray<Mistake> = [
  mistake(
    "refresh-by-anybody",
    "n8n#33092, nango#1005",
    "Whoever needs another token refreshes it, though others may be doing so.",
    at(
      tokens,
      `const claimed = yield* Effect.mapError(
        credentials.claim(tenant, connection, StoredConfig.tokens, claim),
        unreachable
      )`,
      "const claimed = Option.some({ sentMsAgo: null })"
    ),
    at(tokens, "const lock = yield* Semaphore.make(1)", "const lock = yield* Semaphore.make(100)"),
    at(
      "packages/store/src/Credentials.ts",
      "where ${theField} and version = $4 and claimed_by = $5 returning 1",
      "where ${theField} and version = $4 and $5::text is not null returning 1"
    )
  ),
  mistake(
    "used-before-kept",
    "I-26",
    "A new token is used while it is still being stored.",
    at(
      tokens,
      `const isKept = yield* Effect.mapError(
        credentials.replace(tenant, connection, StoredConfig.tokens, next),
        unreachable
      )
      if (!isKept) return null`,
      "yield* Effect.forkDetach(Effect.ignore(credentials.replace(tenant, connection, StoredConfig.tokens, next)))"
    )
  ),
  mistake(
    "refresh-repeated",
    "I-26",
    "A refresh whose answer was lost is sent again, whatever its provider makes of that.",
    at(tokens, mayRepeat, "nowMs >= sinceMs")
  ),
  mistake(
    "doubt-begins-anew",
    "seed 1032",
    "Who takes a refresh over whose answer is missing believes that it was first sent when the last one had taken it over.",
    at(
      "packages/store/src/Credentials.ts",
      "sent_at = coalesce(sent_at, claimed_at, to_timestamp($6::float8 / 1000))",
      "sent_at = to_timestamp($6::float8 / 1000)"
    )
  ),
  mistake(
    "refresh-given-up",
    "I-26",
    "A refresh whose answer was lost is not sent again, though its provider allows it.",
    at(tokens, mayRepeat, "nowMs < sinceMs")
  )
]
