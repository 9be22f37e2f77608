/** An id that a record has no more, since it was made again under another one. Pure. */
import { Link, type Planner, Side } from "@syncline/core"
import type { FormerId, PairLink } from "@syncline/store"
import type { Case } from "./Verdict.ts"

/**
 * The ids that a link gives up, since its record is to be made again. Under its own key a record is found by its former id too, and taken
 * for itself if it comes back before it was made again.
 */
export const givenUp = (link: PairLink | null, writes: Planner.Write["writes"]): ReadonlyArray<FormerId> =>
  Side.Side.literals.flatMap((side) => {
    const id = link?.[side === "source" ? "sourceId" : "targetId"] ?? null
    if (id === null || writes[side]?.operation !== "create" || Link.keyOf(side, id) === link?.key) return []
    return [{ side, id }]
  })

/** That an id is gone is told more than once, also when its record has long been made again. */
export const isOne = ({ id, link, side }: Case): boolean => {
  const now = side === "source" ? link?.sourceId : link?.targetId
  return now !== undefined && now !== null && now !== id
}

/** The id apart from the record that had it: who still refers to it refers to nothing. */
export const alone = (known: Case): Case => ({
  ...known,
  link: null,
  situation: {
    key: Link.formerKeyOf(known.side, known.id),
    version: null,
    link: null,
    entries: [],
    conflict: null,
    laneVersions: { source: 0, target: 0 }
  }
})
