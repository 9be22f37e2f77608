/** What the demo says. Pure. */
import type { JobStatus } from "@syncline/engine"
import * as Invocation from "../Invocation.ts"
import * as Quantity from "../Quantity.ts"
import * as Style from "../Style.ts"
import * as Table from "../Table.ts"
import { type ActReport, apiCalls } from "./Act.ts"
import type { Comparison } from "./Comparison.ts"
import { creationCount, deletionCount, editCount } from "./Hands.ts"
import * as Tables from "./Tables.ts"

const changes = `${editCount} edits, ${creationCount} creations and ${deletionCount} deletions`

export const opening = (records: number): ReadonlyArray<string> => [
  "Syncline copies a Stripe account into PostgreSQL. Both are stand-ins on this machine; nothing leaves it.",
  `  1. backfill: all ${Quantity.of(records, "record")} of the account into the schema "${Tables.schema}"`,
  `  2. delta: ${changes} are made in the account, and only those are fetched; then every field of every record is compared`,
  "  3. two-way: a CRM's table and a second account are edited on both sides, one name by two people at once",
  "  4. live: a worker keeps both the same by itself, until it is killed and another one goes on",
  "  5. shopify-xero: a shop and its books are edited on both sides; its orders become invoices"
]

/** Before the first act: what it will do is up to how far an earlier demo came. */
export const backfill = (jobs: ReadonlyArray<JobStatus>, style: Style.Style): string => {
  const stages = new Set(jobs.map(({ stage }) => stage))
  const told =
    stages.size === 1 && stages.has("never run")
      ? "everything in the account"
      : stages.has("never run") || stages.has("listing")
        ? "goes on where an earlier demo stopped"
        : "done by an earlier demo; only what changed since"
  return `${Style.paint(style, "strong", "1. backfill")}: ${told}`
}

export const delta = (style: Style.Style): string =>
  `${Style.paint(style, "strong", "2. delta")}: ${changes} were made in the account`

/** Calls that listing takes: pages of a hundred. */
const listing = (act: ActReport): number =>
  Object.values(act.entities).reduce((sum, { source }) => sum + Math.max(1, Math.ceil(source / 100)), 0)

export const saved = (act: ActReport): string =>
  `That took ${Quantity.of(apiCalls(act), "API call")}; listing everything again would take ${Quantity.count(listing(act))}.`

const columns: ReadonlyArray<Table.Column> = [
  { title: "ENTITY", align: "left" },
  { title: "IN STRIPE", align: "right" },
  { title: "IN POSTGRES", align: "right" },
  { title: "EVERY FIELD COMPARED", align: "left" }
]

/** Whether both sides hold the same, in the end. */
export const comparison = (
  compared: Readonly<Record<string, Comparison>>,
  style: Style.Style
): ReadonlyArray<string> => [
  ...Table.render(
    columns,
    Object.entries(compared).map(([entity, { differences, source, target }]) => [
      entity,
      Quantity.count(source),
      Quantity.count(target),
      differences === 0
        ? Style.paint(style, "good", "✓ same")
        : Style.paint(style, "bad", `✗ ${Quantity.of(differences, "record")} not the same`)
    ])
  ),
  ...Object.values(compared).flatMap(({ examples }) => examples.map((example) => `  ${example}`))
]

export const verdict = (ok: boolean, seconds: number): string =>
  `${ok ? "Both sides are the same." : "The demo did not end well: see above."} All of it took ${Quantity.duration(seconds * 1000)}.`

/** How to look at the tables, and how to go on with an account of one's own. */
export const closing = (psql: string, isKeptUp: boolean): ReadonlyArray<string> => [
  isKeptUp
    ? "Look at the tables, while this runs:"
    : "Look at the tables while a demo runs on a terminal (without --once):",
  `  ${psql}`,
  "Your own account:",
  `  ${Invocation.of("init")}`,
  "  export STRIPE_API_KEY=sk_test_…",
  `  ${Invocation.of("run", "billing")}`
]
