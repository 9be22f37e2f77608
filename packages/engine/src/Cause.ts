/** Why a field of a record has its value, as the record's history keeps it. */
import { Option, Schema } from "effect"

export const Cause = Schema.TaggedUnion({
  /** Somebody changed it at that side, where it was found so. */
  Found: {},
  /** A write of ours carried the other side's value there, or what a strategy or a person made of both. */
  Written: { entry: Schema.String },
  /** The provider made it of what we wrote. */
  Answered: { entry: Schema.String },
  /** The first match linked the records by this key. */
  Matched: { by: Schema.String }
})
export type Cause = typeof Cause.Type

const decode = Schema.decodeUnknownOption(Cause)

/** As a sentence. `null` is what one-way mirrors keep, whose changes all come from the source. */
export const explain = (cause: Schema.Json): string => {
  if (cause === null) return "as the source had it"
  const known = decode(cause)
  if (Option.isNone(known)) return JSON.stringify(cause)
  switch (known.value._tag) {
    case "Found":
      return "it was changed there"
    case "Written":
      return `carried over from the other side (write ${known.value.entry})`
    case "Answered":
      return `what the provider made of our write ${known.value.entry}`
    case "Matched":
      return `the first match linked both records by ${known.value.by}`
  }
}
