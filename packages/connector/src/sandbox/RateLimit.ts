/** A provider's limits on its own clock: so many calls a second, so many at once. */

/** A bucket that holds one second's worth of calls and refills steadily. */
export interface Bucket {
  /** Whether a call at this time is within the limit. A refused call takes nothing. */
  readonly take: (nowMs: number) => boolean
}

export const bucket = (perSecond: number): Bucket => {
  let left = perSecond
  let atMs = Number.NEGATIVE_INFINITY
  return {
    take: (nowMs) => {
      left = Math.min(perSecond, left + (Math.max(0, nowMs - atMs) * perSecond) / 1000)
      atMs = Math.max(atMs, nowMs)
      if (left < 1) return false
      left -= 1
      return true
    }
  }
}

/** One bucket per name, such as an endpoint; made when first asked for. */
export const buckets = (perSecond: number): { readonly take: (name: string, nowMs: number) => boolean } => {
  const byName = new Map<string, Bucket>()
  return {
    take: (name, nowMs) => {
      const known = byName.get(name) ?? bucket(perSecond)
      byName.set(name, known)
      return known.take(nowMs)
    }
  }
}

/** Calls in flight. `leave` is owed for each `enter` that said true. */
export interface Gate {
  readonly enter: () => boolean
  readonly leave: () => void
}

export const gate = (atOnce: number): Gate => {
  let inside = 0
  return {
    enter: () => {
      if (inside >= atOnce) return false
      inside += 1
      return true
    },
    leave: () => {
      inside -= 1
    }
  }
}
