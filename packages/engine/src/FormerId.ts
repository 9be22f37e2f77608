/** An id that a record has no more, since it was made again under another one. Pure. */
import { Link } from "@syncline/core"
import type { Case } from "./Verdict.ts"

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
