/** Writes: once, only what changed, refused where they must be, and in an order that the provider can take. */
import type { Create, Entity, Http, Outcomes, Reason, Sql } from "@syncline/connector"
import type { Faults } from "@syncline/connector/sandbox"
import { type Fields, OpKey, type RecordId } from "@syncline/core"
import { Effect, Fiber, Result, Schedule } from "effect"
import { assert } from "vitest"
import { check, each, type Group, type Skipped, skip } from "../Check.ts"
import * as Linked from "../Linked.ts"
import * as Provider from "../Provider.ts"
import * as Reading from "../Reading.ts"
import type { Wire } from "@syncline/connector/sandbox"
import { offered, type Person, type Subject } from "../Subject.ts"
import { references } from "./References.ts"

type AnyEntity = Entity<Fields, Http | Sql>
type Target = NonNullable<AnyEntity["target"]>

const verb = <Name extends "create" | "update" | "remove">(
  { target }: AnyEntity,
  name: Name,
  entity: string
): Effect.Effect<NonNullable<Target[Name]>, Skipped> => {
  const found = target?.[name]
  return found === undefined ? skip(`"${entity}" has no ${name}`) : Effect.succeed<NonNullable<Target[Name]>>(found)
}

/** The outcome of the only op. */
const outcomeOf = <A>(outcomes: Outcomes<A>, key: OpKey): Result.Result<A, Reason | { readonly _tag: "no outcome" }> =>
  outcomes.get(key) ?? Result.fail({ _tag: "no outcome" })

let ops = 0
const newKey = (): OpKey => OpKey.make(`conformance-${(ops += 1)}`)

interface Made {
  readonly provider: Provider.Provider
  readonly person: Person
  readonly entity: AnyEntity
  readonly id: RecordId
  /** As the connector reads it. */
  readonly base: Fields
}

/** A record of each entity in turn, made by hand and read by the connector. */
const eachMade = (run: (made: Made) => Effect.Effect<void, unknown>) =>
  Effect.fnUntraced(function* (subject: Subject) {
    const provider = yield* Provider.open(subject)
    yield* each(Provider.people(provider), (person) =>
      Effect.gen(function* () {
        const entity = provider.entity(person.entity)
        const [id] = yield* provider.fill(person, 1)
        const base = id === undefined ? null : (yield* provider.run(Reading.read(entity, [id]))).get(id)
        if (id === undefined || base === null || base === undefined) return assert.fail("a new record is not read")
        provider.tap?.forget()
        yield* run({ provider, person, entity, id, base })
      })
    )
  })

const writesOf = ({ tap }: Provider.Provider) => tap?.heard().filter(({ method }) => method !== "GET") ?? []

/** Sent to where the connector declares: `/v1/customers/{id}`. GraphQL is asked at one path, also by documents that are no mutation. */
const isSentTo =
  (endpoint: { readonly method: string; readonly path: string } | undefined): Faults.Matches =>
  ({ body, method, path }) =>
    method === endpoint?.method &&
    segments(path).length === segments(endpoint.path).length &&
    segments(endpoint.path).every((part, index) => part.startsWith("{") || part === segments(path)[index]) &&
    (!/"query"\s*:/.test(body) || /"query"\s*:\s*"\s*mutation\b/.test(body))

const isOnce = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject, { isWritten: true })
  yield* linked.made("app", 1)
  yield* linked.sync
  const { account, entities, person } = linked
  const creating = isSentTo(entities[person.entity]?.endpoints.create)
  const faults: ReadonlyArray<Faults.Fault> =
    account.wire === null
      ? []
      : [
          { _tag: "DropBefore" },
          { _tag: "DropAfter" },
          { _tag: "Truncate" },
          { _tag: "Answer", reply: () => ({ status: 502, headers: {}, body: "<html></html>" }) }
        ]
  for (const fault of faults) {
    yield* linked.made("app", 1)
    yield* account.wire?.faults.next(1, creating, fault) ?? Effect.void
    yield* linked.run
    yield* linked.sync
    yield* linked.isEven
  }
  yield* dies(linked, creating)
  yield* linked.isEven
  // A second record at the provider comes back to the application as one more, so that both sides would be even all the same.
  const made = faults.length + 2
  for (const side of ["app", "provider"] as const)
    assert.strictEqual(
      (yield* linked.truth(side)).size,
      made,
      `records at the ${side}, where a person has made ${made}`
    )
})

