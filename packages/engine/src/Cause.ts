/** Why a field of a record has its value, as the record's history keeps it. */
import { EntryId, Side } from "@syncline/core"
import { Option, Schema } from "effect"

/** How a field that both sides had changed was settled. */
const Settled = Schema.Struct({ strategy: Schema.String, winner: Schema.Literals(["source", "target", "merged"]) })

export const Cause = Schema.TaggedUnion({
  /** A reading showed it there; `atMs` is when it was changed, as far as that is known. */
  Found: {
    atMs: Schema.NullOr(Schema.Finite),
    isEstimated: Schema.Boolean,
    /** The fields that both sides had changed, and what settled each. */
    settled: Schema.Record(Schema.String, Settled)
  },
  /** A write of ours carried the other side's value there, or what a strategy or a person made of both. */
  Written: {
    entry: EntryId,
    /** The side that the values come from. */
    origin: Side.Side,
    /** What was sent, of the fields that the provider stored otherwise. */
    sent: Schema.Record(Schema.String, Schema.Json)
  },
  /** The first match linked the records by this key. */
  Matched: { by: Schema.String },
  /** A person resolved a conflict. */
  Resolved: { conflict: Schema.String, by: Schema.String }
})
export type Cause = typeof Cause.Type

export const encode = Schema.encodeSync(Cause)
const decode = Schema.decodeUnknownOption(Cause)

/** Why a field came to have its value, as a sentence; field "" is the record itself. `null` is what one-way mirrors keep, whose changes all come from the source. */
export const explain = (cause: Schema.Json, field: string): string => {
  if (cause === null) return "as the source had it"
  const known = decode(cause)
  if (Option.isNone(known)) return JSON.stringify(cause)
  switch (known.value._tag) {
    case "Found": {
      const settled = known.value.settled[field]
      return settled === undefined
        ? "it was changed there"
        : `both sides had changed it; ${settled.strategy} ${settled.winner === "merged" ? "merged both" : `took the ${settled.winner}'s`}`
    }
    case "Written": {
      const { entry, origin, sent } = known.value
      const asSent = sent[field]
      const carried = `carried over from the ${origin} (write ${entry})`
      return asSent === undefined ? carried : `${carried}; the provider made it of ${JSON.stringify(asSent)}`
    }
    case "Matched":
      return `the first match linked both records by ${known.value.by}`
    case "Resolved":
      return `${known.value.by} resolved conflict ${known.value.conflict}`
  }
}
