/** Limits kept and failures understood. */
import { ErrorCatalogue, type Reason } from "@syncline/connector"
import { Faults, type Wire } from "@syncline/connector/sandbox"
import { OpKey } from "@syncline/core"
import { Effect, Result } from "effect"
import { assert } from "vitest"
import { check, type Group, type Skipped, skip } from "../Check.ts"
import { isFree } from "../Equality.ts"
import * as Provider from "../Provider.ts"
import * as Reading from "../Reading.ts"
import { offered, type Subject } from "../Subject.ts"
import type * as Tap from "../Tap.ts"
import { filled } from "./Read.ts"

/** The wire, or the check is skipped. */
const wired = (provider: Provider.Provider): Effect.Effect<Tap.Tap, Skipped> =>
  provider.tap === null ? skip("it speaks to one database") : Effect.succeed(provider.tap)

const tooMany = (headers: Readonly<Record<string, string>>): Wire.Reply => ({
  status: 429,
  headers: { "Content-Type": "application/json", ...headers },
  body: "{}"
})

/** So many readers at once, each of one record. */
const readers = Effect.fnUntraced(function* (subject: Subject, count: number, opening = {}) {
  const provider = yield* Provider.open(subject, opening)
  const tap = yield* wired(provider)
  const [person] = Provider.people(provider)
  if (person === undefined) return yield* skip("it has no entities")
  const entity = provider.entity(person.entity)
  const [id] = yield* provider.fill(person, 1)
  const read = id === undefined ? Effect.void : Reading.read(entity, [id])
  const all = Effect.forEach(Array.from({ length: count }), () => read, { concurrency: "unbounded", discard: true })
  return { provider, tap, all }
})

const pauses = Effect.fnUntraced(function* (subject: Subject) {
  const askedMs = 7000
  for (const headers of [{ "Retry-After": "7" }, {}]) {
    const { all, provider, tap } = yield* readers(subject, 20)
    let refused = 0
    tap.tamper((request, handler) => (refused++ === 0 ? Effect.succeed(tooMany(headers)) : handler(request)))
    yield* provider.run(all)
    const heard = tap.heard()
    const answeredAtMs = heard.find(({ status }) => status === 429)?.answeredAtMs ?? 0
    const again = heard.filter(({ atMs, status }) => status !== 429 && atMs >= answeredAtMs)
    const waitMs = Math.min(...again.map(({ atMs }) => atMs - answeredAtMs))
    if ("Retry-After" in headers) {
      // Requests of the same moment were on their way already.
      const early = again.filter(({ atMs }) => atMs > answeredAtMs && atMs < answeredAtMs + askedMs)
      assert.isEmpty(early, `${early.length} calls were sent within the ${askedMs} ms that a 429 had asked for`)
    } else {
      const retries = heard.length - 20
      assert.isAtMost(retries, 3, `a 429 without Retry-After led to ${retries} calls more`)
      assert.isAtLeast(waitMs, 0)
    }
  }
})

const keepsBudget = Effect.fnUntraced(function* (subject: Subject) {
  yield* offered(subject.openings.isLimited)
  const { all, provider, tap } = yield* readers(subject, 300, { isLimited: true })
  yield* provider.wait(60_000)
  tap.forget()
  yield* provider.run(all)
  const heard = tap.heard()
  const refused = heard.filter(({ status }) => status === 429).length
  assert.isAtMost(refused, heard.length / 100, `${refused} of ${heard.length} calls were over the provider's limit`)
  const { remote } = provider
  if (remote._tag === "Sql") return
  isFree(
    remote.budgets.flatMap(({ units, windowMs }) => {
      const most = Math.max(
        ...heard.map(({ atMs }) => heard.filter((other) => other.atMs >= atMs && other.atMs < atMs + windowMs).length)
      )
      // A window may see its units and one burst more.
      const allowed = Math.ceil(units * (windowMs < 10_000 ? 1.1 : 2)) + 1
      return most > allowed ? [`${most} calls within ${windowMs} ms, where ${units} are declared`] : []
    })
  )
})

