/** Credentials: expired, rotated, revoked, too weak, and never told to anybody. */
import { Faults } from "@syncline/connector/sandbox"
import { Effect, Logger, Redacted, Result, Schema, Tracer } from "effect"
import { assert } from "vitest"
import { check, each, type Group, skip } from "../Check.ts"
import * as Consented from "../Consented.ts"
import { isFree } from "../Equality.ts"
import * as Linked from "../Linked.ts"
import * as Provider from "../Provider.ts"
import * as Reading from "../Reading.ts"
import { offered, type Opened, type Subject } from "../Subject.ts"
import * as Tokens from "./Tokens.ts"

/** Every secret that the configuration holds. */
const secretsOf = ({ config }: Pick<Opened, "config">): ReadonlyArray<string> =>
  Object.values(Object(config))
    .flat()
    .flatMap((value: unknown) => (isSecret(value) ? [Redacted.value(value)] : []))

const isSecret = Schema.is(Schema.Redacted(Schema.String))

const isBlocked = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject)
  const { tap } = linked
  if (tap === null) return yield* skip("it speaks to one database")
  const secrets = secretsOf(linked)
  tap.tamper((request, provider) => provider({ ...request, headers: revoked(request.headers, secrets) }))
  const [report] = yield* linked.run
  assert.strictEqual(report?.failure, "auth", `a run with revoked credentials ends as "${report?.failure}"`)
  assert.match(report?.reason ?? "", /provider/, "what stopped it names the connection")
  assert.isAtMost(tap.heard().length, 4, "revoked credentials are not tried again and again")
})

const revoked = (headers: Readonly<Record<string, string>>, secrets: ReadonlyArray<string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secrets.reduce((text, secret) => text.replaceAll(secret, "revoked"), value)
    ])
  )

const isWithdrawn = Effect.fnUntraced(function* (subject: Subject) {
  const consented = yield* Consented.open(subject)
  yield* consented.connect
  const { check } = yield* consented.process
  yield* consented.authorization.revokeAll
  consented.tap.forget()
  const { detail, ok } = yield* check
  assert.isFalse(ok, "what was consented to is withdrawn")
  assert.include(detail, Consented.remedy, "it says what to do")
  assert.isAtMost(consented.tap.heard().length, 4, "what was withdrawn is not tried again and again")
})

const namesScope = Effect.fnUntraced(function* (subject: Subject) {
  const { names, reply } = yield* offered(subject.missingScope)
  const provider = yield* Provider.open(subject)
  const [person] = Provider.people(provider)
  if (person === undefined || provider.account.wire === null) return yield* skip("it speaks to one database")
  yield* provider.account.wire.faults.next(100, () => true, Faults.answer(reply))
  const read = yield* Effect.result(
    provider.run(
      provider
        .entity(person.entity)
        .source.list.start.pipe(Effect.flatMap((at) => provider.entity(person.entity).source.list.read(at)))
    )
  )
  if (Result.isSuccess(read)) return assert.fail("a listing that is not allowed fails")
  const { reason } = read.failure
  if (reason._tag !== "Forbidden") return assert.fail(`a missing permission is Forbidden, not ${reason._tag}`)
  assert.include(reason.missing, names, "the permission that is missing is named")
})

/** What a person is asked to consent to suffices for every kind of record. */
const asksEnough = Effect.fnUntraced(function* (subject: Subject) {
  yield* offered(subject.openings.byConsent)
  const provider = yield* Provider.open(subject, { byConsent: true })
  for (const person of Provider.people(provider)) {
    yield* provider.fill(person, 1)
    const { records } = yield* provider.run(Reading.list(provider.entity(person.entity)))
    assert.isAbove(records.size, 0, `"${person.entity}" is read by what was consented to`)
  }
})

const tellsNobody = Effect.fnUntraced(function* (subject: Subject) {
  const lines: Array<string> = []
  const note = (value: unknown) => {
    lines.push(textOf(value))
  }
  yield* Effect.gen(function* () {
    const linked = yield* Linked.open(subject)
    const secrets = secretsOf(linked)
    const { tap } = linked
    if (secrets.length === 0 || tap === null) return yield* skip("its configuration holds no secret")
    yield* linked.made("provider", 2)
    yield* linked.sync
    // The provider repeats the key in its complaint, as some do.
    tap.tamper(({ headers }) =>
      Effect.succeed({
        status: 400,
        headers: {},
        body: JSON.stringify({ error: { message: `not ${JSON.stringify(headers)}` } })
      })
    )
    for (const { reason, notes } of yield* linked.run) note([reason, notes])
    for (const line of yield* linked.check) note(line)
    lines.push(...(yield* linked.everythingStored))
    for (const secret of secrets)
      isFree(
        lines.flatMap((line) => {
          const at = line.indexOf(secret)
          return at < 0 ? [] : [`a secret is told: …${line.slice(Math.max(0, at - 80), at)}***`]
        })
      )
  }).pipe(
    Effect.provide(Logger.layer([Logger.make(({ message, cause }) => note([message, String(cause)]))])),
    Effect.withTracer(listening(note))
  )
})

const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""))

/** Spans are made as ever; what is written on them is heard. */
const listening = (note: (value: unknown) => void): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      const attribute = span.attribute.bind(span)
      span.attribute = (name, value) => {
        note([name, value])
        attribute(name, value)
      }
      note(options.name)
      return span
    }
  })

export const auth: Group = {
  name: "Auth",
  checks: [
    check("C9", "an expired token is refreshed once, however many calls wait for it", Tokens.isRefreshedOnce, "real"),
    check("C10", "a rotated refresh token is stored before it is used", Tokens.isStoredFirst, "real"),
    check(
      "C11",
      "a crash between refresh and store can be recovered from, and never loops",
      Tokens.outlivesCrash,
      "real"
    ),
    check(
      "C12",
      "revoked credentials block the connection, and say what to do",
      (subject) => each([isBlocked, isWithdrawn], (run) => run(subject)),
      "real"
    ),
    check(
      "C13",
      "an error about a missing permission names it, and a person is asked to consent to enough",
      (subject) => each([namesScope, asksEnough], (run) => run(subject))
    ),
    check("C14", "a secret appears in no log, span, error or table", tellsNobody, "real")
  ]
}
