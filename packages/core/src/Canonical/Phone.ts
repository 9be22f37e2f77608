/** A telephone number. */
import { Result, Schema } from "effect"

/** E.164: a plus, the country's calling code and the number, at most 15 digits. https://www.itu.int/rec/T-REC-E.164 */
export const Phone = Schema.String.check(
  Schema.isPattern(/^\+[1-9]\d{6,14}$/, { expected: 'an E.164 number such as "+41446681800"' })
)

/** How a number without calling code is completed. `trunkPrefix` is what is dialled before it inside the country: mostly "0". */
export interface Home {
  readonly callingCode: string
  readonly trunkPrefix: string
}

/**
 * The E.164 form of a number as people write it: `+41 (0)44 668-18-00`, `0041 44…`, and with a `home` also `044 668 18 00`.
 * Fails with what is wrong; an extension is refused, since E.164 has no place for it.
 */
export const toE164 = (text: string, home: Home | null): Result.Result<string, string> => {
  const dialled = text
    .trim()
    .replace(/\(0\)/, "")
    .replace(/[\s().\-/\u00a0\u2010-\u2015]/g, "")
    .replace(/^00/, "+")
  const full =
    dialled.startsWith("+") || home === null
      ? dialled
      : `+${home.callingCode}${withoutTrunk(dialled, home.trunkPrefix)}`
  if (Schema.is(Phone)(full)) return Result.succeed(full)
  return Result.fail(
    /^\d+$/.test(dialled) && home === null
      ? 'has no calling code; begin it with "+", or give the transform a home country'
      : "is not a telephone number with at most 15 digits"
  )
}

const withoutTrunk = (dialled: string, trunkPrefix: string): string =>
  trunkPrefix !== "" && dialled.startsWith(trunkPrefix) ? dialled.slice(trunkPrefix.length) : dialled
