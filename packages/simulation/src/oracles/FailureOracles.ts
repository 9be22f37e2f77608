/** Promises about records that fail by their own fault, and about failures that are nobody's fault. */
import { Side } from "@syncline/core"
import { layouts } from "../systems/Layout.ts"
import { compare } from "./EndOracles.ts"
import { birthOf } from "./Meaning.ts"
import type { Oracle, View } from "./Oracle.ts"
import type { Life } from "./Past.ts"
import type { Snapshot } from "./Snapshot.ts"

/** Executions that may try a record in vain. */
const maxAttempts = 3

/** What speaks of the record, and of nothing else. */
const refusals = new Set([404, 409, 412, 422])
/** Their like, given by somebody on the way to the system, which does not know of it; silence about one record among them. */
const refusalsOnTheWay = ["404 of a stale replica", "412", "422", "answer without one record"]

type Entry = Snapshot["ledger"][number]

const givenUp: Oracle = {
  promise: "I-14",
  name: "dead after three attempts",
  committed: ({ snapshot }, complain) => {
    for (const { attempts, entity, key, side, state } of snapshot.ledger)
      if ((state === "dead") !== attempts >= maxAttempts)
        complain(null, `${key} of ${entity} at the ${side} is ${state} after ${attempts} attempts`)
  }
}

const burnt: Oracle = {
  promise: "I-14",
  name: "attempts are refusals",
  committed: (view, complain) => {
    for (const entry of view.snapshot.ledger) {
      const refused = refusalsOf(view, entry)
      if (refused !== null && entry.attempts > refused)
        complain(
          null,
          `${entry.key} has burnt ${entry.attempts} attempts at the ${entry.side}, of ${refused} refusals (${entry.cause})`
        )
    }
    for (const entry of view.snapshot.entries) {
      const refused = entry.state === "dead" ? refusalsOf(view, entry) : null
      if (refused !== null && refused < maxAttempts)
        complain(null, `the write of ${entry.key} to the ${entry.side} is given up after ${refused} refusals`)
    }
  }
}

/** How often a system has refused a record, or somebody on the way to it may have; null: it is not known whose it is. */
const refusalsOf = (view: View, { entity: pair, key, side }: Pick<Entry, "entity" | "key" | "side">): number | null => {
  const birth = bornAs(view, { entity: pair, key })
  if (birth === null) return null
  const onTheWay = refusalsOnTheWay.reduce((sum, kind) => sum + (view.struck.get(kind) ?? 0), 0)
  const system = view.systems[side]
  const refused = system.arrivals.filter(
    ({ entity, id, patch, status }) =>
      refusals.has(status) && (patch?.["birth"] === birth || (id !== null && birthOf(system, entity, id) === birth))
  )
  return refused.length + onTheWay
}

/** Whose entry it is, by the record at either side. */
const bornAs = ({ snapshot, systems }: View, { entity, key }: Pick<Entry, "entity" | "key">): string | null => {
  const link = snapshot.links.find((each) => each.entity === entity && each.key === key)
  const being = layouts.source.company.name === entity ? "company" : "person"
  for (const side of Side.Side.literals) {
    const id = link?.[side] ?? null
    const birth = id === null ? null : birthOf(systems[side], layouts[side][being].name, id)
    if (birth !== null) return birth
  }
  return null
}

/** Who is neither refused, nor waits for a record that is, nor for a person. */
const others: Oracle = {
  promise: "I-15",
  name: "a refused record holds up no other",
  settled: (view, complain) => {
    const { conflicts, ledger } = view.snapshot
    const stopped = new Set([...conflicts, ...ledger].map((each) => bornAs(view, each)))
    const refused = Side.Side.literals.map((side) => view.systems[side].refused())
    for (const life of view.past.lives.values()) {
      const isOther = !stopped.has(life.birth) && !refused.includes(life.birth)
      if (isOther && !refersTo(life, [...stopped, ...refused])) compare(view, life, complain)
    }
  }
}

const refersTo = ({ writes }: Life, births: ReadonlyArray<string | null>): boolean =>
  [...(writes.get("boss") ?? []), ...(writes.get("company") ?? [])].some(({ value }) => births.includes(value))

export const failureOracles: ReadonlyArray<Oracle> = [givenUp, burnt, others]
