/** What the live act says. Pure. */
import * as Quantity from "../Quantity.ts"
import * as Style from "../Style.ts"

export const opening = (pid: number, style: Style.Style): string =>
  `${Style.paint(style, "strong", "4. live")}: a worker runs as a process of its own (${pid}); nothing is looked at by a schedule`

const line = (isGood: boolean, text: string, style: Style.Style): string =>
  `${isGood ? Style.paint(style, "good", "✓") : Style.paint(style, "bad", "✗")} ${text}`

/** `ms`: from the change to its arrival at the other side; null: it did not come. */
export const told = (ms: number | null, style: Style.Style): string =>
  line(
    ms !== null,
    `a note was changed in Stripe, a webhook told of it, and ${ms === null ? "the CRM never got it" : `${Quantity.duration(ms)} later the CRM had it`}`,
    style
  )

export const reconciled = (ids: number, ms: number | null, style: Style.Style): string =>
  line(
    ms !== null,
    `a customer was deleted in Stripe and its webhook was lost: ${
      ms === null
        ? "its contact is there still"
        : `comparing ${Quantity.of(ids, "id")} found that, and its contact is gone (${Quantity.duration(ms)})`
    }`,
    style
  )

export const takenOver = (
  { all, done, ms }: { readonly all: number; readonly done: number; readonly ms: number | null },
  style: Style.Style
): string =>
  line(
    ms !== null,
    `the worker was killed (kill -9) when ${done} of ${Quantity.of(all, "new phone number")} were in Stripe: ${
      ms === null ? "the others never came" : `a second worker took over, and ${Quantity.duration(ms)} later all were`
    }`,
    style
  )
