/** How the provider calls back: genuine or not, repeated, out of order, too often, in another shape. */
import { type Claim, Signature, type WebhookRequest } from "@syncline/connector"
import { Clock, Effect } from "effect"
import { assert } from "vitest"
import { check, type Group, skip } from "../Check.ts"
import * as Provider from "../Provider.ts"
import type { Person, Subject } from "../Subject.ts"
import * as VirtualTime from "../VirtualTime.ts"
import * as Inbox from "./Inbox.ts"

interface Called {
  readonly provider: Provider.Provider
  readonly person: Person
  /** What the provider has sent since the last time, oldest first. */
  readonly sent: Effect.Effect<ReadonlyArray<WebhookRequest>>
  readonly judge: (request: WebhookRequest, afterMs?: number) => Effect.Effect<Signature.Verdict>
  readonly claims: (requests: ReadonlyArray<WebhookRequest>) => Effect.Effect<ReadonlyArray<Claim>>
}

/** With an account that calls back and a connector that understands it. */
const called = (run: (called: Called, subject: Subject) => Effect.Effect<void, unknown>) =>
  Effect.fnUntraced(function* (subject: Subject) {
    const { webhooks } = subject.connector
    if (webhooks === undefined) return yield* skip("it declares no webhooks")
    const provider = yield* Provider.open(subject)
    const { account, config } = provider
    const [person] = Provider.people(provider)
    const sending = account.webhooks
    if (sending === null || person === undefined) return yield* skip("its sandbox does not call back")
    yield* sending.deliveries
    yield* run(
      {
        provider,
        person,
        sent: sending.deliveries,
        judge: (request, afterMs = 0) =>
          Effect.map(Clock.currentTimeMillis, (nowMs) =>
            Signature.verify(webhooks.signature, request, config, nowMs + afterMs)
          ),
        claims: (requests) =>
          Effect.map(
            Effect.forEach(requests, (request) => Effect.orDie(webhooks.parse(JSON.parse(text(request)), request))),
            (deliveries) => deliveries.flatMap(({ claims }) => claims)
          )
      },
      subject
    )
  })

const text = ({ body }: WebhookRequest): string => new TextDecoder().decode(body)
const withBody = (request: WebhookRequest, body: string): WebhookRequest => ({
  ...request,
  body: new TextEncoder().encode(body)
})

const one = (requests: ReadonlyArray<WebhookRequest>): Effect.Effect<WebhookRequest> => {
  const [first] = requests
  return first === undefined
    ? Effect.die(new Error("a record was made, and no webhook was sent"))
    : Effect.succeed(first)
}

const knowsSender = called(({ judge, person, provider, sent }) =>
  Effect.gen(function* () {
    yield* provider.fill(person, 1, 0)
    const request = yield* one(yield* sent)
    assert.strictEqual(yield* judge(request), "genuine", "what the provider sends")
    // Bytes that mean the same and are not the same: a signature is over the body as it came.
    for (const body of [
      `${text(request)} `,
      JSON.stringify(JSON.parse(text(request)), null, 3),
      text(request).slice(1),
      ""
    ])
      assert.strictEqual(
        yield* judge(withBody(request, body)),
        "forged",
        "a body that was changed, if only in its spaces"
      )
    for (const [name, value] of Object.entries(request.headers)) {
      const { [name]: _, ...others } = request.headers
      if ((yield* judge({ ...request, headers: others })) === "genuine") continue
      const last = value.endsWith("0") ? "1" : "0"
      const doctored = { ...request.headers, [name]: value.slice(0, -1) + last }
      assert.notStrictEqual(yield* judge({ ...request, headers: doctored }), "genuine", `another ${name}`)
    }
    assert.isAbove(Object.keys(request.headers).length, 0)
  })
)

const refusesOld = called(({ judge, person, provider, sent }, subject) =>
  Effect.gen(function* () {
    const toleranceMs = subject.connector.webhooks?.signature.toleranceMs ?? null
    if (toleranceMs === null) return yield* skip("its signatures hold no time; repeats are known by their delivery")
    yield* provider.fill(person, 1, 0)
    const request = yield* one(yield* sent)
    assert.strictEqual(yield* judge(request, toleranceMs - 2000), "genuine", "one that is still in time")
    assert.strictEqual(yield* judge(request, toleranceMs + 2000), "stale", "one that is too old")
  })
)

const knowsRepeats = called(({ claims, person, provider, sent }) =>
  Effect.gen(function* () {
    const { webhooks } = provider.account
    yield* webhooks?.next(1, { _tag: "Duplicate", times: 3 }) ?? Effect.void
    yield* provider.fill(person, 1, 0)
    const requests = yield* sent
    assert.isAtLeast(requests.length, 3, "a webhook that was sent three times")
    const deliveries = new Set((yield* claims(requests.slice(0, 3))).map(({ deliveryId }) => deliveryId))
    assert.strictEqual(deliveries.size, 1, "three times one delivery has one id")
  })
)

const tellsVersion = called(({ person, provider, sent }, subject) =>
  Effect.gen(function* () {
    const { apiVersion, webhooks } = subject.connector
    yield* provider.fill(person, 1, 0)
    const request = yield* one(yield* sent)
    const delivery = yield* webhooks?.parse(JSON.parse(text(request)), request) ?? Effect.succeed({ claims: [] })
    if (!("apiVersion" in delivery) || delivery.apiVersion === undefined)
      return yield* skip("its webhooks do not say which version they have the shape of")
    assert.strictEqual(delivery.apiVersion, apiVersion, "the version of a webhook")
    const otherwise = (said: string) => said.replaceAll(apiVersion, "2001-01-01")
    const other = {
      ...withBody(request, otherwise(text(request))),
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, otherwise(value)]))
    }
    const told = yield* webhooks?.parse(JSON.parse(text(other)), other) ?? Effect.succeed({ claims: [] })
    assert.notStrictEqual("apiVersion" in told ? told.apiVersion : apiVersion, apiVersion, "another version is told")
  })
)

export const webhooks: Group = {
  name: "Webhooks",
  checks: [
    check("C51", "only what the provider signed is let in, byte for byte", knowsSender),
    check("C52", "an old webhook is refused", refusesOld),
    check("C53", "a webhook that is sent again has the same delivery id", knowsRepeats),
    check(
      "C54",
      "webhooks in any order end at what the provider has",
      VirtualTime.inOneTime(Inbox.convergesInAnyOrder),
      "real"
    ),
    check(
      "C55",
      "webhooks of one second end at what the provider has",
      VirtualTime.inOneTime(Inbox.convergesInOneSecond),
      "real"
    ),
    check(
      "C56",
      "a body that cannot be read is kept, and read once it can be",
      VirtualTime.inOneTime(Inbox.keepsUnreadable),
      "real"
    ),
    check("C57", "a burst about one record is one read", VirtualTime.inOneTime(Inbox.gathers), "real"),
    check("C58", "a webhook in the shape of another version is known by it", tellsVersion)
  ]
}
