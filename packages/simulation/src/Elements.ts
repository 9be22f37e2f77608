/**
 * What a history has beside the running of jobs. Each element is in a share of the histories only, so that what a history costs stays the
 * same, and each is drawn by itself: another element moves none of those that there are.
 */
import { Schema } from "effect"
import type { Stream } from "./Seed.ts"

export const Element = Schema.Literals(["reconciliation", "webhooks", "poison", "outage", "tokens", "cancel", "worker"])
export type Element = typeof Element.Type

export type Elements = ReadonlySet<Element>

const shares: Readonly<Record<Element, number>> = {
  reconciliation: 0.15,
  webhooks: 0.15,
  poison: 0.1,
  outage: 0.08,
  tokens: 0.1,
  cancel: 0.1,
  // Whoever drives by itself looks many times a second whether there is anything to do.
  worker: 0.02
}

/** `wanted` are there whatever the seed would have. */
export const draw = (chance: Stream, wanted: ReadonlyArray<Element>): Elements =>
  new Set(
    Element.literals.filter((element) => chance.split(element).chance(shares[element]) || wanted.includes(element))
  )
