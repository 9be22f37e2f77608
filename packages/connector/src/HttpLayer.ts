/** An `HttpRemote` brought to life: hosts, authentication, budgets, classification and retries beneath one `send`. */
import { Failure } from "@syncline/core"
import { Effect, Layer, Redacted, Result, type Schedule, Stream } from "effect"
import { isLoopback } from "./BaseUrl.ts"
import { ConnectorError, Forbidden, OutcomeUnknown, type Reason, Transient, Unauthorized } from "./ConnectorError.ts"
import * as ErrorCatalogue from "./ErrorCatalogue.ts"
import * as HttpClient from "./HttpClient.ts"
import * as RateBudget from "./RateBudget.ts"
import { always, MayCall } from "./Calling.ts"
import { type Auth, type Call, Http, type HttpRemote, type Reply } from "./Remote.ts"
import * as Rest from "./Rest.ts"

export type Transport = HttpClient.Transport

export interface Options {
  /** From sending a request to the last byte of its answer. Default 30 s. */
  readonly timeoutMs?: number
  /** Where a remote that is entered by OAuth2 gets its tokens. */
  readonly tokens?: TokenSource
}

/** The tokens of one connection. Fails with `Unauthorized`, which says what a person has to do, or with `Transient`. */
export interface TokenSource {
  readonly current: Effect.Effect<Redacted.Redacted, Unauthorized | Transient>
  /** Another than this one, which the provider has refused. */
  readonly renewed: (refused: Redacted.Redacted) => Effect.Effect<Redacted.Redacted, Unauthorized | Transient>
}

const defaultTimeoutMs = 30_000
const defaultConcurrent = 8
const maxRedirects = 3

/** The service of one connection, for what runs on that connection alone. */
export const layer = (remote: HttpRemote, options: Options = {}): Layer.Layer<Http, never, Transport> =>
  Layer.effect(
    Http,
    Effect.map(make(remote, options), ({ http }) => http)
  )

/**
 * One connection's `Http`, and how many requests it has sent so far, retries and redirects included. Nothing is sent until it is
 * used. A `Transient` or `RateLimited` answer is sent again as the policy of its class says; a longer pause than that policy
 * allows fails with `RateLimited`, so that the connection is suspended instead of a fiber.
 */
