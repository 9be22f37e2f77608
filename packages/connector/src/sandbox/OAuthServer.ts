/** A provider's authorization server: consent by redirect, codes bound to PKCE, access tokens that end, refresh tokens that rotate. */
import { Clock, Effect } from "effect"
import { createHash } from "node:crypto"
import { Dropped, type Handler, json, type Reply } from "./Wire.ts"

export interface Options {
  readonly clientId: string
  readonly clientSecret: string
  /** How long an access token lives; 30 minutes unless said. */
  readonly lifetimeMs?: number
  /** Whether a refresh gives another refresh token, after which the one before is spent. */
  readonly rotates?: boolean
  /** How long a spent refresh token gives the same answer again; 0 unless said. */
  readonly graceMs?: number
}

export interface OAuthServer {
  /** `GET /authorize` consents at once and redirects; `POST /token` grants. */
  readonly handler: Handler
  /** Whether a provider's stand-in lets this access token in. */
  readonly isValid: (token: string) => Effect.Effect<boolean>
  /** Grants without a browser, as if a person had consented. */
  readonly grant: Effect.Effect<{ readonly access: string; readonly refresh: string }>
  /** From now on every access token is expired. */
  readonly expireAll: Effect.Effect<void>
  /** From now on nothing that was granted is of use. */
  readonly revokeAll: Effect.Effect<void>
  /** The next refresh is carried out, and its answer lost. */
  readonly loseNext: Effect.Effect<void>
  /** How often each refresh token was spent: sent in a request that reached us. */
  readonly spends: Effect.Effect<ReadonlyMap<string, number>>
}

interface Spent {
  readonly atMs: number
  readonly answer: Reply
}

/** Its state lives as long as it does; tokens are counted, so that a test can name them. */
export const make = (options: Options): OAuthServer => {
  const { graceMs = 0, lifetimeMs = 1_800_000, rotates = true } = options
  const expiries = new Map<string, number>()
  const refreshes = new Set<string>()
  const spent = new Map<string, Spent>()
  const codes = new Map<string, { readonly challenge: string; readonly redirectUri: string }>()
  const spends = new Map<string, number>()
  let count = 0
  let isLosing = false

  const granted = (nowMs: number, refresh: string): Reply => {
    const access = `at_${++count}`
    expiries.set(access, nowMs + lifetimeMs)
    refreshes.add(refresh)
    const body = { access_token: access, refresh_token: refresh, expires_in: lifetimeMs / 1000, token_type: "Bearer" }
    return json(200, JSON.stringify(body))
  }

  const refused = (error: string): Reply => json(400, JSON.stringify({ error }))

  const refresh = (token: string, nowMs: number): Reply => {
    spends.set(token, (spends.get(token) ?? 0) + 1)
    const before = spent.get(token)
    if (before !== undefined && nowMs - before.atMs <= graceMs) return before.answer
    if (!refreshes.has(token)) return refused("invalid_grant")
    if (!rotates) return granted(nowMs, token)
    refreshes.delete(token)
    const answer = granted(nowMs, `rt_${++count}`)
    spent.set(token, { atMs: nowMs, answer })
    return answer
  }

  const exchange = (fields: URLSearchParams, nowMs: number): Reply => {
    const code = fields.get("code") ?? ""
    const begun = codes.get(code)
    codes.delete(code)
    const challenge = createHash("sha256")
      .update(fields.get("code_verifier") ?? "")
      .digest("base64url")
    return begun === undefined || begun.challenge !== challenge || begun.redirectUri !== fields.get("redirect_uri")
      ? refused("invalid_grant")
      : granted(nowMs, `rt_${++count}`)
  }

  const authorize = (query: URLSearchParams): Reply => {
    const redirectUri = query.get("redirect_uri") ?? ""
    const code = `code_${++count}`
    codes.set(code, { challenge: query.get("code_challenge") ?? "", redirectUri })
    const target = new URL(redirectUri)
    target.searchParams.set("code", code)
    target.searchParams.set("state", query.get("state") ?? "")
    return { status: 302, headers: { Location: target.href }, body: "" }
  }

  const isClient = (fields: URLSearchParams, authorization: string | undefined): boolean => {
    const pair = `${options.clientId}:${options.clientSecret}`
    return (
      authorization === `Basic ${Buffer.from(pair, "utf8").toString("base64")}` ||
      (fields.get("client_id") === options.clientId && fields.get("client_secret") === options.clientSecret)
    )
  }

  const handler: Handler = Effect.fnUntraced(function* ({ body, headers, method, path, query }) {
    const nowMs = yield* Clock.currentTimeMillis
    if (method === "GET" && path === "/authorize") return authorize(new URLSearchParams(query))
    if (method !== "POST" || path !== "/token") return json(404, "{}")
    const fields = new URLSearchParams(body)
    if (!isClient(fields, headers["authorization"])) return json(401, JSON.stringify({ error: "invalid_client" }))
    if (fields.get("grant_type") === "authorization_code") return exchange(fields, nowMs)
    const answer = refresh(fields.get("refresh_token") ?? "", nowMs)
    if (!isLosing) return answer
    isLosing = false
    return yield* new Dropped({ detail: "the answer was lost" })
  })

  return {
    handler,
    isValid: (token) => Effect.map(Clock.currentTimeMillis, (nowMs) => (expiries.get(token) ?? 0) > nowMs),
    grant: Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const token = `rt_${++count}`
      granted(nowMs, token)
      return { access: `at_${count}`, refresh: token }
    }),
    expireAll: Effect.sync(() => {
      for (const token of expiries.keys()) expiries.set(token, 0)
    }),
    revokeAll: Effect.sync(() => {
      expiries.clear()
      refreshes.clear()
      spent.clear()
    }),
    loseNext: Effect.sync(() => {
      isLosing = true
    }),
    spends: Effect.sync(() => new Map(spends))
  }
}
