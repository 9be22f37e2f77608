/** How a plan ends: with what the lanes shall be, or by saying why nothing changes. */
import * as Canon from "./Canon.ts"
import type * as Conflict from "./Conflict.ts"
import * as OutboxEntry from "./OutboxEntry.ts"
import { type Plan, type Settled, skip, wait, type WhySkipped } from "./Plan.ts"
import type { MissingReference } from "./Situation.ts"
import { ofSides, type Standing } from "./Standing.ts"

/** What was decided for the record, from X's and Y's side. */
export interface Decided {
  readonly towardsX: OutboxEntry.Draft | null
  readonly towardsY: OutboxEntry.Draft | null
  readonly settled: ReadonlyArray<Settled>
  /** Optional references that cannot be written yet: they are found again when they can. */
  readonly leftOut: ReadonlyArray<MissingReference>
}

/** `why` is said when the lanes end as they were. */
export const write = (standing: Standing, decided: Decided, why: WhySkipped): Plan => {
  const { before, situation } = standing
  const writes = ofSides(standing, decided.towardsX, decided.towardsY)
  const isSame = OutboxEntry.isSame(before.source, writes.source) && OutboxEntry.isSame(before.target, writes.target)
  const resolves = situation.conflict !== null
  if (!isSame || resolves || decided.settled.length > 0)
    return { _tag: "Write", writes, settled: decided.settled, resolves }
  return decided.leftOut.length > 0 ? wait({ _tag: "References", missing: decided.leftOut }) : skip(why)
}

/** A person is asked; what else was decided is withheld. */
export const park = (standing: Standing, contested: Conflict.OpenConflict["contested"], decided: Decided): Plan => {
  const { conflict, lanes } = standing.situation
  const withheld = ofSides(standing, decided.towardsX, decided.towardsY)
  const isKnown =
    conflict !== null &&
    Canon.isSame(conflict.contested, contested) &&
    OutboxEntry.isSame(conflict.withheld.source, withheld.source) &&
    OutboxEntry.isSame(conflict.withheld.target, withheld.target) &&
    lanes.source.unsent === null &&
    lanes.target.unsent === null
  return isKnown ? skip("unchanged") : { _tag: "Park", conflict: { contested, withheld } }
}
