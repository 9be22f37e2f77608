/** The connector's verbs on an empty sandbox account, one op at a time, and the requests that reached it. */
import type { Entity, Reason } from "@syncline/connector"
import type { Wire } from "@syncline/connector/sandbox"
import { type Fields, OpKey, RecordId } from "@syncline/core"
import { assert } from "@effect/vitest"
import { Effect, Option, Result, Schema } from "effect"
import * as StripeSandbox from "../src/sandbox/index.ts"
import { connected } from "./Connected.ts"

export const idOf = (record: Fields): RecordId => Schema.decodeUnknownSync(RecordId)(record["id"])

const missing = (verb: string) => Effect.die(new Error(`no ${verb}`))

/** The verbs of one entity; each answers the outcome of its only op. */
const verbsOf = ({ target }: Entity, run: Effect.Success<ReturnType<typeof connected>>["run"]) => {
  const outcome = <Stored>(outcomes: ReadonlyMap<OpKey, Result.Result<Stored, Reason>>, key: OpKey) =>
    Effect.fromNullishOr(outcomes.get(key)).pipe(Effect.orDie)
  return {
    create: Effect.fn(function* (text: string, patch: Fields) {
      const key = OpKey.make(text)
      const verb = target?.create ?? (yield* missing("create"))
      return yield* outcome(yield* run(verb.run([{ key, patch }], key)), key)
    }),
    find: Effect.fn(function* (sought: ReadonlyArray<{ readonly key: string; readonly sentAtMs: number }>) {
      const find = target?.create?.find ?? (yield* missing("find"))
      const found = yield* run(
        find.run(sought.map(({ key, sentAtMs }) => ({ key: OpKey.make(key), sentAtMs, patch: {} })))
      )
      return sought.map(({ key }) => Option.getOrNull(found.get(OpKey.make(key)) ?? Option.none()))
    }),
    update: Effect.fn(function* (text: string, base: Fields, patch: Fields) {
      const key = OpKey.make(text)
      const verb = target?.update ?? (yield* missing("update"))
      return yield* outcome(yield* run(verb.run([{ key, id: idOf(base), patch, base }], key)), key)
    }),
    remove: Effect.fn(function* (text: string, base: Fields) {
      const key = OpKey.make(text)
      const verb = target?.remove ?? (yield* missing("remove"))
      return yield* outcome(yield* run(verb.run([{ key, id: idOf(base), base }], key)), key)
    }),
    command: Effect.fn(function* (name: string, text: string, base: Fields) {
      const key = OpKey.make(text)
      const verb = target?.commands?.[name] ?? (yield* missing(name))
      return yield* outcome(yield* run(verb.run([{ key, id: idOf(base), base }], key)), key)
    })
  }
}

export const written = Effect.fn(function* (options: StripeSandbox.Options = {}) {
  const { account, run, entity } = yield* connected({ size: StripeSandbox.empty, ...options })
  const requests: Array<Wire.Request> = []
  // A fault that no request meets sees them all.
  yield* account.faults.next(
    1,
    (request) => {
      requests.push(request)
      return false
    },
    { _tag: "DropBefore" }
  )
  return {
    account,
    run,
    entity,
    verbs: (name: string) => verbsOf(entity(name), run),
    /** The forms that were posted since the last time. */
    posted: Effect.sync(() =>
      requests
        .splice(0)
        .filter(({ method }) => method === "POST")
        .map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
    )
  }
})

export const stored = <A>(outcome: Result.Result<A, Reason>): A =>
  Result.getOrThrowWith(outcome, (reason) => new Error(`not stored: ${JSON.stringify(reason)}`))

/** Why an op failed. */
export const refusal = (outcome: Result.Result<unknown, Reason>): Reason =>
  Result.match(outcome, {
    onSuccess: (record) => assert.fail(`stored ${JSON.stringify(record)}`),
    onFailure: (reason) => reason
  })
