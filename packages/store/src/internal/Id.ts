/** Ids that the store gives. */
import { Effect, Random } from "effect"

const between = (first: number, end: number) => Random.nextIntBetween(first, end, { halfOpen: true })

const hexOf = (digits: number) => (value: number) => value.toString(16).padStart(digits, "0")

/**
 * UUIDs of version 7, whose first 48 bits are the time: ids sort by when they were made, and those made together in their order.
 * https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export const make = Effect.fnUntraced(function* (nowMs: number, count: number) {
  const bits = Effect.map(between(0, 0x10000), hexOf(4))
  const [a, b, c] = yield* Effect.all([bits, bits, bits])
  const variant = yield* Effect.map(between(8, 12), hexOf(1))
  // Room for the others of the batch above a random beginning.
  const first = yield* between(0, 0x40000000)
  const time = hexOf(12)(nowMs)
  const head = `${time.slice(0, 8)}-${time.slice(8)}-7${a.slice(1)}-${variant}${b.slice(1)}-${c}`
  return Array.from({ length: count }, (_, index) => head + hexOf(8)(first + index))
})

/** What is less than every id that is made at this time or later, and not less than any that was made before. */
export const firstOf = (ms: number): string => {
  const time = hexOf(12)(ms)
  return `${time.slice(0, 8)}-${time.slice(8)}`
}
