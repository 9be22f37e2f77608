/** Both sides changed the same field. A strategy settles it, or a person does. */
import { Result, Schema } from "effect"
import type { Fields } from "./Fields.ts"
import * as Merge from "./Merge.ts"
import { Draft } from "./OutboxEntry.ts"
import { Side } from "./Side.ts"

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
export const Answer = Schema.TaggedUnion({
  Values: { fields: Schema.Record(Schema.String, Schema.Json) },
  Winner: { side: Side },
  Manual: {}
})
export type Answer = typeof Answer.Type

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

/** How conflicts of a pair are settled. */
export interface Rules {
  readonly strategy: Strategy
  /** What `merge` does with a field that is not made of items, or an item that both sides changed. */
  readonly mergeFallback: Strategy
  /** Who wins when two changes are equally late. */
  readonly tie: "source" | "manual"
  /** Times are compared at this precision: the coarser of the sides'. */
  readonly granularityMs: number
}

/** What is particular to a field. */
export interface FieldRules {
  readonly authority: Side | null
  readonly merge: Merge.Kind
}

/** `Open`: a person is asked. */
export type Settlement =
  | {
      readonly _tag: "Settled"
      readonly value: Schema.Json | null
      readonly winner: Side | "merged"
      readonly strategy: string
    }
  | { readonly _tag: "Open" }

export interface Settlements {
  readonly contested: ReadonlyMap<string, Settlement>
  /** Pending fields to which a custom strategy gave another value. */
  readonly rewritten: Fields
}

/** Nothing was contested. */
export const nothingSettled: Settlements = { contested: new Map(), rewritten: {} }

const open: Settlement = { _tag: "Open" }

/** Settles each contested field: by its authority, else by the strategy. A custom strategy is asked once for all its fields. */
export const settle = (
  question: Question,
  rules: Rules,
  fieldRulesOf: (field: string) => FieldRules
): Result.Result<Settlements, ResolverFailed> => {
  const contested = new Map<string, Settlement>()
  const asked: { [field: string]: Contest } = {}
  let custom: CustomStrategy | null = null
  for (const [field, contest] of Object.entries(question.contested)) {
    const settlement = settleField(field, contest, rules, fieldRulesOf(field))
    if (settlement._tag !== "Custom") contested.set(field, settlement)
    else {
      custom = settlement
      asked[field] = contest
    }
  }
  if (custom === null) return Result.succeed({ contested, rewritten: {} })
  return Result.map(ask(custom, { ...question, contested: asked }), (answered) => ({
    contested: new Map([...contested, ...answered.contested]),
    rewritten: answered.rewritten
  }))
}

const won = (contest: Contest, side: Side, strategy: string): Settlement => ({
  _tag: "Settled",
  value: contest[side],
  winner: side,
  strategy
})

const settleField = (
  field: string,
  contest: Contest,
  rules: Rules,
  { authority, merge }: FieldRules
): Settlement | CustomStrategy => {
  if (authority !== null) return won(contest, authority, "authority")
  if (rules.strategy !== "merge") return settleBy(contest, rules.strategy, rules)
  // An edit is kept, as an item that one side edited and the other removed is.
  if (field === theRecord) return won(contest, contest.source === null ? "target" : "source", "merge")
  // `merge` cannot fall back on itself.
  const fallback = rules.mergeFallback === "merge" ? "last_write_wins" : rules.mergeFallback
  const merged = Merge.threeWay(merge, contest, null)
  if (merged._tag === "Merged") return given(contest, merged.value, merge, "merge")
  const settlement = settleBy(contest, fallback, rules)
  if (merged._tag === "Unmergeable" || settlement._tag !== "Settled" || settlement.winner === "merged")
    return settlement
  const decided = Merge.threeWay(merge, contest, settlement.winner)
  return decided._tag === "Merged" ? given(contest, decided.value, merge, "merge") : settlement
}

const given = (contest: Contest, value: Schema.Json | null, merge: Merge.Kind, strategy: string): Settlement => {
  if (Merge.isSame(merge, value, contest.source)) return won(contest, "source", strategy)
  if (Merge.isSame(merge, value, contest.target)) return won(contest, "target", strategy)
  return { _tag: "Settled", value, winner: "merged", strategy }
}

const settleBy = (contest: Contest, strategy: Strategy, rules: Rules): Settlement | CustomStrategy => {
  switch (strategy) {
    case "source_wins":
      return won(contest, "source", strategy)
    case "target_wins":
      return won(contest, "target", strategy)
    case "merge":
    case "last_write_wins": {
      const winner = laterOf(contest, rules)
      return winner === null ? open : won(contest, winner, "last_write_wins")
    }
    case "manual":
      return open
    default:
      return strategy
  }
}

/** The side that changed last; null: a person decides a tie. What has no time cannot be compared, so it ties. */
const laterOf = ({ at }: Contest, { granularityMs, tie }: Rules): Side | null => {
  const grain = Math.max(1, granularityMs)
  const source = at.source === null ? null : Math.floor(at.source / grain)
  const target = at.target === null ? null : Math.floor(at.target / grain)
  if (source === null || target === null || source === target) return tie === "source" ? "source" : null
  return source > target ? "source" : "target"
}

const isAnswer = Schema.is(Answer)

const ask = (custom: CustomStrategy, question: Question): Result.Result<Settlements, ResolverFailed> => {
  const refuse = (why: string): Result.Result<never, ResolverFailed> =>
    Result.fail(
      new ResolverFailed({
        strategy: custom.name,
        message: `strategy "${custom.name}" ${why}; mend it, then resync the record`
      })
    )
  const answer = Result.try({ try: () => custom.resolve(question), catch: String })
  if (Result.isFailure(answer)) return refuse(`threw ${JSON.stringify(answer.failure)}`)
  if (!isAnswer(answer.success)) return refuse("gave no answer; it has to return Values, Winner or Manual, at once")
  const complaint = complaintOf(answer.success, question)
  return complaint === null ? Result.succeed(settlementsOf(answer.success, question, custom.name)) : refuse(complaint)
}

const complaintOf = (answer: Answer, { contested, pending }: Question): string | null => {
  if (answer._tag !== "Values") return null
  if (Object.hasOwn(contested, theRecord)) return "gave values, but the record itself is contested: name a winner"
  const missing = Object.keys(contested).find((field) => !Object.hasOwn(answer.fields, field))
  if (missing !== undefined) return `gave no value for the contested field "${missing}"`
  const mayGive = new Set(
    [contested, pending.source?.changes ?? {}, pending.target?.changes ?? {}].flatMap(Object.keys)
  )
  const foreign = Object.keys(answer.fields).find((field) => !mayGive.has(field))
  return foreign === undefined ? null : `gave a value for "${foreign}", which is neither contested nor pending`
}

const settlementsOf = (answer: Answer, { contested }: Question, strategy: string): Settlements => {
  const contests = Object.entries(contested)
  switch (answer._tag) {
    case "Manual":
      return { contested: new Map(contests.map(([field]) => [field, open])), rewritten: {} }
    case "Winner":
      return {
        contested: new Map(contests.map(([field, contest]) => [field, won(contest, answer.side, strategy)])),
        rewritten: {}
      }
    case "Values":
      return {
        contested: new Map(
          contests.map(([field, contest]) => [field, given(contest, answer.fields[field] ?? null, "value", strategy)])
        ),
        rewritten: Object.fromEntries(
          Object.entries(answer.fields).filter(([field]) => !Object.hasOwn(contested, field))
        )
      }
  }
}