export const make = Effect.fn("HttpLayer.make")(function* (
  remote: HttpRemote,
  options: Options = {}
): Effect.fn.Return<{ readonly http: Http["Service"]; readonly calls: Effect.Effect<number> }, never, Transport> {
  const { auth } = remote
  const tokens = auth._tag === "OAuth2" ? (options.tokens ?? notConnected) : null
  const client = yield* HttpClient.Transport
  const gate = yield* RateBudget.gate(remote.budgets, remote.concurrent ?? defaultConcurrent)
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  const enter = entering(auth, tokens)
  let calls = 0

  /** Takes a turn of the budgets, sends, and follows redirects that stay among the declared hosts. */
  const exchange = Effect.fnUntraced(function* <
    A extends { readonly status: number; readonly headers: Reply["headers"] }
  >(
    call: Call,
    authorization: Authorization,
    sendTo: (request: HttpClient.Request) => Effect.Effect<A, HttpClient.TransportFailure>
  ): Effect.fn.Return<A, ConnectorError> {
    const fail = (reason: Reason) => new ConnectorError({ operation: Rest.operation(call), reason })
    let url = yield* Effect.mapError(Effect.fromResult(addressOf(remote, call)), fail)
    const mayCall = yield* MayCall
    for (let redirects = 0; ; redirects++) {
      const request = requestTo(url, call, remote, authorization)
      const answer = yield* gate
        .run(
          call.cost ?? 1,
          Effect.flatMap(mayCall, (isOurs) => {
            if (!isOurs) return Effect.fail(outOfOffice)
            calls++
            return mayCall === always ? sendTo(request) : Effect.raceFirst(sendTo(request), untilTaken(mayCall))
          })
        )
        .pipe(Effect.mapError((failure) => fail(reasonOf(failure, isWrite(call)))))
      const location = answer.headers["location"]
      if (isWrite(call) || !isRedirect(answer.status) || location === undefined || redirects === maxRedirects)
        return answer
      url = yield* Effect.mapError(Effect.fromResult(declared(remote, location, url)), fail)
    }
  })

  /** Sends, and again with another token where one that can be renewed is refused. Only 401 says that: 403 is about what it may do. */
  const entered = Effect.fnUntraced(function* <
    A extends { readonly status: number; readonly headers: Reply["headers"] }
  >(
    call: Call,
    sendTo: (request: HttpClient.Request) => Effect.Effect<A, HttpClient.TransportFailure>,
    letGo: (answer: A) => Effect.Effect<void> = () => Effect.void
  ): Effect.fn.Return<{ readonly answer: A; readonly authorization: Authorization }, ConnectorError> {
    const authorization = yield* enter.first(call)
    const answer = yield* exchange(call, authorization, sendTo)
    if (answer.status !== 401 || authorization.token === undefined) return { answer, authorization }
    yield* letGo(answer)
    const renewed = yield* enter.again(call, authorization.token)
    return { answer: yield* exchange(call, renewed, sendTo), authorization: renewed }
  })

  const attempt = Effect.fnUntraced(function* (call: Call): Effect.fn.Return<Reply, ConnectorError> {
    const { answer, authorization } = yield* entered(call, (request) => HttpClient.send(client, request, timeoutMs))
    const { headers, status, text } = answer
    const reply: Reply = { status, headers, text, json: ErrorCatalogue.parse(text) }
    const left = remote.remaining?.(reply)
    if (left !== undefined) yield* gate.observe(left)
    const reason = ErrorCatalogue.classify(remote.errors, authorization.hiddenIn(reply), isWrite(call))
    if (reason === null) return reply
    if (reason._tag === "RateLimited" && reason.retryAfterMs <= longestPauseMs) yield* gate.pause(reason.retryAfterMs)
    return yield* new ConnectorError({ operation: Rest.operation(call), reason })
  })

  const http = Http.of({
    send: (call) => Effect.retry(attempt(call), { schedule: again, while: isTransient }),
    stream: (call) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const fail = (reason: Reason) => new ConnectorError({ operation: Rest.operation(call), reason })
          const { answer, authorization } = yield* entered(
            call,
            (request) => HttpClient.open(client, request, timeoutMs),
            ({ body }) => Effect.ignore(Stream.runDrain(body))
          )
          const { body, headers, status } = answer
          const bytes = Stream.mapError(body, (failure) => fail(reasonOf(failure, isWrite(call))))
          if (status >= 200 && status < 300) return bytes
          const text = yield* Stream.mkString(Stream.decodeText(bytes))
          const reply = authorization.hiddenIn({ status, headers, text, json: ErrorCatalogue.parse(text) })
          return yield* fail(
            ErrorCatalogue.classify(remote.errors, reply, isWrite(call)) ?? new Transient({ detail: `HTTP ${status}` })
          )
        })
      )
  })
  return { http, calls: Effect.sync(() => calls) }
})

/** Nothing was sent: who drives this connection now will do it. */
const outOfOffice = new HttpClient.TransportFailure({
  outcome: "NotSent",
  detail: "this process could not say for a while that it lives, so another one may call in its place"
})

/** A call that outlived the lease of who made it could meet its successor's. */
const untilTaken = (mayCall: Effect.Effect<boolean>): Effect.Effect<never, HttpClient.TransportFailure> =>
  Effect.delay(mayCall, watchedEveryMs).pipe(
    Effect.repeat({ while: (isOurs) => isOurs }),
    Effect.andThen(Effect.fail(givenUp))
  )

const watchedEveryMs = 1_000

const givenUp = new HttpClient.TransportFailure({
  outcome: "Lost",
  detail: "this process could not say for a while that it lives, so it waited no longer for the answer"
})

const longestPauseMs = Failure.policies.transient.longestRetryAfterMs
const isTransient = ({ reason }: ConnectorError): boolean =>
  reason._tag === "Transient" || reason._tag === "RateLimited"
const again: Schedule.Schedule<number, ConnectorError> = Failure.schedule("transient", ({ reason }) =>
  reason._tag === "RateLimited" && reason.retryAfterMs > 0 ? reason.retryAfterMs : null
)

const isWrite = (call: Call): boolean => !(call.reads ?? call.method === "GET")

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

const reasonOf = ({ outcome, detail }: HttpClient.TransportFailure, isWrite: boolean): Reason =>
  outcome === "Lost" && isWrite ? new OutcomeUnknown({ detail }) : new Transient({ detail })

interface Authorization {
  /** One that can be renewed. */
  readonly token?: Redacted.Redacted
  readonly headers: Readonly<Record<string, string>>
  /** The same answer without our secret, which some providers repeat in their complaints. */
  readonly hiddenIn: (reply: Reply) => Reply
}

/** What a connection is entered with: first, and again after a token was refused. */
interface Entering {
  readonly first: (call: Call) => Effect.Effect<Authorization, ConnectorError>
  readonly again: (call: Call, refused: Redacted.Redacted) => Effect.Effect<Authorization, ConnectorError>
}

