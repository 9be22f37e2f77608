/** A provider's authorization server: consent by redirect, codes bound to PKCE, access tokens that end, refresh tokens that rotate. */
import type { Fields } from "@syncline/core"
import { Clock, Effect } from "effect"
import { createHash } from "node:crypto"
import { Dropped, type Handler, json, type Reply } from "./Wire.ts"

export interface Options {
  readonly clientId: string
  readonly clientSecret: string
  /** `/authorize` and `/token` unless said. */
  readonly authorizePath?: string
  readonly tokenPaths?: ReadonlyArray<string>
  /** How long an access token lives; 30 minutes unless said. */
  readonly lifetimeMs?: number
  /** Whether a refresh gives another refresh token, after which the one before is spent. */
  readonly rotates?: boolean
  /** How long a spent refresh token gives the same answer again; 0 unless said. */
  readonly graceMs?: number
  /** That time ends as soon as a token of the answer is used. */
  readonly graceEndsWithUse?: boolean
  /** What a grant says beside the standard's words. */
  readonly more?: Fields
  /** Whether this request for tokens is answered by one that never ends and is never refreshed. */
  readonly isEndless?: (asked: URLSearchParams) => boolean
  /** What a person is sent back with, where the provider says more than the standard. */
  readonly returns?: (query: URLSearchParams, nowMs: number) => URLSearchParams
  /** How the provider words a refusal; as the standard does unless said. */
  readonly refuse?: (error: string) => Reply
  /** The provider's time. */
  readonly nowMs?: Effect.Effect<number>
}

