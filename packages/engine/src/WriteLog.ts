/**
 * What is logged of writes on their way, by their entries' ids: one id leads from the decision in the outbox, which names its execution, to
 * the provider's answer, to the commit, and from there to the record's history, whose cause it is.
 */
import type { Side } from "@syncline/core"
import type { StoredEntry } from "@syncline/store"
import { Effect } from "effect"
import type { Driving } from "./Driving.ts"
import type * as Settle from "./Settle.ts"

type Entries = ReadonlyArray<Pick<StoredEntry, "id">>

const told = (what: string, { pair }: Driving, side: Side.Side, annotations: Readonly<Record<string, unknown>>) =>
  Effect.annotateLogs(Effect.logDebug(what), {
    tenant: pair.key.tenant,
    job: pair.job.name,
    side,
    connection: pair[side].connection.name,
    ...annotations
  })

const idsOf = (entries: Entries): ReadonlyArray<string> => entries.map(({ id }) => id)

/** One request. */
export const sent = (driving: Driving, side: Side.Side, entries: Entries) =>
  told("writes are sent", driving, side, { entries: idsOf(entries) })

/** What the provider's answer means for each. */
export const answered = (
  driving: Driving,
  side: Side.Side,
  answers: ReadonlyArray<{ readonly entry: Entries[number]; readonly answer: Settle.Answer["_tag"] }>
) =>
  told("writes are answered", driving, side, {
    answers: Object.fromEntries(answers.map(({ answer, entry }) => [entry.id, answer]))
  })

/** Committed with what was answered. */
export const settled = (driving: Driving, side: Side.Side, entries: Entries) =>
  told("writes are settled", driving, side, { entries: idsOf(entries) })
