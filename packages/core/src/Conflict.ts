/** Both sides changed the same field. A strategy settles it, or a person does. */
import { Schema } from "effect"
import type { Fields } from "./Fields.ts"
import { Draft } from "./OutboxEntry.ts"
import type { Side } from "./Side.ts"

/** The strategies that need no code. */
export const NamedStrategy = Schema.Literals(["source_wins", "target_wins", "last_write_wins", "merge", "manual"])
export type NamedStrategy = typeof NamedStrategy.Type

/** A strategy of the integration's own: a pure function, named for history and messages. */
export interface CustomStrategy {
  readonly _tag: "Custom"
  readonly name: string
  readonly resolve: (question: Question) => Answer
}

export type Strategy = NamedStrategy | CustomStrategy

export const nameOf = (strategy: Strategy): string => (typeof strategy === "string" ? strategy : strategy.name)

/** One of each side. */
const ofSides = <S extends Schema.Top>(each: S) => Schema.Struct({ source: each, target: each })

const Value = Schema.NullOr(Schema.Json)

/**
 * One field that both sides changed: what each side has, what each had before (its own image; both null where records were matched
 * without a base), and when each changed it, in Unix milliseconds. An absent field is null.
 */
export const Contest = Schema.Struct({
  base: ofSides(Value),
  source: Value,
  target: Value,
  at: ofSides(Schema.NullOr(Schema.Number))
})
export type Contest = typeof Contest.Type

/** The name under which the record itself is contested: one side changed it and the other deleted it. */
export const theRecord = ""

/**
 * A conflict that waits for a person. `contested` is by field. `withheld` is everything else that was decided for the record, by
 * the side it goes to: nothing is written until the conflict is resolved.
 */
export const OpenConflict = Schema.Struct({
  contested: Schema.Record(Schema.String, Contest),
  withheld: ofSides(Schema.NullOr(Draft))
})
export type OpenConflict = typeof OpenConflict.Type

/** What a custom strategy is told. Records are in canonical form; null: the record is gone there, or was never seen. */
export interface Question {
  readonly contested: OpenConflict["contested"]
  readonly source: Fields | null
  readonly target: Fields | null
  readonly base: { readonly source: Fields | null; readonly target: Fields | null }
  /** Decided and not sent, by the side it goes to. */
  readonly pending: OpenConflict["withheld"]
  /** The refusal that led here, if one did. */
  readonly failure: Failure | null
}

export interface Failure {
  readonly message: string
  /** Constraints that the provider said are violated. */
  readonly violated: ReadonlyArray<string>
}

/**
 * What a custom strategy says. `Values` gives each contested field its value, and may rewrite fields that are pending; `Winner`
 * takes all contested fields of one side; `Manual` asks a person.
 */
export type Answer =
  | { readonly _tag: "Values"; readonly fields: Fields }
  | { readonly _tag: "Winner"; readonly side: Side }
  | { readonly _tag: "Manual" }

/** A custom strategy threw or gave an answer that cannot be used. The record is set aside until the strategy is mended. */
export class ResolverFailed extends Schema.TaggedError<ResolverFailed>()("ResolverFailed", {
  strategy: Schema.String,
  message: Schema.String
}) {}

/** A person's resolution that does not fit the conflict. `fields` maps each field to its complaint. */
export class InvalidResolution extends Schema.TaggedError<InvalidResolution>()("InvalidResolution", {
  fields: Schema.Record(Schema.String, Schema.String),
  message: Schema.String
}) {}
