/** What a provider's answer means for one write: stored, refused, in doubt, or to be sent again. */
import type { ConnectorError } from "@syncline/connector"
import type { Side } from "@syncline/core"
import { Result } from "effect"
import type * as Call from "./Call.ts"
import type { Driving } from "./Driving.ts"
import type { Sending } from "./Push.ts"
import type * as Settle from "./Settle.ts"

/** How often a record may turn out to be other than its write believed before the write is set aside. */
const maxConflicts = 3

export const of = (
  { conflictedBy, limits, pair }: Driving,
  side: Side.Side,
  { intent, request }: Sending,
  size: number,
  outcomes: Result.Result<Call.Answers, ConnectorError>
): { readonly answer: Settle.Answer; readonly isReread: boolean } => {
  const isWhole = Result.isFailure(outcomes)
  const outcome = isWhole ? Result.fail(outcomes.failure.reason) : outcomes.success.get(request.key)
  const settled = (answer: Settle.Answer, isReread = false) => ({ answer, isReread })
  if (outcome === undefined) return settled({ _tag: "InDoubt", why: "the provider did not answer for this write" })
  // Without a key there is no old answer to give again, so this is the record as it is now.
  const isLate = intent.entry.state === "in_doubt" && pair[side].entity.target?.create?.repeat._tag !== "Keyed"
  if (Result.isSuccess(outcome)) return settled({ _tag: "Stored", record: outcome.success, isLate })
  const reason = outcome.failure
  switch (reason._tag) {
    case "Rejected":
    case "Conflicted":
    case "NotFound": {
      if (isWhole && size > 1) {
        limits.set(intent.entry.id, Math.ceil(size / 2))
        return settled({ _tag: "Released", why: "another write of its request was refused", afterMs: null })
      }
      const conflicts = (conflictedBy.get(intent.entry.key) ?? 0) + 1
      if (reason._tag === "Rejected" || request.id === null || conflicts > maxConflicts)
        return settled({ _tag: "Refused", reason })
      conflictedBy.set(intent.entry.key, conflicts)
      const isGone = reason._tag === "NotFound"
      return settled({ _tag: "Released", why: reason.detail, afterMs: null, isGone }, true)
    }
    case "OutcomeUnknown":
      return settled({ _tag: "InDoubt", why: reason.detail })
    case "RateLimited":
      return settled({
        _tag: "Released",
        why: "the provider asked for a pause",
        afterMs: reason.retryAfterMs
      })
    case "Transient":
      return settled({ _tag: "Released", why: reason.detail, afterMs: isWhole ? null : 1000 })
    case "Unauthorized":
    case "Forbidden":
    case "PositionExpired":
      return settled({ _tag: "Released", why: reason._tag, afterMs: null })
  }
}
