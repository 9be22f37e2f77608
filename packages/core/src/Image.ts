/** What a side was last seen to be. A side has changed when it differs from its own image. */
import { Schema } from "effect"
import type { Fields } from "./Fields.ts"
import { Fingerprint } from "./Fingerprint.ts"

const FieldsJson: Schema.Codec<Fields> = Schema.Record(Schema.String, Schema.Json)

/** `observedAtMs` is as `observedAtMs` below says: the moment up to which the image surely holds all that had happened. */
export const Image = Schema.TaggedUnion({
  /** Enough for a one-way mirror, which only asks whether the source changed. */
  Mark: { fingerprint: Fingerprint, observedAtMs: Schema.Int },
  /** The provider's record itself; the canonical fields are derived from it. Two-way integrations compare field by field. */
  Whole: { fingerprint: Fingerprint, observedAtMs: Schema.Int, record: FieldsJson }
})
export type Image = typeof Image.Type

/** A reading of a record. */
export interface Read {
  /** When the call was begun, not answered: what happened in between may be missing from the answer. */
  readonly startedAtMs: number
  /** How late a change may become visible to this kind of call: `changes.lagMs` for changes and listings, 0 for `get`. */
  readonly lagMs: number
}

/**
 * The moment up to which a reading surely shows all that had happened. This is what an image keeps, so that readings of one kind,
 * made one after the other, never look older than each other however large their lag is.
 */
export const observedAtMs = (read: Read): number => read.startedAtMs - read.lagMs

/**
 * Whether a reading may replace what the image says. One that may be older is ignored for that record: a walk looks back by its
 * lag, so a change that is ignored here is shown again by a later page.
 */
export const isNewerRead = (read: Read, imageObservedAtMs: number): boolean => observedAtMs(read) >= imageObservedAtMs
