/** What is done when a person resolves a conflict. */
import { Result } from "effect"
import * as Conflict from "./Conflict.ts"
import * as Merge from "./Merge.ts"
import * as OutboxEntry from "./OutboxEntry.ts"
import type { Choice, Settled, Write } from "./Plan.ts"
import * as Side from "./Side.ts"
import type { OfSides, Policy } from "./Situation.ts"
import { travelsFrom } from "./Standing.ts"

export type Choices = { readonly [field: string]: Choice }

/**
 * The writes by which each contested field gets the value that was chosen; what was withheld goes with them. Every contested field
 * needs a choice. `atMs` is the time of the resolution, which counts as the time of the change.
 */
export const resolve = (
  conflict: Conflict.OpenConflict,
  choices: Choices,
  policy: Policy,
  atMs: number
): Result.Result<Write, Conflict.InvalidResolution> => {
  const complaints = complaintsOf(conflict, choices, policy)
  if (Object.keys(complaints).length > 0) {
    const lines = Object.entries(complaints).map(([field, why]) => `${nameOf(field)}: ${why}`)
    return Result.fail(
      new Conflict.InvalidResolution({
        fields: complaints,
        message: ["the conflict cannot be resolved so:", ...lines.map((line) => `  ${line}`)].join("\n")
      })
    )
  }
  const record = conflict.contested[Conflict.theRecord]
  return Result.succeed(
    record === undefined
      ? resolveFields(conflict, choices, policy, atMs)
      : resolveRecord(conflict, record, choices[Conflict.theRecord] === "source" ? "source" : "target", atMs)
  )
}

const nameOf = (field: string): string => (field === Conflict.theRecord ? "the record" : `"${field}"`)

const complaintsOf = (
  { contested }: Conflict.OpenConflict,
  choices: Choices,
  policy: Policy
): { readonly [field: string]: string } => {
  const complaints: { [field: string]: string } = {}
  for (const field of Object.keys(contested))
    if (!Object.hasOwn(choices, field)) complaints[field] = `needs a choice: "source", "target" or a value`
  for (const [field, choice] of Object.entries(choices)) {
    const contest = Object.hasOwn(contested, field) ? contested[field] : undefined
    if (contest === undefined) complaints[field] = "is not contested; leave it out"
    else if (field === Conflict.theRecord) {
      if (typeof choice !== "string") complaints[field] = `needs "source" or "target": keep that side's act`
      else if (contest[choice] === null && !policy.verbs[Side.other(choice)].delete)
        complaints[field] =
          `the ${Side.other(choice)} cannot delete; choose "${Side.other(choice)}", or delete it there`
    }
  }
  return complaints
}

const resolveRecord = (
  { withheld }: Conflict.OpenConflict,
  contest: Conflict.Contest,
  winner: Side.Side,
  atMs: number
): Write => {
  const living = contest.source === null ? "target" : "source"
  const deletion: OutboxEntry.Draft = { operation: "delete", changes: {}, atMs, isEstimated: false }
  const deleted: OfSides<OutboxEntry.Draft | null> =
    living === "source" ? { source: deletion, target: null } : { source: null, target: deletion }
  return {
    _tag: "Write",
    writes: winner === living ? withheld : deleted,
    settled: [settledOf(Conflict.theRecord, contest, winner)],
    resolves: true
  }
}

const settledOf = (field: string, contest: Conflict.Contest, winner: Settled["winner"]): Settled => ({
  field,
  base: contest.base,
  source: contest.source,
  target: contest.target,
  strategy: "resolved",
  winner
})

const resolveFields = (
  { contested, withheld }: Conflict.OpenConflict,
  choices: Choices,
  policy: Policy,
  atMs: number
): Write => {
  const writes: Record<Side.Side, { [field: string]: OutboxEntry.Change }> = { source: {}, target: {} }
  const settled: Array<Settled> = []
  for (const field of policy.fields) {
    const contest = contested[field.name]
    const choice = choices[field.name]
    if (contest === undefined || choice === undefined) continue
    const value = typeof choice === "string" ? contest[choice] : choice.value
    settled.push(settledOf(field.name, contest, typeof choice === "string" ? choice : "merged"))
    for (const side of Side.Side.literals)
      if (
        // A side that is still to get what it wants has a write withheld.
        (withheld[side]?.changes[field.name] !== undefined || !Merge.isSame(field.merge, value, contest[side])) &&
        travelsFrom(Side.other(side), field) &&
        policy.verbs[side].update
      )
        writes[side][field.name] = { value, was: contest[side], atMs, isEstimated: false }
  }
  const towards = (side: Side.Side): OutboxEntry.Draft | null =>
    Object.keys(writes[side]).length === 0
      ? withheld[side]
      : OutboxEntry.coalesce(withheld[side], OutboxEntry.draftOf("update", writes[side]))
  return { _tag: "Write", writes: { source: towards("source"), target: towards("target") }, settled, resolves: true }
}
