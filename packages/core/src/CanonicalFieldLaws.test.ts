import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Canon from "./Canon.ts"
import * as FieldMapping from "./FieldMapping.ts"
import type { Fields } from "./Fields.ts"
import type { Side } from "./Side.ts"
import * as Transform from "./Transform.ts"

const unlinked: FieldMapping.References = { keyOf: () => null, idAt: () => null }

const Optional = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Parts = Schema.Literals(["", " ", "Ada", "King", " Anna  Maria ", "O'Neill, Jr."])
const Source = Schema.Struct({
  full_name: Optional(Schema.String),
  first: Optional(Parts),
  last: Optional(Parts),
  email: Optional(Schema.String),
  born: Optional(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4e9 }))),
  amount: Optional(Schema.Int),
  currency: Schema.Literals(["usd", "JPY", "kwd"]),
  tags: Optional(Schema.String),
  place: Optional(Schema.Struct({ city: Optional(Schema.String), zip: Optional(Schema.String) })),
  lines: Optional(
    Schema.Array(
      Schema.Struct({
        id: Schema.optionalKey(Schema.Literals(["l1", "l2"])),
        title: Optional(Parts),
        count: Optional(Schema.Literals([0, 1, 2.5])),
        unit: Optional(Schema.Struct({ cents: Schema.Literals([0, 1999]), own: Schema.optionalKey(Schema.Boolean) }))
      })
    )
  ),
  unmapped: Schema.optionalKey(Schema.Json)
})
const decimalText = Schema.Literals(["0", "0.005", "19.9", "19.9950", "-1.0049", "1200"])
const Target = Schema.Struct({
  first_name: Optional(Parts),
  last_name: Optional(Parts),
  whole: Optional(Schema.String),
  contact: Optional(Schema.Struct({ email: Optional(Schema.String), phone: Optional(Schema.String) })),
  born_at: Optional(Schema.Literals(["2026-11-21T10:30:00.250+01:00", "1999-12-31T23:59:59Z"])),
  price: Optional(decimalText),
  currency_code: Schema.Literals(["USD", "JPY", "KWD"]),
  tags: Optional(Schema.Array(Schema.String)),
  city: Optional(Schema.String),
  items: Optional(
    Schema.Array(
      Schema.Struct({
        account: Schema.optionalKey(Schema.Literals(["200", "400"])),
        text: Optional(Parts),
        quantity: Optional(Schema.Literals(["0", "1", "2.50"])),
        price: Optional(Schema.Literals(["0.00", "19.99", "7"]))
      })
    )
  ),
  unmapped: Schema.optionalKey(Schema.Json)
})
const mapping = FieldMapping.load(
  [
    { source: "full_name", target: ["first_name", "last_name"], transform: Transform.split() },
    { source: ["first", "last"], target: "whole", transform: [Transform.join(" ", "first"), Transform.lower] },
    { source: "email", target: "contact.email", transform: [Transform.trim, Transform.lower] },
    { source: "born", target: "born_at", transform: Transform.time("unix_seconds", "iso") },
    {
      source: "amount",
      target: "price",
      transform: Transform.minorToDecimal({ source: "currency", target: "currency_code" })
    },
    { source: "currency", target: "currency_code", transform: Transform.upper },
    { source: "tags", target: "tags", transform: Transform.split(",") },
    { source: "place.city", target: "city" },
    {
      source: "lines",
      target: "items",
      items: [
        { source: "title", target: "text", transform: Transform.trim },
        {
          source: "count",
          target: "quantity",
          transform: Transform.text,
          targetTransform: Transform.decimal(1),
          default: "1.0"
        },
        { source: "unit.cents", target: "price", transform: Transform.minorToDecimal("EUR") }
      ]
    }
  ],
  "bidirectional"
)

const lift = (side: Side, record: Fields) =>
  Result.getOrThrow(Result.flatMap(mapping, (loaded) => FieldMapping.lift(loaded, side, record, unlinked)))
const lower = (side: Side, changes: Fields, base: Fields | null) =>
  Result.getOrThrow(Result.flatMap(mapping, (loaded) => FieldMapping.lower(loaded, side, changes, base, unlinked)))

const Record = Schema.Union([
  Schema.Struct({ side: Schema.Literal("source"), record: Source, other: Source }),
  Schema.Struct({ side: Schema.Literal("target"), record: Target, other: Target })
])

describe("a lens is well behaved:", () => {
  it.prop("writing what was read changes nothing at all", [Record], ([{ side, record }]) => {
    const patch = lower(side, lift(side, record), record)
    assert.deepStrictEqual({ ...record, ...patch }, record)
  })

  it.prop("what was written is what is read, whatever was there before", [Record], ([{ side, record, other }]) => {
    const changes = lift(side, record)
    const written = { ...other, ...lower(side, changes, other) }
    const read = lift(side, written)
    for (const [name, value] of Object.entries(changes))
      assert.isTrue(Canon.isSame(read[name] ?? null, value), `${name}: ${JSON.stringify([value, read[name]])}`)
  })

  it.prop("writing twice is writing once", [Record], ([{ side, record, other }]) => {
    const changes = lift(side, record)
    const once = { ...other, ...lower(side, changes, other) }
    assert.deepStrictEqual({ ...once, ...lower(side, changes, once) }, once)
  })

  it.prop("what one side reads, the other can hold, and then reads the same", [Record], ([{ side, record }]) => {
    const read = lift(side, record)
    const there = side === "source" ? "target" : "source"
    const created = lower(there, read, null)
    const readThere = lift(there, created)
    for (const [name, value] of Object.entries(read))
      assert.isTrue(
        Canon.isSame(readThere[name] ?? null, value),
        `${name}: ${JSON.stringify([value, readThere[name]])}`
      )
  })

  it.prop("only fields that were changed are written", [Record], ([{ side, record }]) => {
    const { unmapped: _, ...mapped } = record
    assert.deepStrictEqual(lift(side, record), lift(side, mapped))
    assert.notProperty(lower(side, lift(side, record), record), "unmapped")
    assert.deepStrictEqual(lower(side, {}, record), {})
  })
})
