/**
 * The network between a process and the systems: a request's arrival is an event of the outside world, which happens though its sender
 * is gone by then; an answer's delivery is an event of the process.
 */
import { HttpClient } from "@syncline/connector"
import { Effect, Layer, Stream } from "effect"
import type { Boundary, Fates, RequestFate, WireAnswer, WireRequest } from "./Fate.ts"
import type { System } from "./systems/System.ts"
import type { Process, World } from "./World.ts"

export interface Options {
  readonly world: World
  readonly systems: ReadonlyArray<System>
  readonly fates: Fates
  readonly atBoundary: (process: Process, boundary: Omit<Boundary, "process">) => void
  /** A process sends it. */
  readonly onSent: (process: Process, system: System, request: WireRequest) => void
}

export interface Wire {
  readonly transport: (process: Process) => Layer.Layer<HttpClient.Transport>
}

type Deliver = (answer: WireAnswer | HttpClient.TransportFailure) => void

export const make = (options: Options): Wire => {
  const send = (process: Process, { body, headers, method, url }: HttpClient.Request) =>
    Effect.callback<WireAnswer, HttpClient.TransportFailure>((resume) => {
      const cancel = dispatch(options, process, { method, url, headers, text: body?.text ?? "" }, (answer) =>
        resume("status" in answer ? Effect.succeed(answer) : Effect.fail(answer))
      )
      return Effect.sync(cancel)
    })
  return {
    transport: (process) =>
      Layer.succeed(HttpClient.Transport, {
        send: (request) => send(process, request),
        open: (request) =>
          Effect.map(send(process, request), ({ headers, status, text }) => ({
            headers,
            status,
            body: Stream.make(new TextEncoder().encode(text))
          }))
      })
  }
}

/** Sends; the result takes back the sender's wait for the answer, and nothing else. */
const dispatch = (options: Options, process: Process, request: WireRequest, answered: Deliver): (() => void) => {
  const { atBoundary, fates, world } = options
  const what = `${request.method} ${pathOf(request.url)}`
  atBoundary(process, { at: "before request", what })
  if (!process.isAlive) return () => {}
  options.onSent(process, systemOf(options, request), request)
  const fate = fates.request(process.name, request, world.nowMs())
  const waiting = { cancel: () => {} }
  const deliver = (answer: WireAnswer | HttpClient.TransportFailure, heard: Handled["heard"] = () => {}) => {
    waiting.cancel = world.after(process, fate.answerMs, `${told(answer)} ${what}`, () => {
      if ("status" in answer) heard(answer.text)
      answered(answer)
      if (fate.isSent) atBoundary(process, { at: "after answer", what })
    })
  }
  const struck = () => {
    if (fate.kind !== null) fates.struck(fate.kind, what, world.nowMs())
  }
  if (!fate.isSent || fate.arrivalsMs.length === 0) {
    struck()
    const outcome = fate.isSent ? "Lost" : "NotSent"
    if (fate.answer !== "silence") {
      deliver(typeof fate.answer === "object" ? fate.answer : failure(outcome))
    }
    return () => waiting.cancel()
  }
  let isAbandoned = false
  const sentAtMs = world.nowMs()
  for (const [index, ms] of fate.arrivalsMs.entries()) {
    world.after(null, ms, `${what} ${request.text.length}`, () => {
      const { answer, heard } = handle(options, request, sentAtMs)
      if (index > 0) return
      struck()
      const outcome = outcomeOf(fate, answer)
      if (!isAbandoned && process.isAlive && outcome !== null) deliver(outcome, heard)
    })
  }
  return () => {
    isAbandoned = true
    waiting.cancel()
  }
}

interface Handled {
  readonly answer: WireAnswer
  /** Tells the system what came of its answer. */
  readonly heard: (text: string) => void
}

const handle = (options: Options, request: WireRequest, sentAtMs: number): Handled => {
  const system = systemOf(options, request)
  const arrival = system.arrivals.length
  return {
    answer: system.handle(request, { nowMs: options.world.nowMs(), sentAtMs }),
    heard: (text) => system.heard(arrival, text)
  }
}

const systemOf = ({ systems }: Options, request: WireRequest): System => {
  const system = systems.find(({ baseUrl }) => request.url.startsWith(baseUrl))
  if (system === undefined) throw new Error(`${request.url} is below no system's address: correct the connection's`)
  return system
}

const outcomeOf = (
  { answer, rewrite }: RequestFate,
  own: WireAnswer
): WireAnswer | HttpClient.TransportFailure | null => {
  if (answer === "silence") return null
  if (answer === "broken") return failure("Lost")
  if (answer !== "own") return answer
  return rewrite === undefined ? own : rewrite(own)
}

const failure = (outcome: "NotSent" | "Lost"): HttpClient.TransportFailure =>
  new HttpClient.TransportFailure({
    outcome,
    detail: outcome === "Lost" ? "the connection broke while the answer came in" : "no connection came about"
  })

const told = (answer: WireAnswer | HttpClient.TransportFailure): string =>
  "status" in answer ? `${answer.status} ${answer.text.length}` : answer.outcome

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname + search
}
