/**
 * Whose turn it is among the priority classes that want one thing: deficit round robin by their weights.
 *
 * Each class has spent something of what is shared (calls, milliseconds), measured against its weight. The one that has spent least
 * is next; at a draw the more urgent. A class that wanted nothing for a while saves nothing up: it begins level with the others.
 */
import { PriorityClass, weights } from "./PriorityClass.ts"

export interface FairShare {
  /** What each class has spent, divided by its weight. */
  readonly spent: Readonly<Record<PriorityClass, number>>
  /** Where the class that went last stood: a class that comes back begins there. */
  readonly level: number
}

export const initial: FairShare = {
  spent: { webhook: 0, edit: 0, delta: 0, backfill: 0, reconcile: 0 },
  level: 0
}

const standing = ({ level, spent }: FairShare, of: PriorityClass): number => Math.max(spent[of], level)

/** The wanting classes in the order in which they are to go. */
export const order = (share: FairShare, wanting: Iterable<PriorityClass>): ReadonlyArray<PriorityClass> => {
  const all = new Set(wanting)
  return PriorityClass.literals
    .filter((of) => all.has(of))
    .toSorted((one, other) => standing(share, one) - standing(share, other))
}

/** After `amount` of what is shared went to a class. */
export const spend = (share: FairShare, of: PriorityClass, amount: number): FairShare => {
  const before = standing(share, of)
  return { spent: { ...share.spent, [of]: before + amount / weights[of] }, level: Math.max(share.level, before) }
}
