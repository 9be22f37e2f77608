/** What a provider sends, taken in by the real engine's reception, kept in the real inbox, and answered from there. */
import type { WebhookRequest } from "@syncline/connector"
import { Effect, Schema } from "effect"
import { assert } from "vitest"
import { skip } from "../Check.ts"
import * as Linked from "../Linked.ts"
import type { Subject } from "../Subject.ts"

/** Records that are linked, and a provider that calls back about them. */
const open = Effect.fnUntraced(function* (subject: Subject, count: number) {
  if (subject.connector.webhooks === undefined) return yield* skip("it declares no webhooks")
  const linked = yield* Linked.open(subject)
  const { webhooks } = linked.account
  if (webhooks === null) return yield* skip("its sandbox does not call back")
  const ids = yield* linked.made("provider", count)
  yield* linked.sync
  yield* webhooks.deliveries
  const user = linked.user("provider")
  const edit = (id: (typeof ids)[number], text: string) =>
    user.edit(linked.person.entity, id, { [linked.person.text.field]: text })
  const taken = Effect.fnUntraced(function* (requests: ReadonlyArray<WebhookRequest>) {
    assert.isNotEmpty(requests, "records changed, and no webhook was sent")
    const statuses = yield* linked.receive(requests)
    assert.isTrue(
      statuses.every((status) => status === 200),
      `the provider is told ${[...new Set(statuses)].join(", ")} for what it sent`
    )
  })
  /** Brings to the other side what was claimed. */
  const followed = Effect.gen(function* () {
    const executions = yield* linked.ingest
    for (const { job, reason, status } of executions) assert.strictEqual(status, "completed", `${job}: ${reason}`)
    yield* linked.isEven
  })
  const answered = (requests: ReadonlyArray<WebhookRequest>) => Effect.andThen(taken(requests), followed)
  return { ...linked, ids, edit, sent: webhooks.deliveries, user, taken, followed, answered }
})

export const convergesInAnyOrder = Effect.fnUntraced(function* (subject: Subject) {
  const { answered, edit, ids, made, person, sent, user } = yield* open(subject, 3)
  const [first, second] = ids
  if (first === undefined || second === undefined) return
  // Changes of what is known, and what is made, changed and deleted before anybody hears of it: the last word comes first.
  yield* edit(second, "edited once")
  const [born] = yield* made("provider", 1)
  if (born !== undefined) yield* edit(born, "edited at once")
  if (person.removable === true) {
    yield* user.remove(person.entity, first)
    const [brief] = yield* made("provider", 1)
    if (brief !== undefined) yield* user.remove(person.entity, brief)
  }
  const requests = yield* sent
  yield* answered(requests.toReversed())
  // What was heard last is heard again, in its own order.
  yield* answered(requests)
})

export const convergesInOneSecond = Effect.fnUntraced(function* (subject: Subject) {
  const { answered, edit, ids, sent } = yield* open(subject, 2)
  for (const round of ["a", "b"]) {
    for (const id of ids) for (const text of ["first", "second", "third"]) yield* edit(id, `${text} ${round}`)
    const requests = yield* sent
    // One that was overtaken by all others comes last.
    yield* answered(round === "a" ? [...requests.slice(1), ...requests.slice(0, 1)] : requests.toReversed())
  }
})

const unreadable = Schema.decodeUnknownEffect(Schema.Never)

export const keepsUnreadable = Effect.fnUntraced(function* (subject: Subject) {
  const { edit, ids, ingest, isEven, receive, reread, sent, truth } = yield* open(subject, 1)
  const { connector } = subject
  const { webhooks } = connector
  const [id] = ids
  if (webhooks === undefined || id === undefined) return
  // The connector as it was before somebody taught it this shape.
  const parse = (json: unknown) => unreadable(json)
  const before = Object.assign({}, connector, { webhooks: Object.assign({}, webhooks, { parse }) })
  const told = yield* truth("app")
  yield* edit(id, "edited")
  const requests = yield* sent
  const statuses = yield* receive(requests, before)
  assert.isTrue(
    statuses.every((status) => status === 200),
    "a genuine body that cannot be read is kept, so the provider is told yes"
  )
  yield* ingest
  assert.deepEqual(yield* truth("app"), told, "what cannot be read says nothing")
  yield* reread
  yield* ingest
  yield* isEven
  for (const json of [{}, [], null, "text", { unexpected: true }]) {
    const [request] = requests
    if (request === undefined) continue
    const parsed = yield* Effect.result(webhooks.parse(json, request))
    assert.isTrue(
      parsed._tag === "Failure" || parsed.success.claims.length === 0,
      `${JSON.stringify(json)} is unreadable, not a claim`
    )
  }
})

/** Calls that one read of a record may take: itself, and what hangs on it. */
const callsAtMost = 4

/** As many edits as are heard of before what was signed is too old, however busy the machine. */
const portion = 1000

export const gathers = Effect.fnUntraced(function* (subject: Subject) {
  const { edit, followed, ids, sent, taken, tap } = yield* open(subject, 1)
  const [id] = ids
  if (id === undefined) return
  const burst = subject.options.isFull ? 100_000 : 1000
  let told = 0
  for (let count = 0; count < burst; count += 1) {
    yield* edit(id, `edit ${count}`)
    if ((count + 1) % portion > 0) continue
    const requests = yield* sent
    yield* taken(requests)
    told += requests.length
  }
  assert.isAtLeast(told, Math.ceil(burst / 100), "webhooks of a burst")
  tap?.forget()
  yield* followed
  assert.isAtMost(tap?.heard().length ?? 0, callsAtMost, `calls for ${burst} webhooks about one record`)
})