const entering = (auth: Auth, tokens: TokenSource | null): Entering => {
  if (auth._tag !== "OAuth2" || tokens === null) {
    const fixed = auth._tag === "OAuth2" ? bearing(undefined)(Redacted.make("")) : authorizationOf(auth)
    return { first: () => Effect.succeed(fixed), again: () => Effect.succeed(fixed) }
  }
  const by = (call: Call, token: Effect.Effect<Redacted.Redacted, Unauthorized | Transient>) =>
    Effect.mapBoth(token, {
      onSuccess: bearing(auth.header),
      onFailure: (reason) => new ConnectorError({ operation: Rest.operation(call), reason })
    })
  return { first: (call) => by(call, tokens.current), again: (call, refused) => by(call, tokens.renewed(refused)) }
}

const bearing =
  (header: string | undefined) =>
  (token: Redacted.Redacted): Authorization => ({
    ...hiding(Redacted.value(token), (value) =>
      header === undefined ? { authorization: `Bearer ${value}` } : { [header.toLowerCase()]: value }
    ),
    token
  })

const unconnected = new Unauthorized({ detail: "nobody has connected it yet" })
const notConnected: TokenSource = { current: Effect.fail(unconnected), renewed: () => Effect.fail(unconnected) }

const authorizationOf = (auth: Exclude<Auth, { readonly _tag: "OAuth2" }>): Authorization => {
  switch (auth._tag) {
    case "Bearer":
      return hiding(Redacted.value(auth.token), (token) => ({ authorization: `Bearer ${token}` }))
    case "Header":
      return hiding(Redacted.value(auth.value), (value) => ({ [auth.name.toLowerCase()]: value }))
  }
}

const hiding = (secret: string, headers: (secret: string) => Authorization["headers"]): Authorization => ({
  headers: headers(secret),
  hiddenIn: (reply) => {
    // A good answer is data: it is neither searched nor changed.
    if (secret === "" || (reply.status < 400 && reply.json !== undefined) || !reply.text.includes(secret)) return reply
    const text = reply.text.replaceAll(secret, "***")
    return { ...reply, text, json: ErrorCatalogue.parse(text) }
  }
})

/** Where a call goes: below `baseUrl`, or to the absolute URL of a declared host. */
const addressOf = (remote: HttpRemote, call: Call): Result.Result<URL, Forbidden> => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(call.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(name, String(one))
  }
  const path = /^https?:\/\//.test(call.path) ? call.path : remote.baseUrl.replace(/\/$/, "") + call.path
  return declared(remote, query.size === 0 ? path : `${path}?${query.toString()}`)
}

/** Only the connector's own hosts may be called, and only encrypted unless they are this machine. */
const declared = (remote: HttpRemote, address: string, relativeTo?: URL): Result.Result<URL, Forbidden> => {
  const url = URL.parse(address, relativeTo?.href)
  if (url === null) return Result.fail(new Forbidden({ missing: "a URL that can be read" }))
  const isKnown = url.host === URL.parse(remote.baseUrl)?.host || (remote.hosts ?? []).includes(url.host)
  if (!isKnown)
    return Result.fail(new Forbidden({ missing: `host "${url.host}", which this connector does not declare` }))
  return url.protocol === "https:" || isLoopback(url.href)
    ? Result.succeed(url)
    : Result.fail(
        new Forbidden({ missing: `an https address: "${url.protocol}//${url.host}" would be read by others` })
      )
}

/** The credentials and the connector's own headers go to the provider itself, never to a download host. */
const requestTo = (url: URL, call: Call, remote: HttpRemote, authorization: Authorization): HttpClient.Request => {
  const isProvider = url.host === URL.parse(remote.baseUrl)?.host
  return {
    method: call.method,
    url: url.href,
    headers: lowerCased({
      accept: "application/json",
      ...(isProvider && { ...remote.headers, ...authorization.headers }),
      ...call.headers
    }),
    ...bodyOf(call)
  }
}

const lowerCased = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/**
 * Fields by name, so that a request that was frozen in a database and is sent again is the same byte by byte: providers compare the
 * bodies that come under one idempotency key.
 */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value

const bodyOf = ({ form, json }: Call): Pick<HttpClient.Request, "body"> => {
  if (form !== undefined) {
    return { body: { text: new URLSearchParams(form).toString(), contentType: "application/x-www-form-urlencoded" } }
  }
  return json === undefined ? {} : { body: { text: JSON.stringify(json, inOrder), contentType: "application/json" } }
}
