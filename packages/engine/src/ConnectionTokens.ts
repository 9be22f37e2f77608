/**
 * The tokens of one connection, kept sealed and refreshed by whoever claims them.
 *
 * A claim is written before a refresh is sent, and its answer is stored before it is used; so whatever dies in between, no refresh
 * token is sent twice unless its provider takes it twice.
 */
import { HttpClient, type HttpLayer, OAuth2, Transient, Unauthorized } from "@syncline/connector"
import type { ConnectionName, TenantId } from "@syncline/core"
import { Credentials, Entropy } from "@syncline/store"
import { Clock, Effect, Option, Redacted, Schema, Semaphore } from "effect"
import * as StoredConfig from "./StoredConfig.ts"

const Kept = Schema.fromJsonString(
  Schema.Struct({
    access: Schema.String,
    refresh: Schema.NullOr(Schema.String),
    /** Of tokens kept by an older version it is not known: they live until they are refused. */
    renewAtMs: Schema.NullOr(Schema.Finite).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null)))
  })
)
const decode = Schema.decodeEffect(Kept)
const encode = Schema.encodeSync(Kept)

/** As they are kept. */
export const sealedForm = ({ access, refresh, renewAtMs }: OAuth2.Tokens): Redacted.Redacted =>
  Redacted.make(
    encode({ access: Redacted.value(access), refresh: refresh === null ? null : Redacted.value(refresh), renewAtMs }),
    { label: "tokens" }
  )

interface Versioned extends OAuth2.Tokens {
  readonly version: number
}

/** Longer than a refresh may take. */
const staleMs = 45_000
/** How often it is looked whether another process has the answer, and for how long. */
const lookEveryMs = 200
const patienceMs = 60_000

type Refused = Unauthorized | Transient