const segments = (path: string) => path.split("/")

/** The process dies while a create is under way; then another one goes on. */
const dies = Effect.fnUntraced(function* (linked: Linked.Linked, creating: Faults.Matches) {
  const { account } = linked
  const before = (yield* linked.truth("provider")).size
  yield* linked.made("app", 1)
  yield* account.wire?.faults.next(1, creating, { _tag: "DelayAfter", ms: 60_000 }) ?? Effect.void
  const running = yield* Effect.forkChild(Effect.exit(linked.run))
  const isMade = Effect.map(linked.truth("provider"), ({ size }) => size > before || running.pollUnsafe() !== undefined)
  yield* Effect.repeat(isMade, { until: (is) => is, schedule: Schedule.spaced("5 millis") })
  yield* Fiber.interrupt(running)
  yield* linked.sync
})

const isPartial = eachMade(({ base, entity, id, person, provider }) =>
  Effect.gen(function* () {
    const update = yield* verb(entity, "update", person.entity)
    const field = yield* writtenText(entity, person)
    const key = newKey()
    const outcome = outcomeOf(
      yield* provider.run(update.run([{ key, id, patch: { [field]: "changed" }, base }], key)),
      key
    )
    assert.isTrue(Result.isSuccess(outcome), `a change of "${person.entity}.${field}" is written`)
    const after = (yield* provider.truth(person.entity)).get(id)
    assert.strictEqual(after?.[field], "changed")
    const sent = writesOf(provider)
      .map(({ body, query }) => decodeURIComponent(`${query} ${body}`.replaceAll("+", " ")))
      .join(" ")
    for (const [name, value] of Object.entries(person.record(1, () => Reading.nobody)))
      if (name !== field && typeof value === "string" && value.length > 3 && value !== Reading.nobody)
        assert.notInclude(sent, value, `"${person.entity}.${name}" did not change and is sent all the same`)
  })
)

/** The field of free text, where it can be written. */
const writtenText = ({ endpoints: { update } }: Made["entity"], { entity, text: { field } }: Person) =>
  update === undefined || update.fields.length === 0 || update.fields.includes(field)
    ? Effect.succeed(field)
    : skip(`no text of "${entity}" can be changed`)

const isSilent = eachMade(({ base, entity, id, person, provider }) =>
  Effect.gen(function* () {
    const update = yield* verb(entity, "update", person.entity)
    const begun = entity.source.changes === undefined ? null : yield* provider.run(entity.source.changes.start)
    provider.tap?.forget()
    const key = newKey()
    const patch = Object.fromEntries(
      Object.keys(person.record(0, () => Reading.nobody)).flatMap((name) => {
        const value = base[name]
        const writable = entity.endpoints.update?.fields ?? []
        return value === undefined || (writable.length > 0 && !writable.includes(name)) ? [] : [[name, value]]
      })
    )
    yield* provider.run(update.run([{ key, id, patch, base }], key))
    const calls = writesOf(provider)
    assert.isEmpty(
      calls,
      `an update of "${person.entity}" that changes nothing was sent: ${calls[0]?.method} ${calls[0]?.path}`
    )
    if (provider.tap !== null || begun === null) return
    const { changes } = yield* provider.run(Reading.follow(entity, begun))
    assert.isEmpty(changes, `an update of "${person.entity}" that changes nothing wrote the row`)
  })
)

const seesStale = Effect.fnUntraced(function* (subject: Subject) {
  yield* each([refusesStale(subject), keepsOthers(subject)], (tried) => tried)
})

