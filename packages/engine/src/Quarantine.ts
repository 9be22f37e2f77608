/** Records that failed by their own fault, as the retry ledger keeps them. */
import type { Reason } from "@syncline/connector"
import type { Fields, RecordKey } from "@syncline/core"
import type { RecordFailure } from "@syncline/store"
import type { Schema } from "effect"

/** The same complaint about another value is the same cause: what is quoted, counted or in brackets is left out. */
const causeOf = (kind: string, message: string): string =>
  `${kind}: ${message.replace(/"[^"]*"|'[^']*'|\([^)]*\)|\d+/g, "…").slice(0, 200)}`

const failure = (
  key: RecordKey,
  kind: "validation" | "conflict",
  message: string,
  payload: Schema.Json
): RecordFailure => ({ key, class: kind, cause: causeOf(kind, message), message, payload })

/** The provider's record does not decode. */
export const unreadable = (key: RecordKey, why: string, payload: Schema.Json): RecordFailure =>
  failure(key, "validation", why, payload)

/** The record would have to have an id that another has. */
export const unlinkable = (key: RecordKey, why: string): RecordFailure => failure(key, "conflict", why, null)

/** The record cannot be made into what the target holds. */
export const unmappable = (key: RecordKey, why: string, payload: Fields): RecordFailure =>
  failure(key, "validation", why, payload)

/** The target refused the record. */
export const refused = (key: RecordKey, reason: Reason, payload: Fields): RecordFailure => {
  switch (reason._tag) {
    case "Rejected": {
      const complaints = Object.entries(reason.fields).map(([field, complaint]) =>
        field === "" ? complaint : `${field}: ${complaint}`
      )
      return failure(key, "validation", complaints.join("; "), payload)
    }
    case "Conflicted":
    case "NotFound":
      return failure(key, "conflict", reason.detail, payload)
    default:
      return failure(
        key,
        "conflict",
        `the write ended as ${reason._tag}; the next run reads the record again and decides again`,
        payload
      )
  }
}
