/**
 * Which connections share a driver.
 *
 * A provider's limits, its tokens and the order of calls belong to its connection, so a connection has one owner. A pair needs both
 * of its connections at once, so connections that pairs join have the same one. A database has no limits and no tokens, and its rows
 * are guarded by the leases of their pairs: it joins nobody to anybody, or an application's database would put a whole fleet's work
 * on one machine.
 */
import type { JobName } from "@syncline/core"
import type { Pair, Side } from "./Pair.ts"

const isShared = ({ connection }: Side): boolean => connection.database._tag === "None"

/** A pair's connections that must have one owner; of a pair between two databases the source's stands for it. */
const ownedOf = ({ source, target }: Pair): ReadonlyArray<string> => {
  const owned = [source, target].filter(isShared).map(({ connection }) => connection.name)
  return owned.length === 0 ? [source.connection.name] : owned
}

/** The driver of each job: of the connections that share it, the first by name. */
export const of = (pairs: ReadonlyArray<Pair>): ReadonlyMap<JobName, string> => {
  const groups = new Map<string, ReadonlySet<string>>()
  for (const owned of pairs.map(ownedOf)) {
    const merged = new Set(owned.flatMap((name) => [name, ...(groups.get(name) ?? [])]))
    for (const name of merged) groups.set(name, merged)
  }
  return new Map(
    pairs.map((pair) => {
      const [any = ""] = ownedOf(pair)
      const [first = any] = [...(groups.get(any) ?? [])].toSorted()
      return [pair.job.name, first]
    })
  )
}
