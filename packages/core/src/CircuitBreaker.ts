/**
 * Halts an execution that cannot succeed: when at least 10 records were processed and more than half failed for a cause outside
 * the record. Failures that are a record's own are quarantined and never halt, however many they are.
 */

/** What was being done with a record when it failed or succeeded. */
export type Operation = "read" | "create" | "update" | "delete"

/**
 * Causes outside a record: credentials refused, provider not answering after all retries, an answer or mapping that cannot be
 * decoded.
 */
export type OutsideCause = "auth" | "unavailable" | "undecodable"

/** What became of `records` records. `Settled` is an outcome that proves nothing about an operation: skipped, conflicted. */
export type Observation =
  | { readonly _tag: "Succeeded"; readonly operation: Operation; readonly records: number }
  | { readonly _tag: "Settled"; readonly records: number }
  | { readonly _tag: "FailedOutside"; readonly cause: OutsideCause; readonly records: number }
  /** `cause` groups refusals of one kind: a required field that no record has, say. */
  | {
      readonly _tag: "FailedValidation"
      readonly operation: Operation
      readonly cause: string
      readonly records: number
    }

interface Validation {
  readonly hasSucceeded: boolean
  readonly recordsByCause: { readonly [cause: string]: number }
}

export interface State {
  readonly processed: number
  readonly outside: Readonly<Record<OutsideCause, number>>
  readonly validation: Readonly<Record<Operation, Validation>>
}

/** `Closed`: go on. `Open`: halt; `reason` is for the execution's record. */
export type Verdict = { readonly _tag: "Closed" } | { readonly _tag: "Open"; readonly reason: string }

const leastProcessed = 10
const mostFailedShare = 0.5

const unseen: Validation = { hasSucceeded: false, recordsByCause: {} }

export const initial: State = {
  processed: 0,
  outside: { auth: 0, unavailable: 0, undecodable: 0 },
  validation: { read: unseen, create: unseen, update: unseen, delete: unseen }
}

export const observe = (state: State, observation: Observation): State => {
  const counted: State = { ...state, processed: state.processed + observation.records }
  switch (observation._tag) {
    case "Settled":
      return counted
    case "Succeeded":
      return observation.records === 0
        ? counted
        : withValidation(counted, observation.operation, { hasSucceeded: true, recordsByCause: {} })
    case "FailedOutside":
      return {
        ...counted,
        outside: { ...state.outside, [observation.cause]: state.outside[observation.cause] + observation.records }
      }
    case "FailedValidation": {
      const { hasSucceeded, recordsByCause } = state.validation[observation.operation]
      // Once the operation has succeeded, a refusal is the record's own fault and needs no counting.
      if (hasSucceeded) return counted
      const records = (recordsByCause[observation.cause] ?? 0) + observation.records
      return withValidation(counted, observation.operation, {
        hasSucceeded,
        recordsByCause: { ...recordsByCause, [observation.cause]: records }
      })
    }
  }
}

const withValidation = (state: State, operation: Operation, validation: Validation): State => ({
  ...state,
  validation: { ...state.validation, [operation]: validation }
})

export const verdict = (state: State): Verdict => {
  if (state.processed < leastProcessed) return { _tag: "Closed" }
  const causes = causesOutside(state)
  const failed = causes.reduce((sum, { records }) => sum + records, 0)
  if (failed <= state.processed * mostFailedShare) return { _tag: "Closed" }
  const list = causes
    .filter(({ records }) => records > 0)
    .map(({ records, cause }) => `${records} ${cause}`)
    .join(", ")
  return {
    _tag: "Open",
    reason: `${failed} of ${state.processed} records failed for a cause outside the record: ${list}`
  }
}

interface Cause {
  readonly cause: string
  readonly records: number
}

/** Of an operation that never succeeded, one cause counts: its most frequent. Different complaints are the records' own. */
const causesOutside = ({ outside, validation }: State): ReadonlyArray<Cause> => [
  { cause: "auth", records: outside.auth },
  { cause: "unavailable", records: outside.unavailable },
  { cause: "undecodable", records: outside.undecodable },
  ...(["read", "create", "update", "delete"] as const).map((operation) => {
    const { cause, records } = mostFrequent(validation[operation])
    return { cause: `${operation}: ${cause}`, records }
  })
]

const mostFrequent = ({ recordsByCause }: Validation): Cause =>
  Object.entries(recordsByCause).reduce<Cause>(
    (most, [cause, records]) => (records > most.records ? { cause, records } : most),
    { cause: "", records: 0 }
  )
