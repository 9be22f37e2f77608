/** Records that refer to others: written after them, and with them. */
import { Effect } from "effect"
import { assert } from "vitest"
import { check, type Check, skip } from "../Check.ts"
import * as Linked from "../Linked.ts"
import * as Reading from "../Reading.ts"
import type { Subject } from "../Subject.ts"

/** Records of the application that refer to each other arrive at the provider with their references. */
const refers = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject, { isWritten: true, refers: true })
  const { fields, person } = linked
  yield* linked.made("app", 2)
  yield* linked.run
  yield* linked.sync
  yield* linked.isEven
  const truth = [...(yield* linked.truth("provider")).values()]
  assert.strictEqual(truth.length, 2, "records that refer to others are created")
  for (const { name, reference } of fields) {
    if (reference === null) continue
    const there = yield* linked.truth("provider", reference.entity)
    for (const record of truth)
      assert.isTrue(
        [...there.keys()].some((id) => id === record[name]),
        `${person.entity}.${name} names a record`
      )
  }
})

/** An optional reference that is set when the record is long there is a second write. */
const refersLater = Effect.fnUntraced(function* (subject: Subject) {
  const linked = yield* Linked.open(subject, { isWritten: true, refers: true })
  const { fields, person } = linked
  const optional = fields.find(({ reference }) => reference?.isOptional === true)
  if (optional?.reference === undefined || optional.reference === null)
    return yield* skip("every reference that it writes is required")
  yield* linked.made("app", 1)
  const [[id = Reading.nobody, record = {}] = []] = yield* linked.truth("app")
  const to = record[optional.name]
  yield* linked.user("app").edit(person.entity, id, { [optional.name]: null })
  yield* linked.sync
  yield* linked.user("app").edit(person.entity, id, { [optional.name]: to ?? null })
  yield* linked.sync
  const [there] = (yield* linked.truth("provider")).values()
  const names = yield* linked.truth("provider", optional.reference.entity)
  assert.isTrue(
    [...names.keys()].some((id) => id === there?.[optional.name]),
    `${optional.name} was set later`
  )
})

export const references: ReadonlyArray<Check> = [
  check("C49", "a reference that is set later is written later", refersLater, "real"),
  check("C50", "records are created after those that they refer to", refers, "real")
]
