/** What the processes of a campaign say to each other. */
import { Schema } from "effect"
import { Element } from "./Elements.ts"

/** Play this. */
export const Ask = Schema.Struct({
  seed: Schema.Int,
  /** A long history, whatever the seed would have. */
  isLong: Schema.Boolean,
  /** Elements that the history has, whatever the seed would have. */
  elements: Schema.Array(Element),
  withoutOracles: Schema.Array(Schema.String),
  /** A failure is tried with less until nothing more can be left out, or so many histories were played. */
  shrinkAttempts: Schema.Int,
  hasStory: Schema.Boolean
})
export type Ask = typeof Ask.Type

const Broken = Schema.Struct({
  oracle: Schema.String,
  birth: Schema.NullOr(Schema.String),
  message: Schema.String
})

/** What became of it. */
export const Answer = Schema.Struct({
  seed: Schema.Int,
  isLong: Schema.Boolean,
  traceHash: Schema.String,
  violations: Schema.Array(Broken),
  faults: Schema.Record(Schema.String, Schema.Int),
  crashes: Schema.Int,
  turns: Schema.Int,
  lockWaits: Schema.Int,
  deadlocks: Schema.Int,
  /** The tale, and what was left out of the history that it tells. */
  story: Schema.NullOr(Schema.String)
})
export type Answer = typeof Answer.Type

/** Sent once by a worker that is up, then an answer for each thing asked. */
export const FromWorker = Schema.Union([Schema.Struct({ isReady: Schema.Literal(true) }), Answer])
