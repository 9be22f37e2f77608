/**
 * A provider's records of one kind: seeded ones, made when looked at, and what was created, edited or removed since.
 *
 * Memory grows with the changes, not with the seed, so an account of a million records costs nothing to open.
 */

/** Records that are a pure function of their index, oldest first. */
export interface Seeded<A> {
  readonly size: number
  readonly at: (index: number) => A
  /** The index behind an id, or -1. May answer an index beyond `size`. */
  readonly indexOf: (id: string) => number
  /** Never falls from one index to the next: it is what lists are ordered by. */
  readonly instantAt: (index: number) => number
  /** Records that were removed before the account was opened; how many lie below `size` is `removedCount`. */
  readonly isRemoved: (index: number) => boolean
  readonly removedCount: number
}

export interface Records<A> {
  /** Positions are 0 to size - 1, oldest first; removed records keep theirs. */
  readonly size: () => number
  /** How many are not removed. */
  readonly count: () => number
  /** -1 for an id that never was. */
  readonly positionOf: (id: string) => number
  readonly instantAt: (position: number) => number
  /** Undefined where the record was removed. */
  readonly at: (position: number) => A | undefined
  readonly isLive: (position: number) => boolean
  readonly get: (id: string) => A | undefined
  /** The record as UTF-8 text, from a bounded cache where possible. The bytes are not to be changed. */
  readonly bytesAt: (position: number) => Uint8Array
  /** Adds a record, or replaces the one of that id. `instant` counts only for a new one, and may not precede the last. */
  readonly put: (id: string, record: A, instant: number) => void
  readonly remove: (id: string) => void
}

export const make = <A>(options: {
  readonly seeded: Seeded<A>
  readonly text: (record: A) => string
  /** How many texts are kept; each is about as large as the record on the wire. */
  readonly cachedTexts: number
}): Records<A> => {
  const { seeded } = options
  const changed = new Map<number, A | null>() // null: removed
  const positionsById = new Map<string, number>()
  const instants: Array<number> = []
  const texts = cache(options.cachedTexts)
  let live = seeded.size - seeded.removedCount

  const at = (position: number): A | undefined => {
    const change = changed.get(position)
    if (change !== undefined) return change ?? undefined
    if (position < 0 || position >= seeded.size || seeded.isRemoved(position)) return undefined
    return seeded.at(position)
  }
  const positionOf = (id: string): number => {
    const index = seeded.indexOf(id)
    return index >= 0 && index < seeded.size ? index : (positionsById.get(id) ?? -1)
  }
  const isLive = (position: number): boolean => {
    const change = changed.get(position)
    return change === undefined
      ? position >= 0 && position < seeded.size && !seeded.isRemoved(position)
      : change !== null
  }

  return {
    size: () => seeded.size + instants.length,
    count: () => live,
    positionOf,
    instantAt: (position) =>
      position < seeded.size
        ? seeded.instantAt(position)
        : (instants[position - seeded.size] ?? Number.POSITIVE_INFINITY),
    at,
    isLive,
    get: (id) => at(positionOf(id)),
    bytesAt: (position) => {
      const known = texts.get(position)
      if (known !== undefined) return known
      const record = at(position)
      if (record === undefined) return nothing
      const bytes = Buffer.from(options.text(record))
      texts.set(position, bytes)
      return bytes
    },
    put: (id, record, instant) => {
      const known = positionOf(id)
      const position = known >= 0 ? known : seeded.size + instants.length
      if (known < 0) {
        positionsById.set(id, position)
        instants.push(instant)
      }
      if (!isLive(position)) live += 1
      changed.set(position, record)
      texts.delete(position)
    },
    remove: (id) => {
      const position = positionOf(id)
      if (!isLive(position)) return
      live -= 1
      changed.set(position, null)
      texts.delete(position)
    }
  }
}

const nothing = Buffer.from("null")

/** Two generations: when the young one is full, the old one goes. Keeps at most `size`, and hot entries longer than others. */
const cache = (size: number) => {
  const most = Math.max(1, Math.floor(size / 2))
  let young = new Map<number, Uint8Array>()
  let old = new Map<number, Uint8Array>()
  const set = (key: number, bytes: Uint8Array): void => {
    if (young.size >= most) {
      old = young
      young = new Map()
    }
    young.set(key, bytes)
  }
  return {
    get: (key: number): Uint8Array | undefined => {
      const bytes = young.get(key)
      if (bytes !== undefined) return bytes
      const kept = old.get(key)
      if (kept !== undefined) set(key, kept)
      return kept
    },
    set,
    delete: (key: number): void => {
      young.delete(key)
      old.delete(key)
    }
  }
}

/** No records before the account was opened. */
export const unseeded: Seeded<never> = {
  size: 0,
  at: (index) => {
    throw new RangeError(`there is no seeded record ${index}`)
  },
  indexOf: () => -1,
  instantAt: () => 0,
  isRemoved: () => false,
  removedCount: 0
}
