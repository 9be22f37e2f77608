/**
 * A complete listing read as several ranges of time side by side.
 *
 * One step reads one page of each open range, and one position holds them all, so a listing of N records takes about
 * N / (page size × ranges) round trips and still resumes at every step. For lists that come newest first and filter by a time.
 */
import { Effect, Result, Schema } from "effect"
import type { ConnectorError } from "./ConnectorError.ts"
import type { Complete, Walk } from "./Entity.ts"
import { advancing, complete, make, type Next, type Paged } from "./Walk.ts"

/** Times `from <= time < to`, in the provider's own unit; null is open, so nothing older or newer than expected is missed. */
export interface Range {
  readonly from: number | null
  readonly to: number | null
  readonly after: string | null
}

/** A page of a range. `oldest` is the earliest time on it; null when it shows none. */
export interface RangePage<Item> extends Paged<Item> {
  readonly oldest: number | null
}

/** Whole numbers `from <= time < to` in which the records are expected; a hint for cutting, not a limit. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A range with what was learnt of it. `low` and `high` bound what is still to be read, for cutting. */
const OpenRange = Schema.Struct({
  from: Schema.NullOr(Schema.Int),
  to: Schema.NullOr(Schema.Int),
  after: Schema.NullOr(Schema.String),
  low: Schema.Int,
  high: Schema.Int,
  /** Records per unit of time, as its last page showed. */
  density: Schema.Finite,
  /** Its last page could not be read although the others could. */
  hasFailed: Schema.Boolean
})
type OpenRange = typeof OpenRange.Type

/** `width` is the whole span's, by which progress is told. */
export const State = Schema.Struct({ open: Schema.Array(OpenRange), splits: Schema.Int, width: Schema.Int })
type State = typeof State.Type

/** Cuts a span into at most `count` ranges of equal width; the outermost are open. */
const cut = ({ from, to }: Span, count: number): ReadonlyArray<OpenRange> => {
  const width = Math.max(1, Math.ceil((to - from) / count))
  const pieces = Math.max(1, Math.min(count, Math.ceil((to - from) / width)))
  return Array.from({ length: pieces }, (_, index) => ({
    from: index === 0 ? null : from + index * width,
    to: index === pieces - 1 ? null : from + (index + 1) * width,
    after: null,
    low: from + index * width,
    high: from + (index + 1) * width,
    density: 0,
    hasFailed: false
  }))
}

const expected = (range: OpenRange): number => range.density * (range.high - range.low)

/** What is left of a range after one of its pages; null when it has ended. */
const advance = (range: OpenRange, page: RangePage<unknown>): OpenRange | null => {
  if (page.next === null) return null
  // The oldest record seen may share its time with unread ones, so what is left still includes that time.
  const high = page.oldest === null ? range.high : Math.max(page.oldest + 1, range.low + 1)
  const density = page.items.length / Math.max(1, range.high - high)
  return { ...range, after: page.next, high, density, hasFailed: false }
}

/**
 * Splits the fullest ranges while fewer than `count` are open, at most `count` times in a walk.
 *
 * Ranges that end early on skewed data would otherwise leave one to be read alone. Each split costs at most one extra call, so a
 * walk takes at most ceil(N / pageSize) + 2 × count. A range is split once a step, after a page of it was read, so the next split
 * knows where the records lie; one that expects less than two more pages is left whole.
 */
const rebalance = ({ open, splits, width }: State, count: number, pageSize: number): State => {
  const isWorthSplitting = (range: OpenRange) =>
    range.after !== null && !range.hasFailed && range.high - range.low >= 2 && expected(range) >= 2 * pageSize
  const chosen = new Set(
    open
      .filter(isWorthSplitting)
      .toSorted((one, other) => expected(other) - expected(one))
      .slice(0, Math.max(0, Math.min(count - open.length, count - splits)))
  )
  return {
    open: open.flatMap((range) => (chosen.has(range) ? halves(range) : [range])),
    splits: splits + chosen.size,
    width
  }
}

/** The newer half goes on after the last record read; the older half has not been begun. */
const halves = (range: OpenRange): ReadonlyArray<OpenRange> => {
  const middle = Math.floor((range.low + range.high) / 2)
  return [
    { ...range, from: middle, low: middle },
    { ...range, to: middle, high: middle, after: null }
  ]
}

/**
 * The walk. A page that could not be read costs the others nothing: theirs are returned and that range is asked again by the
 * next step; the step fails when it fails twice in a row, or when no range could be read. A range whose `after` the provider no
 * longer knows (`PositionExpired`: that record was deleted meanwhile) goes on from the oldest time it has seen. Fails with
 * `Transient` when a page does not advance.
 */
export const ranges = <Item, R>(options: {
  readonly span: Effect.Effect<Span, ConnectorError, R>
  /** Ranges read side by side. */
  readonly count: number
  /** Records of a full page. */
  readonly pageSize: number
  readonly page: (range: Range) => Effect.Effect<RangePage<Item>, ConnectorError, R>
}): Walk<Item, Complete, R> => {
  const { span, count, pageSize, page } = options
  const readOnce = (range: OpenRange) =>
    Effect.map(
      Effect.flatMap(page(range), (read) => advancing<Item, RangePage<Item>>(range.after, read)),
      (page) => ({ page, left: advance(range, page) })
    )
  const read = (range: OpenRange) =>
    readOnce(range).pipe(
      Effect.catchReason("ConnectorError", "PositionExpired", (_, error) =>
        range.after === null ? Effect.fail(error) : readOnce({ ...range, after: null, to: range.high })
      ),
      Effect.result,
      Effect.map((answer) => ({ range, answer }))
    )
  return make<State, Item, Complete, R>({
    position: State,
    start: Effect.map(span, (span) => ({ open: cut(span, count), splits: 0, width: span.to - span.from })),
    progress: ({ open, width }) =>
      1 - open.reduce((unread, { low, high }) => unread + high - low, 0) / Math.max(1, width),
    read: Effect.fn("Ranges.read")(function* ({ open, splits, width }) {
      const answers = yield* Effect.forEach(open, read, { concurrency: "unbounded" })
      const isHopeless = answers.every(({ answer }) => Result.isFailure(answer))
      const items: Array<Item> = []
      const left: Array<OpenRange> = []
      for (const { range, answer } of answers) {
        if (Result.isSuccess(answer)) {
          for (const item of answer.success.page.items) items.push(item)
          if (answer.success.left !== null) left.push(answer.success.left)
        } else if (isHopeless || range.hasFailed) {
          return yield* answer.failure
        } else {
          left.push({ ...range, hasFailed: true })
        }
      }
      const next: Next<State, Complete> =
        left.length === 0
          ? { end: () => complete }
          : { more: rebalance({ open: left, splits, width }, count, pageSize) }
      return { items, next }
    })
  })
}
