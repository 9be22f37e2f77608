/** Pages by cursor over positions: 0 is the oldest record, and lists show the newest first. */

export interface Range {
  /** The oldest position that may be shown. */
  readonly low: number
  /** One above the newest position that may be shown. */
  readonly high: number
}

export interface Slice {
  /** Newest first. */
  readonly positions: ReadonlyArray<number>
  readonly hasMore: boolean
}

/** The newest `limit` positions of the range that are shown; more remain when an older one is shown too. */
export const newest = ({ low, high }: Range, limit: number, isShown: (position: number) => boolean): Slice => {
  const positions: Array<number> = []
  for (let position = high - 1; position >= low; position -= 1) {
    if (!isShown(position)) continue
    if (positions.length === limit) return { positions, hasMore: true }
    positions.push(position)
  }
  return { positions, hasMore: false }
}

/** The oldest `limit` positions of the range that are shown: the page just before a cursor. Still newest first. */
export const oldest = ({ low, high }: Range, limit: number, isShown: (position: number) => boolean): Slice => {
  const positions: Array<number> = []
  for (let position = low; position < high; position += 1) {
    if (!isShown(position)) continue
    if (positions.length === limit) return { positions: positions.reverse(), hasMore: true }
    positions.push(position)
  }
  return { positions: positions.reverse(), hasMore: false }
}

/** The first position below `size` whose value is at least `least`. Values never fall from one position to the next. */
export const firstAtLeast = (size: number, valueAt: (position: number) => number, least: number): number => {
  let low = 0
  let high = size
  while (low < high) {
    const middle = (low + high) >>> 1
    if (valueAt(middle) < least) low = middle + 1
    else high = middle
  }
  return low
}
