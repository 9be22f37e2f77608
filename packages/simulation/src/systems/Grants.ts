/**
 * The tokens of a simulated provider: a person's consent gives a code, a code gives tokens, and a refresh token gives the next ones, once.
 * It never forgets what it gave and what was brought to it.
 */
import type { Stream } from "../Seed.ts"

/** Tokens that were given. */
export interface Grant {
  readonly n: number
  readonly atMs: number
  readonly access: string
  readonly refresh: string
  readonly endsAtMs: number
}

/** A refresh token that was brought. */
export interface Spending {
  readonly atMs: number
  readonly refresh: string
  /** How often it had been brought before, and when first. */
  readonly before: number
  readonly firstAtMs: number
}

/** How tokens live, as the provider's documentation has it. */
export interface Terms {
  readonly livesMs: number
  /** For so long a spent refresh token gives the same tokens again. */
  readonly graceMs: number
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

const refusal: Answer = { status: 400, body: { error: "invalid_grant" } }

export class Grants {
  readonly given: Array<Grant> = []
  readonly spendings: Array<Spending> = []
  readonly terms: Terms
  readonly #name: string
  readonly #codes = new Set<string>()
  /** What a refresh token gave. */
  readonly #next = new Map<string, Grant>()

  constructor(name: string, terms: Terms) {
    this.#name = name
    this.terms = terms
  }

  /** A person consents. */
  consent(): string {
    const code = `code-${this.#name}-${this.#codes.size}`
    this.#codes.add(code)
    return code
  }

  /** The grant that an access token is of, if it was given at all. */
  of(access: string): Grant | undefined {
    return this.given.find((grant) => grant.access === access)
  }

  answer(form: URLSearchParams, nowMs: number): Answer {
    const code = form.get("code")
    if (form.get("grant_type") === "authorization_code" && code !== null)
      return this.#codes.has(code) ? this.#told(this.#give(nowMs), nowMs) : refusal
    return this.#refresh(form.get("refresh_token") ?? "", nowMs)
  }

  /** Only the newest is good. One that was spent gives the same again for a while, and nothing after that. */
  #refresh(refresh: string, nowMs: number): Answer {
    const earlier = this.spendings.filter((each) => each.refresh === refresh)
    const firstAtMs = earlier[0]?.atMs ?? nowMs
    this.spendings.push({ atMs: nowMs, refresh, before: earlier.length, firstAtMs })
    const next = this.#next.get(refresh)
    if (next !== undefined) return nowMs - firstAtMs < this.terms.graceMs ? this.#told(next, nowMs) : refusal
    if (this.given.at(-1)?.refresh !== refresh) return refusal
    const given = this.#give(nowMs)
    this.#next.set(refresh, given)
    return this.#told(given, nowMs)
  }

  #give(nowMs: number): Grant {
    const n = this.given.length
    const [access, refresh] = [`access-${this.#name}-${n}`, `refresh-${this.#name}-${n}`]
    const grant: Grant = { n, atMs: nowMs, access, refresh, endsAtMs: nowMs + this.terms.livesMs }
    this.given.push(grant)
    return grant
  }

  #told({ access, endsAtMs, refresh }: Grant, nowMs: number): Answer {
    const expires_in = Math.floor((endsAtMs - nowMs) / 1000)
    return { status: 200, body: { access_token: access, refresh_token: refresh, expires_in, token_type: "bearer" } }
  }
}

/** A token is renewed a minute before it ends, so those that live a little longer are renewed all the time. */
export const draw = (chance: Stream): Terms => ({
  livesMs: chance.pick([68_000, 75_000, 90_000]),
  graceMs: chance.pick([0, 0, 120_000])
})
