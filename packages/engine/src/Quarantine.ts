/** Records that failed by their own fault, as the retry ledger keeps them. */
import type { Reason } from "@syncline/connector"
import type { Fields, RecordId } from "@syncline/core"
import type { RecordFailure } from "@syncline/store"
import type { Schema } from "effect"

/** The same complaint about another value is the same cause: what is quoted or counted is left out. */
const causeOf = (kind: string, message: string): string =>
  `${kind}: ${message.replace(/"[^"]*"|'[^']*'|\d+/g, "…").slice(0, 200)}`

const failure = (
  recordId: RecordId,
  kind: "validation" | "conflict",
  message: string,
  payload: Schema.Json
): RecordFailure => ({ recordId, class: kind, cause: causeOf(kind, message), message, payload })

/** The provider's record does not decode. */
export const unreadable = (id: RecordId, why: string, payload: Schema.Json): RecordFailure =>
  failure(id, "validation", why, payload)

/** The record cannot be made into what the target holds. */
export const unmappable = (id: RecordId, why: string, payload: Fields): RecordFailure =>
  failure(id, "validation", why, payload)

/** The target refused the record. */
export const refused = (id: RecordId, reason: Reason, payload: Fields): RecordFailure => {
  switch (reason._tag) {
    case "Rejected": {
      const complaints = Object.entries(reason.fields).map(([field, complaint]) =>
        field === "" ? complaint : `${field}: ${complaint}`
      )
      return failure(id, "validation", complaints.join("; "), payload)
    }
    case "Conflicted":
    case "NotFound":
      return failure(id, "conflict", reason.detail, payload)
    default:
      return failure(
        id,
        "conflict",
        `the write ended as ${reason._tag}; the next run reads the record again and decides again`,
        payload
      )
  }
}
