/** Why a connection is called, in order of urgency. Two that want the same connection share it by these weights. */
import { Schema } from "effect"

/** `edit`: a write that somebody waits for, such as a resolved conflict. `delta`: what changed since. `backfill`: everything. */
export const PriorityClass = Schema.Literals(["webhook", "edit", "delta", "backfill", "reconcile"])
export type PriorityClass = typeof PriorityClass.Type

/** The share of a busy connection, in hundredths. None has less than ten, so nothing waits for ever. */
export const weights: Readonly<Record<PriorityClass, number>> = {
  webhook: 40,
  edit: 25,
  delta: 15,
  backfill: 10,
  reconcile: 10
}

const urgent: Readonly<Record<PriorityClass, boolean>> = {
  webhook: true,
  edit: true,
  delta: false,
  backfill: false,
  reconcile: false
}

/** Somebody waits at this moment: a slot and a part of the budget are kept free for these. */
export const isUrgent = (of: PriorityClass): boolean => urgent[of]

/** The part of a budget that only urgent calls may use while none of them wait. */
export const keptShare = 0.2

/** Whether `one` goes before `other` where only one of them can be done at a time. */
export const isBefore = (one: PriorityClass, other: PriorityClass): boolean =>
  PriorityClass.literals.indexOf(one) < PriorityClass.literals.indexOf(other)