const refusesStale = (subject: Subject) =>
  eachMade(({ base, entity, id, person, provider }) =>
    Effect.gen(function* () {
      const update = yield* verb(entity, "update", person.entity)
      if (!update.refusesStale)
        return yield* skip(`"${person.entity}" takes stale updates; the engine looks before and after`)
      const field = yield* writtenText(entity, person)
      yield* provider.account.user.edit(person.entity, id, { [field]: "a person's" })
      const key = newKey()
      const sent = yield* Effect.result(provider.run(update.run([{ key, id, patch: { [field]: "ours" }, base }], key)))
      const outcome = Result.isFailure(sent) ? Result.fail(sent.failure.reason) : outcomeOf(sent.success, key)
      assert.strictEqual(Result.isFailure(outcome) ? outcome.failure._tag : "stored", "Conflicted", "a stale update")
      const after = (yield* provider.truth(person.entity)).get(id)
      assert.strictEqual(after?.[field], "a person's", "the person's edit is still there")
    })
  )(subject)

/** A record is named by the path, or where there are batches by the body. */
const names = ({ body, path }: Wire.Request, id: string): boolean => path.includes(id) || body.includes(id)

/** An edit of another field that lands between our read and our write survives it. */
const keepsOthers = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject, { isWritten: true })
  const { entities, fields, person, tap } = linked
  const { field } = person.text
  const filled = person.record(0, () => Reading.nobody)
  const other = fields.find(
    ({ name, reference }) => name !== field && reference === null && typeof filled[name] === "string"
  )
  if (tap === null || other === undefined) return yield* skip("a write is one statement in one database")
  const [mine] = yield* linked.made("provider", 1)
  yield* linked.sync
  const [theirs] = (yield* linked.truth("app")).keys()
  if (mine === undefined || theirs === undefined) return assert.fail("a record that was made is not synced")
  yield* linked.user("app").edit(person.entity, theirs, { [field]: "ours" })
  const isUpdate = isSentTo(entities[person.entity]?.endpoints.update)
  let isEdited = false
  const value = person.record(77, () => Reading.nobody)[other.name] ?? null
  tap.tamper((request, handler) => {
    if (isEdited || !isUpdate(request) || !names(request, mine)) return handler(request)
    isEdited = true
    return Effect.andThen(linked.user("provider").edit(person.entity, mine, { [other.name]: value }), handler(request))
  })
  yield* linked.run
  yield* linked.sync
  yield* linked.sync
  assert.isTrue(isEdited, "the change is sent to the provider")
  const record = (yield* linked.truth("provider")).get(mine)
  assert.strictEqual(record?.[field], "ours", "our change")
  assert.deepEqual(record?.[other.name], value, `a person's change of "${other.name}", made while ours was on its way`)
  yield* linked.isEven
})

const isolates = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject, { isWritten: true })
  const { fields, person } = linked
  const invalid = yield* offered(person.scenes.invalid)
  yield* linked.made("app", 1)
  const known = new Set(fields.map(({ name }) => name))
  const bad = Object.fromEntries(Object.entries(invalid.fields).filter(([name]) => known.has(name)))
  yield* linked.user("app").create(person.entity, bad)
  yield* linked.made("app", 1)
  const [report] = yield* linked.run
  assert.strictEqual(report?.status, "completed_with_errors", `${report?.reason}`)
  assert.strictEqual(report?.counters.created, 2, "the good ones are created")
  assert.strictEqual(report?.counters.failed, 1, "the bad one is set aside")
})

const namesField = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  yield* each(Provider.people(provider), (person) =>
    Effect.gen(function* () {
      const { fields, path } = yield* offered(person.scenes.invalid)
      const create = yield* verb(provider.entity(person.entity), "create", person.entity)
      const op: Create<Fields> = { key: newKey(), patch: fields }
      const sent = yield* Effect.result(provider.run(create.run([op], op.key)))
      const outcome = Result.isFailure(sent) ? Result.fail(sent.failure.reason) : outcomeOf(sent.success, op.key)
      if (Result.isSuccess(outcome)) return assert.fail(`${JSON.stringify(fields)} is taken`)
      const { failure } = outcome
      if (failure._tag !== "Rejected") return assert.fail(`a value that is not valid is Rejected, not ${failure._tag}`)
      assert.property(failure.fields, path, "the complaint names the field")
    })
  )
})

