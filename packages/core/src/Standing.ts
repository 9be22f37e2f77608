/**
 * A situation as the planner looks at it: X is the side that was read, Y the other. Writes towards X carry what Y changed, and the
 * other way round.
 */
import type { Schema } from "effect"
import type * as Conflict from "./Conflict.ts"
import type { Fields } from "./Fields.ts"
import * as OutboxEntry from "./OutboxEntry.ts"
import * as Side from "./Side.ts"
import type { FieldPolicy, OfSides, Situation } from "./Situation.ts"
import type { Direction } from "./SyncJob.ts"

export interface Standing {
  readonly situation: Situation
  readonly x: Side.Side
  readonly y: Side.Side
  readonly imageX: Fields | null
  readonly imageY: Fields | null
  /** Decided and never sent, withheld ones included. */
  readonly towardsX: OutboxEntry.Draft | null
  readonly towardsY: OutboxEntry.Draft | null
  readonly sentToY: OutboxEntry.Draft | null
  readonly contested: Conflict.OpenConflict["contested"]
  /** What was decided and never sent before this reading, by the side it goes to. */
  readonly before: OfSides<OutboxEntry.Draft | null>
}

export const of = (situation: Situation): Standing => {
  const { conflict, lanes, link, side: x } = situation
  const y = Side.other(x)
  // What was in flight when the conflict was opened may have come back unsent.
  const towards = (side: Side.Side) =>
    OutboxEntry.coalesce(draftOf(lanes[side].unsent), conflict === null ? null : conflict.withheld[side])
  const before = { source: towards("source"), target: towards("target") }
  return {
    situation,
    x,
    y,
    imageX: link === null ? null : link.images[x],
    imageY: link === null ? null : link.images[y],
    towardsX: before[x],
    towardsY: before[y],
    sentToY: draftOf(lanes[y].sent),
    contested: conflict === null ? {} : conflict.contested,
    before
  }
}

const draftOf = (entry: OutboxEntry.Draft | null): OutboxEntry.Draft | null =>
  entry === null
    ? null
    : { operation: entry.operation, changes: entry.changes, atMs: entry.atMs, isEstimated: entry.isEstimated }

/** A field's value; an absent one is null. */
export const valueIn = (fields: Fields | null, name: string): Schema.Json | null =>
  fields !== null && Object.hasOwn(fields, name) ? (fields[name] ?? null) : null

export const changeIn = (draft: OutboxEntry.Draft | null, name: string): OutboxEntry.Change | null =>
  draft !== null && Object.hasOwn(draft.changes, name) ? (draft.changes[name] ?? null) : null

/** What Y will have when what was sent has arrived. */
export const expectedAtY = ({ imageY, sentToY }: Standing): Fields => ({
  ...imageY,
  ...Object.fromEntries(Object.entries(sentToY?.changes ?? {}).map(([name, { value }]) => [name, value]))
})

/** The same of one field. */
export const valueAtY = ({ imageY, sentToY }: Standing, name: string): Schema.Json | null => {
  const sent = changeIn(sentToY, name)
  return sent === null ? valueIn(imageY, name) : sent.value
}

/** Whether it is known what Y will have of a field. */
export const isKnownAtY = ({ imageY, sentToY }: Standing, name: string): boolean =>
  imageY !== null || changeIn(sentToY, name) !== null

const directionFrom: Record<Side.Side, Direction> = { source: "source_to_target", target: "target_to_source" }

export const travelsFrom = (side: Side.Side, { direction }: Pick<FieldPolicy, "direction">): boolean =>
  direction === "bidirectional" || direction === directionFrom[side]

/** One value of each side, from X's and Y's. */
export const ofSides = <A>({ x }: Standing, ofX: A, ofY: A): OfSides<A> =>
  x === "source" ? { source: ofX, target: ofY } : { source: ofY, target: ofX }
