/** What stopped a run, in words for a person: the thing, what it said, the way out. */
import { type ConnectorError, failureClass, type Reason } from "@syncline/connector"
import type { Failure } from "@syncline/core"
import type { SqlError } from "@syncline/store"
import type { Pair, Side } from "./Pair.ts"
import type { DrivingError } from "./Driving.ts"
import type { PullError } from "./Pull.ts"
import type { Stop } from "./Report.ts"

const ofReason = (connection: string, reason: Reason): string => {
  switch (reason._tag) {
    case "Transient":
      return `connection "${connection}" does not answer as it should: ${reason.detail}. Run again; what was committed is kept`
    case "RateLimited":
      return `connection "${connection}" asks for a pause of ${Math.ceil(reason.retryAfterMs / 1000)} s. Run again after that`
    case "Unauthorized":
      return `connection "${connection}" refused the credentials: ${reason.detail}. Check the key that its config names`
    case "Forbidden":
      return `connection "${connection}" may not do this: ${reason.missing}. Grant it, then run again`
    case "Conflicted":
    case "NotFound":
    case "OutcomeUnknown":
    case "PositionExpired":
      return `connection "${connection}": ${reason.detail}. Run again`
    case "Rejected":
      return `connection "${connection}" refuses: ${Object.entries(reason.fields)
        .map(([field, complaint]) => (field === "" ? complaint : `${field}: ${complaint}`))
        .join("; ")}`
  }
}

export const explain = (pair: Pair, error: PullError | DrivingError): string => {
  switch (error._tag) {
    case "ConnectorError":
      return told(pair.source, error)
    case "TargetFailed":
      return told(pair.target, error.error)
    default:
      return error.message
  }
}

/** The class of a failed call, of a provider or of the store; null where no call failed. */
export const classOf = (error: PullError | DrivingError): Failure.Class | null => {
  if (error._tag === "SqlError") return ofStore[error.kind]
  if (error._tag !== "ConnectorError" && error._tag !== "TargetFailed") return null
  const { reason } = error._tag === "ConnectorError" ? error : error.error
  return reason._tag === "OutcomeUnknown" || reason._tag === "PositionExpired" ? null : failureClass[reason._tag]
}

/** Whose call stopped a run, where one did. */
export const stopOf = (pair: Pair, error: PullError | DrivingError): Stop | null => {
  if (error._tag !== "ConnectorError" && error._tag !== "TargetFailed") return null
  const { connection } = error._tag === "ConnectorError" ? pair.source : pair.target
  const { reason } = error._tag === "ConnectorError" ? error : error.error
  const pauseMs = reason._tag === "RateLimited" ? reason.retryAfterMs : null
  return { connection: connection.name, reason: reason._tag, pauseMs }
}

const ofStore: Readonly<Record<SqlError["kind"], Failure.Class | null>> = {
  // A full disk is among these.
  unavailable: "transient",
  "commit unknown": "transient",
  serialization: "transient",
  permission: "auth",
  constraint: null,
  data: null,
  other: null
}

const told = ({ connection }: Side, { operation, reason }: ConnectorError): string =>
  `${operation}: ${ofReason(connection.name, reason)}`

/** Why a connection's credentials could not be proved. */
export const ofCheck = (connection: string, error: ConnectorError): string => ofReason(connection, error.reason)
