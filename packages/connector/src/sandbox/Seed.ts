/** Invented data without randomness: everything is a pure function of a seed, a stream (the kind of record) and an index. */

/** Choices for one record. The same three numbers give the same choices in the same order. */
export class Draw {
  #state: number
  constructor(seed: number, stream: number, index: number) {
    this.#state = mix(mix(mix(seed ^ 0x9e3779b9) ^ stream) ^ index)
  }
  /** An integer from 0 up to, not including, `below`. */
  int(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    return Math.floor((mix(this.#state) / 0x1_0000_0000) * below)
  }
  /** Whether something that happens `percent` times in a hundred happens here. */
  chance(percent: number): boolean {
    return this.int(100) < percent
  }
  pick<A>(of: readonly [A, ...ReadonlyArray<A>]): A {
    return of[this.int(of.length)] ?? of[0]
  }
}

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
const mix = (value: number): number => {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const width = 5
const codes = digits.length ** width
// 1,000,003 has no factor in common with 62, so the multiplication has an inverse; products stay below 2^53.
const factor = 1_000_003
const inverse = 80_645_099

/** An id's tail that looks random and leads back to its index: five characters, for indexes below 916,132,832. */
export const code = (index: number): string => {
  let rest = (index * factor) % codes
  let text = ""
  for (let place = 0; place < width; place += 1) {
    text = `${digits[rest % digits.length]}${text}`
    rest = Math.floor(rest / digits.length)
  }
  return text
}

/** The index a code stands for, or -1 when it is no code. */
export const indexOfCode = (text: string): number => {
  if (text.length !== width) return -1
  let value = 0
  for (const digit of text) {
    const place = digits.indexOf(digit)
    if (place < 0) return -1
    value = value * digits.length + place
  }
  return Number((BigInt(value) * BigInt(inverse)) % BigInt(codes))
}
