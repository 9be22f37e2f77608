/**
 * The tokens of a simulated provider: what a person consents to, access tokens that end soon, and refresh tokens.
 *
 * Each answer gives a pair. Where refresh tokens rotate, a refresh spends the one it came with; for a while, if the provider says so, the
 * spent one is answered the same again. A spent one that comes later is taken for stolen: all that came of the same consent is void.
 */
import { Schema } from "effect"
import { createHash } from "node:crypto"
import type { WireRequest } from "../Fate.ts"
import type { Stream } from "../Seed.ts"

/** What the provider's documentation says of them. */
export interface TokenHabits {
  readonly lifetimeMs: number
  readonly rotates: boolean
  /** How long a spent refresh token is answered the same again. */
  readonly graceMs: number
}

/** Hardly longer than a refresh that is taken over, or long enough for any. */
const graces = [90_000, 1_800_000]

export const draw = (chance: Stream): TokenHabits => ({
  lifetimeMs: 1000 * (5 + chance.below(36)),
  ...chance.pick([
    { rotates: false, graceMs: 0 },
    { rotates: true, graceMs: 0 },
    { rotates: true, graceMs: chance.pick(graces) }
  ])
})

/** What a request for tokens came to. */
export interface Granted {
  readonly status: number
  readonly body: unknown
  /** The pair whose refresh token came, by its number. */
  readonly spent: number | null
  /** The pair that the answer holds. */
  readonly granted: number | null
  /** What came had been spent before, and is not answered any more. */
  readonly isReuse: boolean
}

export interface Grants {
  /** A person who was sent to this address consents; answers what he comes back with. */
  readonly consent: (url: string) => URLSearchParams
  readonly ask: (request: WireRequest, nowMs: number) => Granted
  /** The pair whose access token this request has, whether or not it has ended. */
  readonly entered: (request: WireRequest) => number | null
  readonly isGood: (pair: number, nowMs: number) => boolean
}

interface Pair {
  readonly n: number
  readonly consent: string
  readonly endsAtMs: number
  /** When its refresh token came, and the pair that it was exchanged for. */
  spent: { readonly atMs: number; readonly next: number } | null
}

const refused = (error: string, spent: number | null = null, isReuse = false): Granted => ({
  status: 400,
  body: { error },
  spent,
  granted: null,
  isReuse
})

const numberIn = (text: string, kind: "access" | "refresh", name: string): number | null => {
  const before = `${name}-${kind}-`
  return text.startsWith(before) ? Number(text.slice(before.length)) : null
}

const parameters = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.String)))

/** `secret` is the app's. */
export const make = (name: string, { graceMs, lifetimeMs, rotates }: TokenHabits, secret: string): Grants => {
  const pairs: Array<Pair> = []
  /** Codes that were not exchanged yet, and the challenges that they were asked for with. */
  const codes = new Map<string, string>()
  const voided = new Set<string>()
  let consents = 0

  const give = (n: number, spent: number | null, refreshOf: number): Granted => ({
    status: 200,
    body: {
      access_token: `${name}-access-${n}`,
      refresh_token: `${name}-refresh-${refreshOf}`,
      expires_in: lifetimeMs / 1000,
      token_type: "Bearer"
    },
    spent,
    granted: n,
    isReuse: false
  })

  const add = (consent: string, nowMs: number): number => {
    pairs.push({ n: pairs.length, consent, endsAtMs: nowMs + lifetimeMs, spent: null })
    return pairs.length - 1
  }

  const refresh = (token: string, nowMs: number): Granted => {
    const n = numberIn(token, "refresh", name)
    const pair = n === null ? undefined : pairs[n]
    if (pair === undefined || voided.has(pair.consent)) return refused("invalid_grant", n)
    if (!rotates) return give(add(pair.consent, nowMs), pair.n, pair.n)
    if (pair.spent !== null && nowMs - pair.spent.atMs <= graceMs) return give(pair.spent.next, pair.n, pair.spent.next)
    if (pair.spent !== null) {
      voided.add(pair.consent)
      return refused("invalid_grant", pair.n, true)
    }
    const next = add(pair.consent, nowMs)
    pair.spent = { atMs: nowMs, next }
    return give(next, pair.n, next)
  }

  const exchange = (code: string, verifier: string, nowMs: number): Granted => {
    const challenge = codes.get(code)
    codes.delete(code)
    if (challenge !== createHash("sha256").update(verifier).digest("base64url")) return refused("invalid_grant")
    const n = add(code, nowMs)
    return give(n, null, n)
  }

  return {
    consent: (url) => {
      const asked = new URL(url).searchParams
      const code = `${name}-consent-${++consents}`
      codes.set(code, asked.get("code_challenge") ?? "")
      return new URLSearchParams({ code, state: asked.get("state") ?? "" })
    },
    ask: ({ text }, nowMs) => {
      const sent = parameters(text)
      const asked = sent._tag === "Some" ? sent.value : {}
      if (asked["client_secret"] !== secret) return refused("invalid_client")
      return asked["grant_type"] === "refresh_token"
        ? refresh(asked["refresh_token"] ?? "", nowMs)
        : exchange(asked["code"] ?? "", asked["code_verifier"] ?? "", nowMs)
    },
    entered: ({ headers }) => numberIn((headers["authorization"] ?? "").replace(/^Bearer /, ""), "access", name),
    isGood: (n, nowMs) => {
      const pair = pairs[n]
      return pair !== undefined && !voided.has(pair.consent) && pair.endsAtMs > nowMs
    }
  }
}
