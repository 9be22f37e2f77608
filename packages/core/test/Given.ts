/**
 * Situations in one line, for the planner's table. A record is written "f,g": `"b,x"` has f "b" and g "x"; `""` is an absent field,
 * `"-"` an empty text, `"p+q"` a list and `"+"` an empty one.
 */
import type * as Conflict from "../src/Conflict.ts"
import type { Fields } from "../src/Fields.ts"
import { EntityType } from "../src/Ids.ts"
import type * as Link from "../src/Link.ts"
import type * as OutboxEntry from "../src/OutboxEntry.ts"
import type * as Planner from "../src/Planner.ts"
import * as Side from "../src/Side.ts"

export interface Given {
  /** Where it is read; the source. */
  readonly at?: Side.Side
  /** What is read; `gone`. */
  readonly is: string
  /** This side's image and the other's; null: none. Both null where there is no link. */
  readonly was?: string | null
  readonly other?: string | null
  /** Entries, such as `update b`, `create a,x` or `delete`; each change was "a" before. */
  readonly toHere?: string
  readonly toOther?: string
  readonly sentHere?: string
  readonly sentOther?: string
  /** What a person is asked, by field: this side's value and the other's; "" is the record. */
  readonly asked?: { readonly [field: string]: readonly [here: string | null, other: string | null] }
  readonly withheldHere?: string
  readonly withheldOther?: string
  readonly isDeleted?: boolean
  readonly isNew?: boolean
  readonly isDoubted?: boolean
  readonly status?: Link.Status
  readonly hasOther?: boolean
  /** When this side changed, and the other; 5 and 3. */
  readonly times?: readonly [here: number, other: number]
  readonly isStale?: boolean
  readonly missing?: "required" | "optional"
  readonly policy?: Partial<Planner.Policy>
  readonly field?: Partial<Planner.FieldPolicy>
}

const all = { create: true, update: true, delete: true }

export const cannot = (side: Side.Side, verb: keyof typeof all): Partial<Planner.Policy> => ({
  verbs: { source: all, target: all, [side]: { ...all, [verb]: false } }
})

const names = ["f", "g"] as const

const fieldsOf = (record: string): Fields =>
  Object.fromEntries(
    record.split(",").flatMap((value, index) => {
      const name = names[index]
      return value === "" || name === undefined ? [] : [[name, valueOf(value)]]
    })
  )

const valueOf = (text: string): Fields[string] => {
  if (text === "null") return null
  if (text === "-") return ""
  return text.includes("+") ? text.split("+").filter((item) => item !== "") : text
}

const draftOf = (entry: string, atMs: number): OutboxEntry.Draft => {
  const [operation, record = ""] = entry.split(" ")
  return {
    operation: operation === "create" || operation === "delete" ? operation : "update",
    changes: Object.fromEntries(
      Object.entries(fieldsOf(record)).map(([name, value]) => [name, { value, was: "a", atMs, isEstimated: false }])
    ),
    atMs,
    isEstimated: false
  }
}

export const situationOf = (given: Given, strategy: Conflict.Strategy): Planner.Situation => {
  const side = given.at ?? "source"
  const [hereMs, otherMs] = given.times ?? [5, 3]
  const sides = <A>(here: A, there: A) =>
    side === "source" ? { source: here, target: there } : { source: there, target: here }
  const unsettled = (entry: string | undefined, atMs: number) => (entry === undefined ? null : draftOf(entry, atMs))
  const image = (record: string | null | undefined) => (record === null ? null : fieldsOf(record ?? "a"))
  const field = {
    authority: null,
    direction: given.policy?.direction ?? "bidirectional",
    merge: "value"
  } as const
  return {
    side,
    seen: given.is === "gone" ? { _tag: "Gone" } : { _tag: "Present", fields: fieldsOf(given.is) },
    observedAtMs: given.isStale === true ? 1 : 10,
    changedAt: { atMs: hereMs, isEstimated: false },
    link:
      given.isNew === true
        ? null
        : {
            status: given.status ?? "mapped",
            isDeleted: given.isDeleted ?? false,
            has: sides(true, given.hasOther ?? true),
            images: sides(image(given.was), image(given.other)),
            observedAtMs: sides<number | null>(2, null)
          },
    lanes: sides<Planner.LaneSituation>(
      { unsent: unsettled(given.toHere, otherMs), sent: unsettled(given.sentHere, otherMs) },
      { unsent: unsettled(given.toOther, 2), sent: unsettled(given.sentOther, 2) }
    ),
    conflict:
      given.asked === undefined
        ? null
        : {
            contested: Object.fromEntries(
              Object.entries(given.asked).map(([name, [here, there]]) => [
                name,
                {
                  base: { source: "a", target: "a" },
                  ...sides<Conflict.Contest["source"]>(
                    name === "" && here !== null ? fieldsOf(here) : here,
                    name === "" && there !== null ? fieldsOf(there) : there
                  ),
                  at: sides<number | null>(2, otherMs)
                }
              ])
            ),
            withheld: sides(
              given.withheldHere === undefined ? null : draftOf(given.withheldHere, otherMs),
              given.withheldOther === undefined ? null : draftOf(given.withheldOther, 2)
            )
          },
    missing:
      given.missing === undefined
        ? []
        : [{ field: "f", entity: EntityType.make("company"), key: "~tc1", isOptional: given.missing === "optional" }],
    isDoubted: given.isDoubted ?? false,
    policy: {
      direction: "bidirectional",
      strategy,
      mergeFallback: "last_write_wins",
      tie: "source",
      granularityMs: 1,
      fields: [
        { ...field, name: "f", ...given.field },
        { ...field, name: "g" }
      ],
      verbs: { source: all, target: all },
      deletes: "propagate",
      ...given.policy
    }
  }
}

const recordOf = (changes: OutboxEntry.Changes): string =>
  Object.entries(changes)
    .map(
      ([name, { value }]) =>
        `${name}=${Array.isArray(value) ? value.join("+") : typeof value === "string" ? value : JSON.stringify(value)}`
    )
    .join(" ")

const drafts = (writes: { readonly source: OutboxEntry.Draft | null; readonly target: OutboxEntry.Draft | null }) =>
  Side.Side.literals.flatMap((side) => {
    const draft = writes[side]
    return draft === null ? [] : [`${draft.operation} ${side} ${recordOf(draft.changes)}`.trim()]
  })

/** A plan in one line: `update target f=b`; `nothing` where a Write leaves both lanes empty. `!` marks what was settled. */
export const lineOf = (plan: Planner.Plan): string => {
  switch (plan._tag) {
    case "Write": {
      const writes = drafts(plan.writes)
      const winners = plan.settled.map(({ field, winner }) => `!${field === "" ? "record" : field} ${winner}`)
      return [...(writes.length === 0 ? ["nothing"] : writes), ...winners, ...(plan.resolves ? ["resolves"] : [])].join(
        ", "
      )
    }
    case "Park": {
      const contests = Object.keys(plan.conflict.contested).map((name) => (name === "" ? "record" : name))
      return [`ask ${contests.join(" ")}`, ...drafts(plan.conflict.withheld).map((line) => `hold ${line}`)].join(", ")
    }
    case "Wait":
      return plan.on._tag === "Unsettled"
        ? `wait for ${plan.on.side}`
        : plan.on._tag === "Doubted"
          ? "wait for doubts"
          : "wait for references"
    case "Skip":
      return plan.why
    case "Refuse":
      return `refuse ${plan.why.message}`
  }
}
