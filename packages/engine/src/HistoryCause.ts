/** Why a record's history says what it says: the causes that the engine writes, and reads back to explain a value. */
import { EntryId, Side } from "@syncline/core"
import { Schema } from "effect"

/** How a field that both sides had changed was settled. */
const Settled = Schema.Struct({ strategy: Schema.String, winner: Schema.Literals(["source", "target", "merged"]) })

export const HistoryCause = Schema.TaggedUnion({
  /** A reading showed it; `atMs` is when it was changed, as far as that is known. */
  Found: {
    atMs: Schema.NullOr(Schema.Finite),
    isEstimated: Schema.Boolean,
    /** The fields that were in conflict, and what settled each. */
    settled: Schema.Record(Schema.String, Settled)
  },
  /** We wrote it there, because the other side has it. */
  Written: {
    entry: EntryId,
    /** The side that the values come from. */
    origin: Side.Side,
    /** Fields that the provider stored otherwise than they were sent, and what was sent. */
    normalised: Schema.Record(Schema.String, Schema.Json)
  },
  /** The first sync paired two records that were there before, by a key. */
  Matched: { key: Schema.String },
  /** A person resolved a conflict. */
  Resolved: { conflict: Schema.String, by: Schema.String }
})
export type HistoryCause = typeof HistoryCause.Type

export const encode = Schema.encodeSync(HistoryCause)
export const decode = Schema.decodeUnknownOption(HistoryCause)
