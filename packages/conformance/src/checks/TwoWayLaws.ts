/** The two laws of a two-way sync: our own writes come back as nothing, and whatever happens, both sides meet. */
import { type Faults, Seed } from "@syncline/connector/sandbox"
import { FieldMapping } from "@syncline/core"
import { Effect, Result } from "effect"
import { assert } from "vitest"
import { check, type Group } from "../Check.ts"
import * as Linked from "../Linked.ts"
import * as Provider from "../Provider.ts"
import type { Subject } from "../Subject.ts"

/** What went wrong, with the line that plays it again. */
const replayable = <A, E, R>(subject: Subject, id: string, seed: number, effect: Effect.Effect<A, E, R>) =>
  Effect.catchDefect(effect, (defect) =>
    Effect.die(
      new Error(
        `${defect instanceof Error ? defect.message : String(defect)}\nreplay: CONFORMANCE_SEED=${seed} npm run conformance -- ${subject.connector.name} ${id}`,
        { cause: defect }
      )
    )
  )

const hasNoEcho = (subject: Subject) => {
  const { seed } = subject.options
  return replayable(
    subject,
    "C63",
    seed,
    Effect.gen(function* () {
      const linked = yield* Linked.open(subject)
      const draw = new Seed.Draw(seed, 63, 0)
      const sides: ReadonlyArray<Linked.SideName> = linked.isWritten ? ["provider", "app"] : ["provider"]
      for (const side of sides) {
        yield* linked.made(side, 3 + draw.int(4))
        yield* linked.sync
        yield* linked.isEven
        assert.strictEqual(linked.written(yield* linked.sync), 0, `what was brought from the ${side} is written again`)
        const ids = [...(yield* linked.truth(side)).keys()]
        for (const id of ids.filter(() => draw.chance(60)))
          yield* linked
            .user(side)
            .edit(linked.person.entity, id, { [linked.person.text.field]: `edit ${draw.int(1000)}` })
        yield* linked.sync
        yield* linked.isEven
        assert.strictEqual(linked.written(yield* linked.sync), 0, `what was edited at the ${side} is written again`)
      }
    })
  )
}

/** One history of edits, faults and crashes, then peace. */
const meets = (subject: Subject, seed: number) =>
  replayable(
    subject,
    "C64",
    seed,
    Effect.gen(function* () {
      const linked = yield* Linked.open(subject)
      const { account, person } = linked
      const draw = new Seed.Draw(seed, 64, 0)
      const sides: ReadonlyArray<Linked.SideName> = linked.isWritten ? ["provider", "app"] : ["provider"]
      const faults: ReadonlyArray<Faults.Fault> = [{ _tag: "DropAfter" }, { _tag: "DropBefore" }, { _tag: "Truncate" }]
      let edits = 0
      for (let step = 0; step < 4; step += 1) {
        for (const side of sides) {
          if (draw.chance(60)) yield* linked.made(side, 1)
          for (const id of [...(yield* linked.truth(side)).keys()].filter(() => draw.chance(30))) {
            edits += 1
            if (draw.chance(15) && person.removable === true) yield* linked.user(side).remove(person.entity, id)
            else yield* linked.user(side).edit(person.entity, id, { [person.text.field]: `edit ${draw.int(1000)}` })
          }
        }
        const fault = faults[draw.int(faults.length)]
        if (draw.chance(50) && fault !== undefined)
          yield* account.wire?.faults.next(1, ({ method }) => method !== "GET", fault) ?? Effect.void
        yield* linked.run
      }
      yield* account.wire?.faults.clear ?? Effect.void
      // Bounded: a few quiet runs, of which the last has nothing to do.
      let written = 0
      for (let quiet = 0; quiet < 4; quiet += 1) written = linked.written(yield* linked.run)
      assert.strictEqual(written, 0, `after ${edits} edits and four quiet runs there is still something to write`)
      if ((yield* linked.conflicts) === 0) yield* linked.isEven
    })
  )

const converges = Effect.fnUntraced(function* (subject: Subject) {
  const { isFull, seed } = subject.options
  yield* hasLenses(subject)
  for (let one = seed; one < seed + (isFull ? 50 : 2); one += 1) yield* meets(subject, one)
})

/** No record is linked here, so references stay the ids that they are. */
const unlinked: FieldMapping.References = { keyOf: () => null, idAt: () => null }

/** Writing what was read changes nothing: each record into its canonical form and back. */
const hasLenses = Effect.fnUntraced(function* (subject: Subject) {
  const provider = yield* Provider.open(subject)
  for (const person of Provider.people(provider)) {
    const { canonical } = provider.entity(person.entity)
    if (canonical === undefined) continue
    yield* provider.fill(person, 3)
    const loaded = FieldMapping.load(FieldMapping.join(canonical, canonical), "bidirectional")
    if (Result.isFailure(loaded))
      return assert.fail(`the canonical mapping of "${person.entity}": ${loaded.failure.message}`)
    for (const [id, record] of yield* provider.truth(person.entity)) {
      const lifted = FieldMapping.lift(loaded.success, "source", record, unlinked)
      if (Result.isFailure(lifted)) return assert.fail(`${id} has no canonical form: ${lifted.failure.message}`)
      const writable = loaded.success.fields.filter(({ source }) => source.write !== null).map(({ name }) => name)
      const changes = Object.fromEntries(Object.entries(lifted.success).filter(([name]) => writable.includes(name)))
      const lowered = FieldMapping.lower(loaded.success, "source", changes, record, unlinked)
      if (Result.isFailure(lowered))
        return assert.fail(`${id} is not written as it was read: ${lowered.failure.message}`)
      for (const [field, value] of Object.entries(lowered.success))
        assert.deepEqual(value, record[field], `"${person.entity}.${field}", written as it was read`)
    }
  }
})

export const twoWayLaws: Group = {
  name: "Two-way laws",
  checks: [
    check("C63", "our own writes come back as nothing", hasNoEcho, "real"),
    check("C64", "edits, faults and crashes in any order end with both sides equal, or a conflict", converges, "real")
  ]
}
