/** Tokens that end, are refreshed and rotate, through the real engine's claims in the real store. */
import { Deferred, Effect, Fiber } from "effect"
import { assert } from "vitest"
import * as Consented from "../Consented.ts"
import type { Subject } from "../Subject.ts"
import * as VirtualTime from "../VirtualTime.ts"

const calls = 50
/** No provider's access token lives longer. */
const dayMs = 86_400_000
/** A refresh that was begun and not finished is taken over by another process after less. */
const takeoverMs = 60_000

const spentOnce = Effect.fnUntraced(function* ({ authorization }: Consented.Consented, refreshes: number) {
  const spends = [...(yield* authorization.spends).values()]
  const asked = spends.reduce((sum, times) => sum + times, 0)
  assert.strictEqual(asked, refreshes, `${refreshes} tokens had ended, and ${asked} refreshes were sent`)
})

const refreshedOnce = Effect.fnUntraced(function* (subject: Subject) {
  const consented = yield* Consented.open(subject)
  yield* consented.connect
  const processes = [yield* consented.process, yield* consented.process] as const
  const all = Effect.forEach(
    Array.from({ length: calls }, (_, index) => processes[index % 2 === 0 ? 0 : 1]),
    ({ check }) => check,
    { concurrency: "unbounded" }
  )
  const areWell = Effect.map(all, (lines) => {
    const failed = lines.find(({ ok }) => !ok)
    assert.isUndefined(failed, `a call that waited for a token fails: ${failed?.detail}`)
  })
  yield* areWell
  yield* spentOnce(consented, 0)
  // Ended by time, as both know.
  yield* VirtualTime.pass(dayMs)
  yield* areWell
  yield* spentOnce(consented, 1)
  // Ended before its time, as only a refusal tells.
  yield* consented.authorization.expireAll
  yield* areWell
  yield* spentOnce(consented, 2)
})

/** Runs a check of a process that dies as soon as `isThen` meets a request, which is never answered. */
const dying = Effect.fnUntraced(function* (
  { authorization, process, tap }: Consented.Consented,
  when: "the refresh is carried out" | "the new token is used"
) {
  const dead = yield* Deferred.make<void>()
  let isRefreshed = false
  tap.tamper((request, provider) =>
    Effect.gen(function* () {
      const isRefresh = authorization.serves(request.path)
      if (isRefreshed && !isRefresh) {
        yield* Deferred.succeed(dead, undefined)
        return yield* Effect.never
      }
      const reply = yield* provider(request)
      if (!isRefresh) return reply
      isRefreshed = true
      if (when === "the new token is used") return reply
      yield* Deferred.succeed(dead, undefined)
      return yield* Effect.never
    })
  )
  const { check } = yield* process
  const fiber = yield* Effect.forkChild(check)
  yield* Deferred.await(dead)
  yield* Fiber.interrupt(fiber)
  tap.tamper((request, provider) => provider(request))
})

const storedFirst = Effect.fnUntraced(function* (subject: Subject) {
  const consented = yield* Consented.open(subject)
  yield* consented.connect
  yield* VirtualTime.pass(dayMs)
  yield* dying(consented, "the new token is used")
  const { detail, ok } = yield* (yield* consented.process).check
  assert.isTrue(ok, `the token that another process had used goes on: ${detail}`)
  yield* spentOnce(consented, 1)
})

const outlived = Effect.fnUntraced(function* (subject: Subject) {
  const consented = yield* Consented.open(subject)
  const { rotates, graceMs } = consented.auth.refresh
  yield* consented.connect
  yield* VirtualTime.pass(dayMs)
  yield* dying(consented, "the refresh is carried out")
  yield* VirtualTime.pass(takeoverMs)
  const { detail, ok } = yield* (yield* consented.process).check
  if (!rotates || graceMs > takeoverMs) assert.isTrue(ok, `the same refresh is sent again: ${detail}`)
  else return yield* isBlocked(consented)
  if (!rotates) return
  // The same, found too late.
  yield* VirtualTime.pass(dayMs)
  yield* dying(consented, "the refresh is carried out")
  yield* VirtualTime.pass(graceMs + takeoverMs)
  yield* isBlocked(consented)
})

/** Nothing is sent again, a person is asked; and when he has consented anew, all is well. */
const isBlocked = Effect.fnUntraced(function* (consented: Consented.Consented) {
  const before = new Map(yield* consented.authorization.spends)
  for (let time = 0; time < 3; time += 1) {
    const { detail, ok } = yield* (yield* consented.process).check
    assert.isFalse(ok, "a refresh token that may be spent blocks the connection")
    assert.include(detail, Consented.remedy, "it says what to do")
  }
  assert.deepEqual(new Map(yield* consented.authorization.spends), before, "and it is not sent again")
  yield* consented.connect
  const { detail, ok } = yield* (yield* consented.process).check
  assert.isTrue(ok, `a new consent ends it: ${detail}`)
})

export const isRefreshedOnce = VirtualTime.inOneTime(refreshedOnce)
export const isStoredFirst = VirtualTime.inOneTime(storedFirst)
export const outlivesCrash = VirtualTime.inOneTime(outlived)
