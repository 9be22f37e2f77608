/** What a provider remembers of requests that carried an idempotency key. */
import type { Reply } from "./Wire.ts"

/** An answered request, as it is kept. */
export interface Kept {
  readonly key: string
  /** Of what must be the same for the answer to be repeated: method, path and decoded parameters. */
  readonly fingerprint: string
  readonly atMs: number
  readonly reply: Reply
}

export type Verdict =
  /** New here, and from now on in use until `finish` or `abandon`. */
  | { readonly _tag: "First" }
  | { readonly _tag: "InUse" }
  /** Known with another fingerprint. */
  | { readonly _tag: "Differs" }
  | { readonly _tag: "Replay"; readonly reply: Reply }

export interface Idempotency {
  readonly begin: (key: string, fingerprint: string, nowMs: number) => Verdict
  /** Keeps the answer. Also loads what an earlier process kept. */
  readonly finish: (kept: Kept) => void
  /** The request ended without an answer worth keeping; the key is free again. */
  readonly abandon: (key: string) => void
}

/** Keys are pruned `keptMs` after their answer; then the same key is new. */
export const make = (keptMs: number): Idempotency => {
  const kept = new Map<string, Kept>()
  const inUse = new Map<string, string>()

  const prune = (nowMs: number): void => {
    for (const [key, { atMs }] of kept) {
      if (nowMs - atMs < keptMs) return // oldest first, so the rest is younger
      kept.delete(key)
    }
  }

  return {
    begin: (key, fingerprint, nowMs) => {
      prune(nowMs)
      const known = kept.get(key)?.fingerprint ?? inUse.get(key)
      if (known !== undefined && known !== fingerprint) return { _tag: "Differs" }
      if (inUse.has(key)) return { _tag: "InUse" }
      const answered = kept.get(key)
      if (answered !== undefined) return { _tag: "Replay", reply: answered.reply }
      inUse.set(key, fingerprint)
      return { _tag: "First" }
    },
    finish: (answered) => {
      inUse.delete(answered.key)
      kept.set(answered.key, answered)
    },
    abandon: (key) => {
      inUse.delete(key)
    }
  }
}
