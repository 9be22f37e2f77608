/**
 * Chance from a seed: one number decides a whole history, and each part of the world draws from a stream of its own, so that a user's
 * step left out does not move every fault after it.
 *
 * sfc32, seeded through splitmix32: 32-bit arithmetic only, the same numbers on every machine.
 */

/** A stream of chance. Drawing changes it. */
export interface Stream {
  /** In [0, 1), with 32 bits. */
  readonly next: () => number
  /** An integer in [0, bound). */
  readonly below: (bound: number) => number
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  /** One of the values; the list must not be empty. */
  readonly pick: <A>(values: ReadonlyArray<A>) => A
  /** A stream of its own, that depends on this stream's seed and the name alone, not on what was drawn before. */
  readonly split: (name: string) => Stream
}

/** The streams of one history. */
export interface Streams {
  /** Which process, statement or timer is next. */
  readonly scheduling: Stream
  /** What goes wrong, and when. */
  readonly faults: Stream
  /** What users do, and what the systems hold before them. */
  readonly workload: Stream
}

export const streams = (seed: number): Streams => {
  const root = stream(seed >>> 0)
  return { scheduling: root.split("scheduling"), faults: root.split("faults"), workload: root.split("workload") }
}

export const stream = (seed: number): Stream => {
  const next = sfc32(seed)
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (values) => {
      for (const value of values.slice(below(values.length))) return value
      throw new Error("pick was given no values to pick from: give it one at least")
    },
    split: (name) => stream(hash(name, seed))
  }
}

/** FNV-1a over the name, begun at the seed. */
const hash = (name: string, seed: number): number => {
  let state = (2_166_136_261 ^ seed) >>> 0
  for (let at = 0; at < name.length; at += 1) {
    state = Math.imul(state ^ name.charCodeAt(at), 16_777_619) >>> 0
  }
  return splitmix32(state)()
}

const splitmix32 = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e_37_79_b9) >>> 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21_f0_aa_ad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x73_5a_2d_97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
}

const sfc32 = (seed: number): (() => number) => {
  const word = splitmix32(seed)
  let [a, b, c, counter] = [word(), word(), word(), 1]
  return () => {
    const sum = (a + b + counter) >>> 0
    counter = (counter + 1) >>> 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) >>> 0
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0
    return sum / 4_294_967_296
  }
}
