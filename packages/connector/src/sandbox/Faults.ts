/** What can go wrong between a client and its provider, on demand: the next N requests that match meet the fault. */
import { Effect } from "effect"
import { Dropped, type Handler, type Reply, type Request } from "./Wire.ts"

/** Faults on the way: the provider itself does nothing wrong. */
export type EdgeFault =
  /** Somebody on the way answers; the provider never sees the request. */
  | { readonly _tag: "Answer"; readonly reply: (request: Request) => Reply }
  /** Cut before the provider saw the request. */
  | { readonly _tag: "DropBefore" }
  /** The provider did it; its answer is lost. */
  | { readonly _tag: "DropAfter" }
  | { readonly _tag: "DelayBefore"; readonly ms: number }
  | { readonly _tag: "DelayAfter"; readonly ms: number }
  /** The provider did it; the second half of its answer is missing, though the status says all is well. */
  | { readonly _tag: "Truncate" }

/** Faults inside the provider, once it began to execute: what its idempotency store keeps. */
export type ExecutionFault =
  | { readonly _tag: "FailBefore"; readonly reply: (request: Request) => Reply }
  /** The effect happens, the answer says that it failed. */
  | { readonly _tag: "FailAfter"; readonly reply: (request: Request) => Reply }
  /** Execution takes this long on the Clock. */
  | { readonly _tag: "Hold"; readonly ms: number }

export type Fault = EdgeFault | ExecutionFault
export type Matches = (request: Request) => boolean

/** The answer to give in place of the true one, and whether the effect happens all the same. */
export interface Failure {
  readonly reply: Reply
  readonly hasEffect: boolean
}

export interface Faults {
  /** The next `count` requests that match meet `fault`. Faults wait in the order given; each request meets at most one of each kind. */
  readonly next: (count: number, matches: Matches, fault: Fault) => Effect.Effect<void>
  /** How many requests are still to meet a fault. */
  readonly pending: Effect.Effect<number>
  readonly clear: Effect.Effect<void>
  /** Puts the faults on the way in front of a handler. */
  readonly around: (handler: Handler) => Handler
  /** Asked by the provider when it begins to execute. Waits if it is to be held up, then says how it must fail, if it must. */
  readonly during: (request: Request) => Effect.Effect<Failure | undefined>
}

export const make = (): Faults => {
  let waiting: ReadonlyArray<{ left: number; readonly matches: Matches; readonly fault: Fault }> = []

  const meet = (request: Request, kind: (fault: Fault) => boolean): Fault | undefined => {
    const met = waiting.find((entry) => kind(entry.fault) && entry.matches(request))
    if (met === undefined) return undefined
    met.left -= 1
    if (met.left === 0) waiting = waiting.filter((entry) => entry !== met)
    return met.fault
  }

  return {
    next: (count, matches, fault) =>
      Effect.sync(() => {
        if (count > 0) waiting = [...waiting, { left: count, matches, fault }]
      }),
    pending: Effect.sync(() => waiting.reduce((sum, { left }) => sum + left, 0)),
    clear: Effect.sync(() => {
      waiting = []
    }),
    around: (handler) => (request) =>
      Effect.suspend(() => {
        if (waiting.length === 0) return handler(request)
        const fault = meet(request, (fault) => !isInside(fault))
        return fault === undefined || isInside(fault) ? handler(request) : onTheWay(fault, request, handler)
      }),
    during: (request) =>
      Effect.suspend(() => {
        const fault = meet(request, isInside)
        return fault === undefined || !isInside(fault) ? Effect.undefined : inside(fault, request)
      })
  }
}

const isInside = (fault: Fault): fault is ExecutionFault =>
  fault._tag === "FailBefore" || fault._tag === "FailAfter" || fault._tag === "Hold"

const onTheWay = (fault: EdgeFault, request: Request, handler: Handler): Effect.Effect<Reply, Dropped> => {
  switch (fault._tag) {
    case "Answer":
      return Effect.succeed(fault.reply(request))
    case "DropBefore":
      return Effect.fail(new Dropped({ detail: "connection closed before the request was read" }))
    case "DropAfter":
      return Effect.andThen(
        handler(request),
        Effect.fail(new Dropped({ detail: "connection closed before the answer arrived" }))
      )
    case "DelayBefore":
      return Effect.delay(handler(request), fault.ms)
    case "DelayAfter":
      return Effect.tap(handler(request), Effect.sleep(fault.ms))
    case "Truncate":
      return Effect.map(handler(request), (reply) => ({
        ...reply,
        body: reply.body.slice(0, Math.floor(reply.body.length / 2))
      }))
  }
}

const inside = (fault: ExecutionFault, request: Request): Effect.Effect<Failure | undefined> => {
  switch (fault._tag) {
    case "FailBefore":
      return Effect.succeed({ reply: fault.reply(request), hasEffect: false })
    case "FailAfter":
      return Effect.succeed({ reply: fault.reply(request), hasEffect: true })
    case "Hold":
      return Effect.as(Effect.sleep(fault.ms), undefined)
  }
}

/** The page that a proxy answers when the provider is away. */
export const html = (status: number): EdgeFault => ({
  _tag: "Answer",
  reply: () => ({
    status,
    headers: { "Content-Type": "text/html" },
    body: `<!doctype html><html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`
  })
})

/** The same answer to each. */
export const answer = (reply: Reply): EdgeFault => ({ _tag: "Answer", reply: () => reply })

/** Requests of a method for a path or anything below it. */
export const to =
  (method: string, path: string): Matches =>
  (request) =>
    request.method === method && (request.path === path || request.path.startsWith(`${path}/`))
