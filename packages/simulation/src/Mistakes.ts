/** The mistakes that can be put into the engine on purpose, to see that an oracle notices. */
import { Element } from "./Elements.ts"
import type { Mistake } from "./Mistake.ts"
import { deciding } from "./mistakes/Deciding.ts"
import { doubting } from "./mistakes/Doubting.ts"
import { driving } from "./mistakes/Driving.ts"
import { finding } from "./mistakes/Finding.ts"
import { refreshing } from "./mistakes/Refreshing.ts"
import { running } from "./mistakes/Running.ts"
import { writing } from "./mistakes/Writing.ts"

export const all: ReadonlyArray<Mistake> = [
  ...finding,
  ...deciding,
  ...writing,
  ...doubting,
  ...running,
  ...refreshing,
  ...driving
]

/** Several that hide each other are joined by `+`. */
export const named = (names: string): ReadonlyArray<Mistake> | null => {
  const found = names.split("+").flatMap((name) => all.find((each) => each.name === name) ?? [])
  return found.length === names.split("+").length ? found : null
}

/** Each alone may be made good by what the other takes away. */
export const pairs: ReadonlyArray<string> = [
  "child-unlocked+no-sweep",
  "zombie-commits+heartbeat-unheeded",
  "in-flight-ignored+doubt-last"
]

/** What `--catch` tries: those that are hidden alone only in their pairs. */
export const tried: ReadonlyArray<string> = [
  ...all.flatMap(({ name }) => (pairs.some((pair) => pair.split("+").includes(name)) ? [] : [name])),
  ...pairs
]

/** What a mistake needs that only a share of the histories has. */
const needs: Readonly<Partial<Record<Element, ReadonlyArray<string>>>> = {
  reconciliation: ["unlisted-is-gone", "unlisted-forgotten"],
  webhooks: ["yes-before-stored", "anybody-let-in", "repeat-is-news", "hint-ignored", "wake-lost"],
  poison: ["trying-burns-attempts", "never-given-up", "one-stops-all", "side-rests"],
  tokens: refreshing.map(({ name }) => name),
  cancel: ["zombie-commits"],
  worker: driving.map(({ name }) => name)
}

export const elementsFor = (names: string): ReadonlyArray<Element> =>
  Element.literals.filter((element) => names.split("+").some((name) => needs[element]?.includes(name)))
