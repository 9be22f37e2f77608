/** What the two-way act says, and to whom of the CRM and the account something happens. Pure. */
import type { RecordId } from "@syncline/core"
import * as Quantity from "../Quantity.ts"
import * as Style from "../Style.ts"
import * as Hands from "./Hands.ts"

/** A contact and the customer that it is. */
export interface Shared {
  readonly contact: string
  readonly customer: RecordId
}

/** How many records are edited at one side, at both sides in different fields, at both sides in the same field, and deleted. */
const counts = { atCrm: 6, atStripe: 4, atBoth: 2, contested: 1, deleted: 1 } as const

/** Nobody has two roles. */
export const roles = (
  shared: ReadonlyArray<Shared>,
  salt: number
): Record<keyof typeof counts, ReadonlyArray<Shared>> => {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const picked = Hands.pick(shared, all, salt)
  let taken = 0
  const next = (count: number): ReadonlyArray<Shared> => picked.slice(taken, (taken += count))
  return {
    atCrm: next(counts.atCrm),
    atStripe: next(counts.atStripe),
    atBoth: next(counts.atBoth),
    contested: next(counts.contested),
    deleted: next(counts.deleted)
  }
}

export const opening = (style: Style.Style): string =>
  `${Style.paint(style, "strong", "3. two-way")}: an application's table crm.contacts and the customers of a second Stripe account; whoever is in both is matched by email address`

export const edits = `${counts.atCrm} phone numbers were changed in the CRM, ${counts.atStripe} descriptions in Stripe, ${counts.atBoth} records in both but in different fields; each side got a new record, Stripe lost one; and two people changed the same name`

export const decision = "The CRM is right, says a person; the next sync writes it:"

export const explaining = (id: string, field: string): string => `Why is ${field} of ${id} what it is?`

export const verdict = (
  { isQuiet, isSame, source, target }: Record<"isQuiet" | "isSame", boolean> & Record<"source" | "target", number>,
  style: Style.Style
): string => {
  const counted = `${Quantity.of(source, "contact")} and ${Quantity.of(target, "customer")}`
  if (!isSame) return `${Style.paint(style, "bad", "✗")} ${counted} do not hold the same`
  return isQuiet
    ? `${Style.paint(style, "good", "✓")} ${counted} hold the same, and another sync would write nothing`
    : `${Style.paint(style, "bad", "✗")} ${counted} hold the same, but another sync would write`
}
