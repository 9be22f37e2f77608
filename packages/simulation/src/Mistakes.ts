/** The mistakes that can be put into the engine on purpose, to see that an oracle notices. */
import type { Mistake } from "./Mistake.ts"
import { deciding } from "./mistakes/Deciding.ts"
import { driving } from "./mistakes/Driving.ts"
import { finding } from "./mistakes/Finding.ts"
import { refreshing } from "./mistakes/Refreshing.ts"
import { running } from "./mistakes/Running.ts"
import { writing } from "./mistakes/Writing.ts"

export const all: ReadonlyArray<Mistake> = [...finding, ...deciding, ...writing, ...running, ...refreshing, ...driving]

/** Several that hide each other are joined by `+`. */
export const named = (names: string): ReadonlyArray<Mistake> | null => {
  const found = names.split("+").flatMap((name) => all.find((each) => each.name === name) ?? [])
  return found.length === names.split("+").length ? found : null
}

/** Pairs of which each alone may be made good by what the other takes away. */
export const pairs: ReadonlyArray<string> = [
  "child-unlocked+no-sweep",
  "stale-page+link-version-unchecked",
  "zombie-commits+heartbeat-unheeded",
  "in-flight-ignored+doubt-last",
  "lane-goes-on+doubt-last",
  "looked-for-too-early+forgotten-key"
]
