/** References of a record whose id at the other side is not known: those that will come, and those that never will. */
import { FieldMapping, type Fields, Link, type OutboxEntry, type Planner, RecordKey, Side } from "@syncline/core"
import type { Case } from "./Verdict.ts"

export const of = (known: Case, record: Fields): ReadonlyArray<Planner.MissingReference> => {
  const { pair, references, side, twoWay } = known
  if (pair.mapping === null) return []
  return FieldMapping.referencesIn(pair.mapping, side, record).flatMap(({ entity, field, id, isOptional }) => {
    const key = references.keyOf(side, entity, id)
    if (key !== null && references.idAt(Side.other(side), entity, key) !== null) return []
    // It will never have an id there, so a record that can do without it is written without it.
    if (key !== null && isOptional && references.isGone?.(entity, key) === true) return []
    // A record that is not linked will be known by the key of its first sight.
    return [
      {
        field,
        entity,
        key: key ?? Link.keyOf(side, id),
        ...(key === null && { unlinkedId: id }),
        isOptional: isOptional && twoWay.deferred.has(entity)
      }
    ]
  })
}

/**
 * Nothing is written later of a record that is to be deleted here, nor of a field that the other side won: those writes are guarded
 * by all that was read.
 */
export const isLeftForLater = (
  written: OutboxEntry.Draft | null,
  { field, isOptional }: Planner.MissingReference
): boolean =>
  isOptional && (written === null || (written.operation !== "delete" && !Object.hasOwn(written.changes, field)))

/** It is deleted, so whoever cannot do without it would wait for ever. */
export const isLost = ({ references }: Case, { entity, key }: Planner.MissingReference): boolean =>
  references.isGone?.(entity, RecordKey.make(key)) === true

export const toNobody = ({ side }: Case, { entity, field, key }: Planner.MissingReference): string =>
  `"${field}" refers to the ${entity} "${key}", which is deleted, and the ${Side.other(side)} takes no record without one; choose another at the ${side}`
