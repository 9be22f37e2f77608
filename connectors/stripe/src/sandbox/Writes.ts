/** The API's POST and DELETE requests: validation, idempotency keys, execution. */
import type { Fields } from "@syncline/core"
import { type Faults, type Journal, Wire } from "@syncline/connector/sandbox"
import { Effect, Result, Semaphore } from "effect"
import * as Form from "./Form.ts"
import * as P from "./Parameters.ts"
import { type Account, answered } from "./Reads.ts"
import * as Refusal from "./Refusal.ts"
import type { Answer, View } from "./Resource.ts"
import type { Route } from "./Routes.ts"

export type Writing = Extract<Route, { readonly _tag: "Create" | "Act" }>

/** A request of the API, its parameters read. */
interface Call {
  readonly route: Writing
  readonly given: Fields
  readonly request: Wire.Request
  /** What its events name as their cause. */
  readonly requestId: string
  readonly key: { readonly text: string; readonly fingerprint: string } | undefined
}

export interface Writes {
  readonly write: (
    route: Writing,
    request: Wire.Request,
    requestId: string
  ) => Effect.Effect<Wire.Reply, Journal.JournalUnusable>
  /** A change by a person: no key, no fault, no cause in its events. */
  readonly byHand: (
    route: Writing,
    sent: Form.Hash
  ) => Effect.Effect<Result.Result<Fields, Refusal.Refusal>, Journal.JournalUnusable>
}

export const make = (account: Account, faults: Faults.Faults): Writes => {
  const { ledger } = account
  // Between reading the records and writing the changes nobody else may write.
  const alone = Semaphore.makeUnsafe(1).withPermits(1)

  const execute = Effect.fnUntraced(function* ({ route, given, request, requestId, key }: Call) {
    const failure = yield* faults.during(request)
    return yield* alone(
      Effect.gen(function* () {
        const nowMs = yield* account.nowMs
        const outcome = failure?.hasEffect === false ? undefined : run(route, given, ledger.view(nowMs))
        const changes = outcome !== undefined && Result.isSuccess(outcome) ? outcome.success.changes : []
        const reply = failure?.reply ?? (outcome === undefined ? nothing : replyTo(outcome, given, account))
        const kept = key === undefined ? undefined : { key: key.text, fingerprint: key.fingerprint, atMs: nowMs, reply }
        if (changes.length > 0 || kept !== undefined) {
          yield* ledger.commit(nowMs, changes, { id: requestId, idempotencyKey: key?.text ?? null }, kept)
        }
        return reply
      })
    )
  })

  const once = Effect.fnUntraced(function* (call: Call, text: string, fingerprint: string) {
    const echo = { "Idempotency-Key": text }
    const verdict =
      account.broken.idempotency === true
        ? { _tag: "First" as const }
        : ledger.idempotency.begin(text, fingerprint, yield* account.nowMs)
    switch (verdict._tag) {
      case "InUse":
        return Refusal.reply(Refusal.keyInUse(text), echo)
      case "Differs":
        return Refusal.reply(Refusal.keyDiffers(text), echo)
      case "Replay":
        return withHeaders(verdict.reply, { ...echo, "Idempotent-Replayed": "true" })
      case "First": {
        const reply = yield* Effect.onError(execute({ ...call, key: { text, fingerprint } }), () =>
          Effect.sync(() => ledger.idempotency.abandon(text))
        )
        return withHeaders(reply, echo)
      }
    }
  })

  return {
    write: (route, request, requestId) => {
      const sent = Form.decode([request.query, request.body].filter((text) => text !== "").join("&"))
      const given = parametersOf(route, sent)
      if (Result.isFailure(given)) return Effect.succeed(Refusal.reply(given.failure))
      const call: Call = { route, given: given.success, request, requestId, key: undefined }
      const key = request.method === "POST" ? request.headers["idempotency-key"] : undefined
      if (key === undefined) return execute(call)
      return key.length > 255
        ? Effect.succeed(Refusal.reply(Refusal.notPossible("Idempotency-Key must be at most 255 characters.")))
        : once(call, key, `${request.method} ${request.path} ${Form.canonical(sent)}`)
    },
    byHand: (route, sent) =>
      alone(
        Effect.gen(function* () {
          const nowMs = yield* account.nowMs
          const outcome = Result.flatMap(parametersOf(route, sent), (given) => run(route, given, ledger.view(nowMs)))
          if (Result.isFailure(outcome)) return Result.fail(outcome.failure)
          yield* ledger.commit(nowMs, outcome.success.changes, { id: null, idempotencyKey: null })
          return Result.succeed(outcome.success.answer)
        })
      )
  }
}

const nothing = Wire.json(500, "{}")

const withHeaders = (reply: Wire.Reply, headers: Readonly<Record<string, string>>): Wire.Reply => ({
  ...reply,
  headers: { ...reply.headers, ...headers }
})

const parametersOf = (route: Writing, sent: Form.Hash): Result.Result<Fields, Refusal.Refusal> =>
  route._tag === "Create"
    ? P.read(sent, route.resource.create.parameters, route.resource.create.required)
    : P.read(sent, route.action.parameters, [])

const run = (route: Writing, given: Fields, view: View): Answer => {
  if (route._tag === "Create") return route.resource.create.run(given, view)
  const record = view.find(route.resource.entity, route.id)
  return record === undefined
    ? Result.fail(Refusal.missing(route.resource.entity, route.id))
    : route.action.run(record, given, view)
}

const replyTo = (outcome: Answer, given: Fields, account: Account): Wire.Reply => {
  const text = Result.flatMap(outcome, ({ answer }) => answered(answer, given, account.ledger))
  return Result.isSuccess(text) ? Wire.json(200, text.success) : Refusal.reply(text.failure)
}