const isClassified = Effect.fnUntraced(function* (subject: Subject) {
  const { remote } = yield* subject.open()
  if (remote._tag === "Sql") return yield* skip("it speaks to one database")
  isFree(ErrorCatalogue.misclassified(remote.errors))
  assert.isNotEmpty(remote.errors, "the provider's complaints are a table")
  const classOf = (status: number, isWrite: boolean, headers = {}) =>
    ErrorCatalogue.classify(remote.errors, { status, headers, text: "", json: undefined }, isWrite)?._tag ?? "none"
  const wrong = Object.entries(usual).flatMap(([status, tag]) => {
    const found = classOf(Number(status), false)
    return found === tag ? [] : [`${status} is ${found} and should be ${tag}`]
  })
  isFree([
    ...wrong,
    ...[500, 502, 503, 504, 408].flatMap((status) => {
      const found = classOf(status, true)
      return found === "OutcomeUnknown" ? [] : [`${status} after a write is ${found}: whether it happened is not known`]
    }),
    ...(classOf(400, true) === "none" ? ["400 is no failure"] : [])
  ])
})

/** What a bare status means where the provider says nothing else. */
const usual: Readonly<Record<number, Reason["_tag"]>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  410: "NotFound",
  429: "RateLimited",
  500: "Transient",
  502: "Transient",
  503: "Transient"
}

const survives = Effect.fnUntraced(function* (subject: Subject) {
  const { entity, person, provider } = yield* filled(subject, (page) => page + 1)
  yield* wired(provider)
  const faults: Readonly<Record<string, Faults.EdgeFault>> = {
    "a proxy's HTML under 502": Faults.html(502),
    "HTML under 200": Faults.html(200),
    "an answer cut in the middle": { _tag: "Truncate" },
    "a reset connection": { _tag: "DropAfter" },
    "a connection that never came about": { _tag: "DropBefore" }
  }
  const { wire } = provider.account
  for (const [what, fault] of Object.entries(faults)) {
    yield* wire?.faults.next(1, ({ path }) => path === entity.endpoints.list.path, fault) ?? Effect.void
    const { records } = yield* provider.run(Reading.list(entity))
    assert.strictEqual(records.size, (yield* provider.truth(person.entity)).size, `a listing that met ${what} once`)
  }
  const create = entity.target?.create
  if (create === undefined) return
  const { refusedInside200 } = subject
  for (const [what, fault] of Object.entries(faults)) {
    yield* wire?.faults.next(1, ({ method }) => method !== "GET", fault) ?? Effect.void
    assert.include(
      ["OutcomeUnknown", "Transient"],
      yield* reasonOf(provider, create, what),
      `a create that met ${what}`
    )
    yield* wire?.faults.clear ?? Effect.void
  }
  if ("none" in refusedInside200) return
  yield* wire?.faults.next(1, ({ method }) => method !== "GET", Faults.answer(refusedInside200)) ?? Effect.void
  assert.include(
    ["Rejected", "Conflicted"],
    yield* reasonOf(provider, create, "a no inside a 200"),
    "a no inside a 200"
  )
})

type CreateVerb = NonNullable<NonNullable<ReturnType<Provider.Provider["entity"]>["target"]>["create"]>

/** Why a create failed; "none" where it did not. */
const reasonOf = Effect.fnUntraced(function* (provider: Provider.Provider, create: CreateVerb, what: string) {
  const [person] = Provider.people(provider)
  const key = OpKey.make(`create that met ${what}`)
  const patch = person?.record(9_999, () => Reading.nobody) ?? {}
  const outcome = yield* Effect.result(provider.run(create.run([{ key, patch }], key)))
  if (Result.isFailure(outcome)) return outcome.failure.reason._tag
  const own = outcome.success.get(key)
  return own === undefined ? "OutcomeUnknown" : Result.isFailure(own) ? own.failure._tag : "none"
})

export const limits: Group = {
  name: "Limits and errors",
  checks: [
    check("C59", "a 429 is honoured by every call, with and without Retry-After", pauses),
    check("C60", "no budget of the provider is exceeded", keepsBudget),
    check("C61", "every line of the error catalogue, and every usual status, is classified", isClassified),
    check("C62", "HTML, cut answers, resets and a no inside a 200 are understood", survives)
  ]
}
