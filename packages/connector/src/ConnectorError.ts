/** What went wrong at a provider, named by what the engine does next. The same words serve a whole call and one op of a batch. */
import type { Failure } from "@syncline/core"
import { Schema } from "effect"

/** Nothing happened. Send it again later: refused connection, 5xx on a read, an op of an atomic batch that another op spoiled. */
export class Transient extends Schema.TaggedError<Transient>()("Transient", { detail: Schema.String }) {}
/** The provider asked for a pause. Nothing happened. `retryAfterMs` may be hours (a day limit): suspend, do not sleep. */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", { retryAfterMs: Schema.Finite }) {}
/** Credentials expired or revoked (401). Refresh once, then pause the connection. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", { detail: Schema.String }) {}
/** Credentials are good but may not do this (403). `missing` names the scope or plan. Never refreshed. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", { missing: Schema.String }) {}
/** The record, or the unique value it claims, is not as we believed (409, 412, stale compare-and-set). Re-read and decide again. */
export class Conflicted extends Schema.TaggedError<Conflicted>()("Conflicted", { detail: Schema.String }) {}
/** The provider will never take these values. `fields` maps a record field to its complaint; "" is the record as a whole. */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", {
  fields: Schema.Record(Schema.String, Schema.String)
}) {}
/** The provider says that the record is not there (404, 410). */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { detail: Schema.String }) {}
/** A write was sent and its answer was lost. It is in doubt until `repeat` or `find` resolves it. */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", { detail: Schema.String }) {}
/** The stored position is too old or no longer understood. Start again from a full listing. */
export class PositionExpired extends Schema.TaggedError<PositionExpired>()("PositionExpired", {
  detail: Schema.String
}) {}

export const Reason = Schema.Union([
  Transient,
  RateLimited,
  Unauthorized,
  Forbidden,
  Conflicted,
  Rejected,
  NotFound,
  OutcomeUnknown,
  PositionExpired
])
export type Reason = typeof Reason.Type

/** The only error a connector fails with. `operation` says what was tried: `GET /v1/customers`. */
export class ConnectorError extends Schema.TaggedError<ConnectorError>()("ConnectorError", {
  operation: Schema.String,
  reason: Reason
}) {}

/** The reasons that belong to one of the product's four classes. */
export type ClassifiedReason = Exclude<Reason["_tag"], "OutcomeUnknown" | "PositionExpired">

/**
 * The class of each reason. Total, so a new reason cannot be left unclassified.
 *
 * `OutcomeUnknown` has none: it goes to in doubt and returns as one of them. `PositionExpired` means: list again.
 */
export const failureClass = {
  Transient: "transient",
  RateLimited: "transient",
  Unauthorized: "auth",
  Forbidden: "auth",
  Conflicted: "conflict",
  NotFound: "conflict",
  Rejected: "validation"
} as const satisfies Record<ClassifiedReason, Failure.Class>
