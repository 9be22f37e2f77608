/** What changed and what is gone: late, by another clock, and never by guesswork. */
import type { RecordId } from "@syncline/core"
import { Effect, Result } from "effect"
import { assert } from "vitest"
import { check, each, type Group, skip } from "../Check.ts"
import { haveSameIds } from "../Equality.ts"
import * as Linked from "../Linked.ts"
import * as Provider from "../Provider.ts"
import * as Reading from "../Reading.ts"
import * as VirtualTime from "../VirtualTime.ts"
import { offered, type Person, type Subject } from "../Subject.ts"
import { filled } from "./Read.ts"

const dayMs = 86_400_000

/** Follows the changes since a position, and answers which records they are about. */
const changedSince = Effect.fnUntraced(function* (
  provider: Provider.Provider,
  person: Person,
  from: Parameters<typeof Reading.follow>[1]
) {
  const entity = provider.entity(person.entity)
  const { changes, position } = yield* provider.run(Reading.follow(entity, from))
  return { settled: yield* provider.run(Reading.settled(entity, changes)), position }
})

const seesLate = Effect.fnUntraced(function* (subject: Subject) {
  yield* offered(subject.openings.lagMs)
  const { entities, people } = yield* subject.open()
  yield* each([...people.values()], (person) =>
    Effect.gen(function* () {
      const declared = entities[person.entity]?.source.changes
      if (declared === undefined) return yield* skip(`"${person.entity}" has no changes to follow`)
      if (declared.lagMs < 2000) return yield* skip(`"${person.entity}" declares that changes show at once`)
      // A second less, since a provider's time may have no more than seconds.
      const provider = yield* Provider.open(subject, { lagMs: declared.lagMs - 2000 })
      const begun = yield* provider.run(Reading.begin(provider.entity(person.entity)))
      const [first] = yield* provider.fill(provider.people.get(person.entity) ?? person, 2)
      const early = yield* changedSince(provider, person, begun)
      yield* provider.wait(declared.lagMs)
      const late = yield* changedSince(provider, person, early.position)
      const seen = new Map([...early.settled, ...late.settled])
      assert.isTrue(
        first !== undefined && seen.has(first),
        `a "${person.entity}" that showed ${declared.lagMs - 2000} ms late is seen, since up to ${declared.lagMs} ms are declared`
      )
      haveSameIds(seen, yield* provider.truth(person.entity), "changes that showed late")
    })
  )
})

const keepsClock = Effect.fnUntraced(function* (subject: Subject) {
  yield* offered(subject.openings.skewMs)
  for (const skewMs of [-300_000, 300_000]) {
    const provider = yield* Provider.open(subject, { skewMs })
    yield* each(Provider.people(provider), (person) =>
      Effect.gen(function* () {
        const entity = provider.entity(person.entity)
        if (entity.source.changes === undefined) return yield* skip(`"${person.entity}" has no changes to follow`)
        const begun = yield* provider.run(Reading.begin(entity))
        yield* provider.fill(person, 3)
        yield* provider.wait(2000)
        const { position, settled } = yield* changedSince(provider, person, begun)
        haveSameIds(
          settled,
          yield* provider.truth(person.entity),
          `changes by a clock that is ${skewMs / 1000} s ahead`
        )
        const more = yield* provider.fill(person, 1)
        yield* provider.wait(2000)
        const next = yield* changedSince(provider, person, position)
        for (const id of more) assert.isTrue(next.settled.has(id), `${id}, made after the last walk, is seen`)
      })
    )
  }
})

const seesEdits = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  yield* each(Provider.people(provider), (person) =>
    Effect.gen(function* () {
      const entity = provider.entity(person.entity)
      if (entity.source.changes === undefined) return yield* skip(`"${person.entity}" has no changes to follow`)
      if (person.editsShow !== true) {
        const { supportsWebhooks } = entity.source
        assert.isFalse(supportsWebhooks, `edits of "${person.entity}" show nowhere, so it must be reconciled every day`)
        return yield* skip(person.editsShow.none)
      }
      const [old, other] = yield* provider.fill(person, 2)
      if (old === undefined || other === undefined) return
      yield* provider.wait(dayMs)
      const begun = yield* provider.run(Reading.begin(entity))
      yield* provider.wait(600_000)
      const before = (yield* provider.truth(person.entity)).get(old)
      yield* provider.account.user.edit(person.entity, old, { [person.text.field]: "edited a day later" })
      yield* provider.wait(2000)
      const { settled } = yield* changedSince(provider, person, begun)
      const truth = (yield* provider.truth(person.entity)).get(old)
      assert.deepEqual(settled.get(old), truth, `an old "${person.entity}" that was edited is among the changes`)
      const { deltaSyncField } = entity.source
      if (deltaSyncField !== null)
        assert.notDeepEqual(truth?.[deltaSyncField], before?.[deltaSyncField], `${deltaSyncField} changes with an edit`)
    })
  )
})