/** The tokens of a connection, for its calls. */
export const source = Effect.fn("ConnectionTokens.source")(function* (
  tenant: TenantId,
  connection: ConnectionName,
  auth: OAuth2.OAuth2
): Effect.fn.Return<HttpLayer.TokenSource, never, Credentials.Credentials | HttpLayer.Transport> {
  const credentials = yield* Credentials.Credentials
  const transport = yield* HttpClient.Transport
  const { bytes } = yield* Entropy.Entropy
  const by = Buffer.from(yield* bytes(12)).toString("base64url")
  const lock = yield* Semaphore.make(1)
  const anew = `connect it anew with: syncline connections connect ${connection}`
  let known: Versioned | null = null

  const unreachable = ({ message }: { readonly message: string }) => new Transient({ detail: message })

  const read = Effect.gen(function* (): Effect.fn.Return<Versioned, Refused> {
    const found = yield* Effect.mapError(credentials.get(tenant, connection, StoredConfig.tokens), unreachable)
    if (Option.isNone(found)) return yield* new Unauthorized({ detail: `nobody has connected it yet; ${anew}` })
    const { value, version } = found.value
    const kept = yield* Effect.orDie(decode(Redacted.value(value)))
    const tokens: Versioned = {
      access: Redacted.make(kept.access, { label: "access token" }),
      refresh: kept.refresh === null ? null : Redacted.make(kept.refresh, { label: "refresh token" }),
      renewAtMs: kept.renewAtMs,
      version
    }
    known = tokens
    return tokens
  })

  const isGood = ({ access, renewAtMs }: OAuth2.Tokens, refused: Redacted.Redacted | null, nowMs: number) =>
    (refused === null || Redacted.value(refused) !== Redacted.value(access)) &&
    (renewAtMs === null || renewAtMs > nowMs)

  const lost = new Unauthorized({
    detail: `a refresh of its token was sent and the answer was lost, and the provider takes a refresh token only once; ${anew}`
  })

  /** Until somebody's answer is there, ours or another's. */
  const renew = Effect.fnUntraced(function* (
    refused: Redacted.Redacted | null
  ): Effect.fn.Return<Redacted.Redacted, Refused> {
    const giveUpAtMs = (yield* Clock.currentTimeMillis) + patienceMs
    while (true) {
      const tokens = yield* read
      const nowMs = yield* Clock.currentTimeMillis
      if (isGood(tokens, refused, nowMs)) return tokens.access
      if (nowMs > giveUpAtMs) return yield* new Transient({ detail: "another process is refreshing its token" })
      if (tokens.refresh === null)
        return yield* new Unauthorized({
          detail: `its token has ended, and there is none left to refresh it with; ${anew}`
        })
      const claim = { version: tokens.version, by, staleMs }
      const claimed = yield* Effect.mapError(
        credentials.claim(tenant, connection, StoredConfig.tokens, claim),
        unreachable
      )
      if (Option.isNone(claimed)) yield* Effect.sleep(lookEveryMs)
      else {
        // Used whenever it ends: a provider whose tokens end sooner than they come would be asked for ever.
        const access = yield* spend({ ...tokens, refresh: tokens.refresh }, claimed.value.sentMsAgo, nowMs)
        if (access !== null) return access
      }
    }
  })

  /** May a refresh token be sent that was perhaps sent before, at `sinceMs`? It may take a while to get there. */
  const mayRepeat = (sinceMs: number, nowMs: number): boolean =>
    !auth.refresh.rotates || nowMs - sinceMs + OAuth2.timeoutMs < auth.refresh.graceMs

  /** Null: somebody else has changed what is kept meanwhile. */
  const spend = Effect.fnUntraced(function* (
    tokens: Versioned & { readonly refresh: Redacted.Redacted },
    sentMsAgo: number | null,
    nowMs: number
  ): Effect.fn.Return<Redacted.Redacted | null, Refused> {
    const { version } = tokens
    // By our clock, which the store's may differ from.
    const sentAtMs = nowMs - (sentMsAgo ?? 0)
    /** For every process and for good: whoever takes this over later must not believe that it was sent only now. */
    const giveUp = Effect.gen(function* (): Effect.fn.Return<never, Refused> {
      const next = { version, by, value: sealedForm({ ...tokens, refresh: null }) }
      yield* Effect.mapError(credentials.replace(tenant, connection, StoredConfig.tokens, next), unreachable)
      return yield* lost
    })
    if (sentMsAgo !== null && !mayRepeat(sentAtMs, nowMs)) return yield* giveUp
    let isInDoubt = sentMsAgo !== null
    const answer = yield* Effect.result(
      OAuth2.refresh(transport, auth, tokens.refresh).pipe(
        Effect.tapError(({ kind }) => Effect.sync(() => void (isInDoubt ||= kind === "lost"))),
        Effect.retry({
          times: 2,
          while: ({ kind }) =>
            kind === "lost"
              ? Effect.map(Clock.currentTimeMillis, (at) => mayRepeat(sentAtMs, at))
              : Effect.succeed(kind === "not sent")
        })
      )
    )
    if (answer._tag === "Success") {
      const next = { version, by, value: sealedForm(answer.success) }
      const isKept = yield* Effect.mapError(
        credentials.replace(tenant, connection, StoredConfig.tokens, next),
        unreachable
      )
      if (!isKept) return null
      known = { ...answer.success, version: version + 1 }
      return known.access
    }
    const { detail, kind } = answer.failure
    // The claim stays: whoever comes next knows that it was sent.
    if (kind === "lost") return yield* mayRepeat(sentAtMs, nowMs) ? new Transient({ detail }) : giveUp
    const claim = { version, by, isInDoubt }
    yield* Effect.mapError(credentials.release(tenant, connection, StoredConfig.tokens, claim), unreachable)
    if (kind === "not sent") return yield* new Transient({ detail })
    // Somebody may have refreshed meanwhile; then the refusal is of the old one.
    const now = yield* read
    if (now.version === version)
      return yield* new Unauthorized({ detail: `the provider has withdrawn its consent, ${detail}; ${anew}` })
    return null
  })

  return {
    current: Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      if (known !== null && isGood(known, null, nowMs)) return known.access
      return yield* lock.withPermits(1)(renew(null))
    }),
    renewed: (refused) => lock.withPermits(1)(renew(refused))
  }
})