const settles = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject, { isWritten: true })
  const { person } = linked
  const { sent, stored } = yield* offered(person.scenes.normalised)
  yield* linked.made("app", 1)
  const [id] = (yield* linked.truth("app")).keys()
  if (id !== undefined) yield* linked.user("app").edit(person.entity, id, sent)
  yield* linked.sync
  yield* linked.sync
  const [record] = (yield* linked.truth("provider")).values()
  for (const [field, value] of Object.entries(stored))
    assert.deepEqual(record?.[field], value, "as the provider stores it")
  assert.strictEqual(linked.written(yield* linked.sync), 0, "what the provider made of a value is written again")
})

const toleratesLag = Effect.fnUntraced(function* (subject: Subject) {
  yield* offered(subject.openings.lagMs)
  const linked = yield* Linked.open(subject, { isWritten: true, lagMs: 60_000 })
  yield* linked.made("app", 3)
  yield* linked.sync
  assert.strictEqual(linked.written(yield* linked.runNow), 0, "a record that is not shown yet is written again")
  assert.strictEqual((yield* linked.truth("provider")).size, 3, "records at the provider")
})

const removesTwice = eachMade(({ base, entity, id, person, provider }) =>
  Effect.gen(function* () {
    const remove = yield* verb(entity, "remove", person.entity)
    yield* offered(person.removable)
    for (const time of ["first", "second"]) {
      const key = newKey()
      const outcome = outcomeOf(yield* provider.run(remove.run([{ key, id, base }], key)), key)
      assert.isTrue(
        Result.isSuccess(outcome),
        `the ${time} delete of a "${person.entity}": ${Result.isFailure(outcome) ? JSON.stringify(outcome.failure) : ""}`
      )
    }
  })
)

const explainsLocks = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  yield* each(Provider.people(provider), (person) =>
    Effect.gen(function* () {
      const { id, patch, says } = yield* yield* offered(person.scenes.locked)
      const entity = provider.entity(person.entity)
      const update = yield* verb(entity, "update", person.entity)
      const base = (yield* provider.run(Reading.read(entity, [id]))).get(id)
      if (base === undefined || base === null) return assert.fail("a locked record is not read")
      const key = newKey()
      const sent = yield* Effect.result(provider.run(update.run([{ key, id, patch, base }], key)))
      const outcome = Result.isFailure(sent) ? Result.fail(sent.failure.reason) : outcomeOf(sent.success, key)
      const failure = Result.isFailure(outcome) ? outcome.failure : null
      if (failure?._tag !== "Rejected")
        return assert.fail(`a locked record is Rejected, not ${failure?._tag ?? "written"}`)
      assert.include(JSON.stringify(failure.fields), says, "the complaint explains the lock")
    })
  )
})

export const write: Group = {
  name: "Write",
  checks: [
    check("C39", "a create whose answer is lost, and a process that dies, leave one record", isOnce, "real"),
    check("C40", "an update sends only what changed", isPartial),
    check("C41", "an update that changes nothing makes no call", isSilent),
    check("C42", "a stale update is refused, or what it would overwrite survives", seesStale, "real"),
    check("C43", "one bad record does not take others with it", isolates, "real"),
    check("C44", "a refused value names its field", namesField),
    check("C45", "what the provider makes of a value is not written again", settles, "real"),
    check("C46", "a record that is not shown yet is not written again", toleratesLag, "real"),
    check("C47", "deleting what is gone succeeds", removesTwice),
    check("C48", "a locked record is refused for good, and explained", explainsLocks),
    ...references
  ]
}