const seesDeletions = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  yield* each(Provider.people(provider), (person) =>
    Effect.gen(function* () {
      yield* offered(person.removable)
      const entity = provider.entity(person.entity)
      const [gone] = yield* provider.fill(person, 2)
      if (gone === undefined) return
      const { changes } = entity.source
      const begun = changes === undefined ? null : yield* provider.run(changes.start)
      yield* provider.account.user.remove(person.entity, gone)
      yield* provider.wait(2000)
      assert.isNull((yield* provider.run(Reading.read(entity, [gone]))).get(gone), `${gone} was deleted: get says so`)
      const { records } = yield* provider.run(Reading.list(entity))
      assert.isFalse(records.has(gone), `${gone} was deleted: it is not listed`)
      if (changes?.deletes === true && begun !== null)
        assert.isNull((yield* changedSince(provider, person, begun)).settled.get(gone), `${gone} is among the changes`)
    })
  )
})

const neverGuesses = Effect.fnUntraced(function* (subject: Subject) {
  const { entity, provider } = yield* filled(subject, (page) => 2 * page + 1)
  const { tap } = provider
  if (tap === null) return yield* skip("a page of a table is one statement, which fails as a whole")
  const { path } = entity.endpoints.list
  const whole = yield* provider.run(Reading.list(entity))
  const requests = tap.heard().filter((request) => request.path === path).length
  const cuts: Readonly<Record<string, Tamperings>> = {
    "cut in the middle": (reply) => ({ ...reply, body: reply.body.slice(0, reply.body.length >> 1) }),
    "an empty body": (reply) => ({ ...reply, body: "" }),
    "an empty object": (reply) => ({ ...reply, body: "{}" }),
    "a server error": (reply) => ({ ...reply, status: 500, body: "" })
  }
  for (const [what, cut] of Object.entries(cuts))
    for (let broken = 1; broken <= Math.min(requests, 6); broken += 1) {
      let seen = 0
      tap.tamper((request, handler) =>
        Effect.map(handler(request), (reply) => {
          if (request.path !== path) return reply
          seen += 1
          return seen >= broken ? cut(reply) : reply
        })
      )
      const read = yield* Effect.result(provider.run(Reading.list(entity)))
      assert.isTrue(
        Result.isFailure(read) || read.success.records.size === whole.records.size,
        `a listing whose answer ${broken} is ${what} is said to be complete`
      )
    }
})

type Tamperings = (reply: {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
}) => {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
}

const keepsNew = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject)
  yield* linked.made("provider", 3)
  yield* linked.sync
  const { entities, person, tap } = linked
  const path = entities[person.entity]?.endpoints.list.path
  const born: Array<RecordId> = []
  tap?.tamper((request, handler) =>
    Effect.gen(function* () {
      const reply = yield* handler(request)
      if (request.path === path && born.length === 0) born.push(...(yield* linked.made("provider", 1)))
      return reply
    })
  )
  if (tap === null) born.push(...(yield* linked.made("provider", 1)))
  yield* linked.runFull
  yield* linked.sync
  yield* linked.isEven
  assert.isNotEmpty(born, "a record is made while the provider is listed")
})

/** More than ten, and all of them. */
const many = 12

const holdsMany = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject)
  const { person } = linked
  yield* offered(person.removable)
  const ids = yield* linked.made("provider", many)
  yield* linked.sync
  assert.strictEqual((yield* linked.truth("app")).size, many, "records to delete")
  for (const id of ids) yield* linked.user("provider").remove(person.entity, id)
  const found = yield* linked.reconcile
  assert.strictEqual(yield* linked.heldDeletions, many, `deletions that wait, of ${JSON.stringify(found)}`)
  assert.strictEqual((yield* linked.truth("app")).size, many, "and nothing is deleted meanwhile")
  yield* linked.approveDeletions
  assert.strictEqual(yield* linked.heldDeletions, 0, "deletions that wait after a person's word")
  yield* linked.isEven
})

const keepsFates = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  yield* each(Provider.people(provider), (person) =>
    Effect.gen(function* () {
      const { get } = provider.entity(person.entity).source
      for (const { id, seen, what } of yield* offered(person.scenes.fates)) {
        const record = yield* id
        yield* provider.wait(1000)
        const [answer] = yield* provider.run(get.run([record]))
        assert.strictEqual(answer?._tag, seen, what)
      }
    })
  )
})

export const delta: Group = {
  name: "Delta and deletes",
  checks: [
    check("C31", "a change that shows late, but within what is declared, is seen", seesLate),
    check("C32", "a provider whose clock is five minutes off loses nothing", keepsClock),
    check("C33", "an edit of an old record is among the changes", seesEdits),
    check("C34", "a deletion is visible as declared", seesDeletions),
    check("C35", "a listing that fails at any page is never said to be complete", neverGuesses),
    check("C36", "a record made while everything is listed is not deleted", keepsNew, "real"),
    check("C37", "archived, merged and voided records are what the connector says they are", keepsFates),
    check("C38", "many deletions at once wait for a person's word", VirtualTime.inOneTime(holdsMany), "real")
  ]
}