export interface OAuthServer {
  /** `GET /authorize` consents at once and redirects; `POST /token` grants. */
  readonly handler: Handler
  /** Whether this path is the server's. */
  readonly serves: (path: string) => boolean
  /** Whether a provider's stand-in lets this access token in at this time. Letting it in is use of it. */
  readonly accepts: (token: string, nowMs: number) => boolean
  /** The same now. */
  readonly isValid: (token: string) => Effect.Effect<boolean>
  /** What a person consented to when this access token came of it; null: everything, or nobody was asked. */
  readonly scopesOf: (token: string) => ReadonlyArray<string> | null
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

interface Access {
  readonly refresh: string
  readonly scopes: ReadonlyArray<string> | null
  expiresAtMs: number
}

interface Spent {
  readonly atMs: number
  readonly answer: Reply
  /** What it was exchanged for. */
  readonly refresh: string
}

interface Code {
  readonly challenge: string | null
  readonly redirectUri: string
  readonly scopes: ReadonlyArray<string> | null
}

/** Providers take forms or JSON. */
const fieldsOf = (body: string): URLSearchParams =>
  new URLSearchParams(body.startsWith("{") ? Object.entries(Object(JSON.parse(body))).map(pair) : body)
const pair = ([name, value]: readonly [string, unknown]): [string, string] => [name, String(value)]

/** Its state lives as long as it does; tokens are counted, so that a test can name them. */
export const make = (options: Options): OAuthServer => {
  const { authorizePath = "/authorize", tokenPaths = ["/token"] } = options
  const { graceEndsWithUse = false, graceMs = 0, lifetimeMs = 1_800_000, rotates = true } = options
  const nowMs = options.nowMs ?? Clock.currentTimeMillis
  const refused = options.refuse ?? ((error) => json(400, JSON.stringify({ error })))
  const accesses = new Map<string, Access>()
  /** Refresh tokens that are good, and what was consented to. */
  const refreshes = new Map<string, Access["scopes"]>()
  const spent = new Map<string, Spent>()
  const used = new Set<string>()
  const codes = new Map<string, Code>()
  const spends = new Map<string, number>()
  let count = 0
  let isLosing = false

  const granted = (atMs: number, refresh: string, scopes: Access["scopes"]): Reply => {
    const access = `at_${++count}`
    accesses.set(access, { refresh, scopes, expiresAtMs: atMs + lifetimeMs })
    refreshes.set(refresh, scopes)
    return json(
      200,
      JSON.stringify({
        access_token: access,
        refresh_token: refresh,
        expires_in: lifetimeMs / 1000,
        token_type: "Bearer",
        ...(scopes !== null && { scope: scopes.join(" ") }),
        ...options.more
      })
    )
  }

  const endless = (scopes: Access["scopes"]): Reply => {
    const access = `at_${++count}`
    accesses.set(access, { refresh: "", scopes, expiresAtMs: Number.POSITIVE_INFINITY })
    return json(200, JSON.stringify({ access_token: access, ...(scopes !== null && { scope: scopes.join(",") }) }))
  }

  const refresh = (token: string, atMs: number): Reply => {
    spends.set(token, (spends.get(token) ?? 0) + 1)
    const before = spent.get(token)
    if (before !== undefined && atMs - before.atMs <= graceMs && !(graceEndsWithUse && used.has(before.refresh)))
      return before.answer
    const scopes = refreshes.get(token)
    if (scopes === undefined) return refused("invalid_grant")
    used.add(token)
    if (!rotates) return granted(atMs, token, scopes)
    refreshes.delete(token)
    const next = `rt_${++count}`
    const answer = granted(atMs, next, scopes)
    spent.set(token, { atMs, answer, refresh: next })
    return answer
  }

  const exchange = (fields: URLSearchParams, atMs: number): Reply => {
    const code = fields.get("code") ?? ""
    const begun = codes.get(code)
    codes.delete(code)
    const challenge = createHash("sha256")
      .update(fields.get("code_verifier") ?? "")
      .digest("base64url")
    if (
      begun === undefined ||
      (begun.challenge !== null && begun.challenge !== challenge) ||
      begun.redirectUri !== (fields.get("redirect_uri") ?? begun.redirectUri)
    )
      return refused("invalid_grant")
    return options.isEndless?.(fields) === true ? endless(begun.scopes) : granted(atMs, `rt_${++count}`, begun.scopes)
  }

  const authorize = (query: URLSearchParams, atMs: number): Reply => {
    const redirectUri = query.get("redirect_uri") ?? ""
    const code = `code_${++count}`
    const scopes = (query.get("scope") ?? "").split(/[ ,]+/).filter((scope) => scope !== "")
    codes.set(code, {
      challenge: query.get("code_challenge"),
      redirectUri,
      scopes: scopes.length === 0 ? null : scopes
    })
    const target = new URL(redirectUri)
    target.searchParams.set("code", code)
    target.searchParams.set("state", query.get("state") ?? "")
    target.search = (options.returns?.(target.searchParams, atMs) ?? target.searchParams).toString()
    return { status: 302, headers: { Location: target.href }, body: "" }
  }

  const isClient = (fields: URLSearchParams, authorization: string | undefined): boolean => {
    const pair = `${options.clientId}:${options.clientSecret}`
    return (
      authorization === `Basic ${Buffer.from(pair, "utf8").toString("base64")}` ||
      (fields.get("client_id") === options.clientId && fields.get("client_secret") === options.clientSecret)
    )
  }

  const accepts: OAuthServer["accepts"] = (token, atMs) => {
    const access = accesses.get(token)
    if (access === undefined || access.expiresAtMs <= atMs) return false
    used.add(access.refresh)
    return true
  }

  const handler: Handler = Effect.fnUntraced(function* ({ body, headers, method, path, query }) {
    const atMs = yield* nowMs
    if (method === "GET" && path === authorizePath) return authorize(new URLSearchParams(query), atMs)
    if (method !== "POST" || !tokenPaths.includes(path)) return json(404, "{}")
    const fields = fieldsOf(body)
    if (!isClient(fields, headers["authorization"])) return json(401, JSON.stringify({ error: "invalid_client" }))
    if (fields.get("grant_type") === "authorization_code") return exchange(fields, atMs)
    const answer = refresh(fields.get("refresh_token") ?? "", atMs)
    if (!isLosing) return answer
    isLosing = false
    return yield* new Dropped({ detail: "the answer was lost" })
  })

  return {
    handler,
    serves: (path) => path === authorizePath || tokenPaths.includes(path),
    accepts,
    isValid: (token) => Effect.map(nowMs, (atMs) => accepts(token, atMs)),
    scopesOf: (token) => accesses.get(token)?.scopes ?? null,
    grant: Effect.map(nowMs, (atMs) => {
      const token = `rt_${++count}`
      granted(atMs, token, null)
      return { access: `at_${count}`, refresh: token }
    }),
    expireAll: Effect.sync(() => {
      for (const access of accesses.values()) access.expiresAtMs = 0
    }),
    revokeAll: Effect.sync(() => {
      accesses.clear()
      refreshes.clear()
      spent.clear()
    }),
    loseNext: Effect.sync(() => {
      isLosing = true
    }),
    spends: Effect.sync(() => new Map(spends))
  }
}
