/** Values that are easily lost: each is read as the provider has it, and written as it was meant. */
import { type Fields, OpKey, RecordId } from "@syncline/core"
import { Effect, Result } from "effect"
import { assert } from "vitest"
import { check, type Check, each, type Skipped, skip } from "../Check.ts"
import { areEqual } from "../Equality.ts"
import * as Provider from "../Provider.ts"
import * as Reading from "../Reading.ts"
import { offered, type Person, type Subject } from "../Subject.ts"

/** Makes records with these fields by hand, and reads them; then by the connector, and looks at them by hand. */
const exact = (valuesOf: (person: Person) => Effect.Effect<ReadonlyArray<Fields>, Skipped>) =>
  Effect.fnUntraced(function* (subject: Subject) {
    const provider = yield* Provider.open(subject)
    yield* each(Provider.people(provider), (person) =>
      Effect.gen(function* () {
        const values = yield* valuesOf(person)
        const entity = provider.entity(person.entity)
        const made = yield* Effect.forEach(values, (fields) => provider.account.user.create(person.entity, fields))
        yield* provider.wait(1000)
        const truth = yield* provider.truth(person.entity)
        const { records } = yield* provider.run(Reading.list(entity))
        areEqual(records, truth, `"${person.entity}" as listed`)
        areEqual(
          yield* provider.run(Reading.read(entity, [...truth.keys()])),
          truth,
          `"${person.entity}" as read by id`
        )
        // Where a value has to be unique, it is free again.
        if (person.removable === true)
          yield* Effect.forEach(made, (id) => provider.account.user.remove(person.entity, id), { discard: true })
        yield* isWritten(provider, person, values)
      })
    )
  })

const isWritten = Effect.fnUntraced(function* (
  provider: Provider.Provider,
  person: Person,
  values: ReadonlyArray<Fields>
) {
  const { endpoints, target } = provider.entity(person.entity)
  const create = target?.create
  const writable = endpoints.create?.fields ?? []
  if (create === undefined) return
  for (const [index, patch] of values.entries()) {
    if (writable.length > 0 && Object.keys(patch).some((field) => !writable.includes(field))) continue
    const key = OpKey.make(`exact-${person.entity}-${index}`)
    const outcome = (yield* provider.run(create.run([{ key, patch }], key))).get(key)
    if (outcome === undefined || Result.isFailure(outcome))
      return assert.fail(`${JSON.stringify(patch).slice(0, 200)} is not written: ${JSON.stringify(outcome?.failure)}`)
    const id = Reading.idOf(provider.entity(person.entity), outcome.success)
    const stored = (yield* provider.truth(person.entity)).get(id)
    for (const [field, value] of Object.entries(patch))
      assert.deepEqual(stored?.[field] ?? null, value, `"${person.entity}.${field}" as written`)
  }
})

const texts = (longest: number): ReadonlyArray<string> => [
  "Zoë Ångström-Müller, Nguyễn, 渡邉",
  "👩‍👩‍👧‍👦 🇩🇪 e\u0301",
  "שלום עולם",
  "\u202bمرحبا بالعالم\u202c",
  'line\nbreak\ttab "quoted" \\ back',
  "'; drop table record; -- ${x} {{y}} <b>&amp;</b> %s",
  "é".repeat(Math.floor(Math.min(longest, 65_536) / 2))
]

/** Of an entity that refers to nobody. Each text is a record of its own, with the other fields of its own too. */
const withTexts = (person: Person): Effect.Effect<ReadonlyArray<Fields>, Skipped> => {
  let isAlone = true
  const fields = texts(person.text.longest).map((text, index) => ({
    ...person.record(index, (entity) => {
      isAlone = false
      return RecordId.make(entity)
    }),
    [person.text.field]: text
  }))
  return isAlone ? Effect.succeed(fields) : skip(`records of "${person.entity}" refer to others`)
}

export const exactness: ReadonlyArray<Check> = [
  check(
    "C25",
    "null, absent and empty are told apart",
    exact(({ scenes }) => offered(scenes.empty))
  ),
  check(
    "C26",
    "numbers and amounts are exact",
    exact(({ scenes }) => offered(scenes.numbers))
  ),
  check(
    "C27",
    "times and dates are exact",
    exact(({ scenes }) => offered(scenes.times))
  ),
  check("C28", "text is exact: every script, emoji, direction, and 64 KB of it", exact(withTexts))
]
