import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import * as Fingerprint from "./Fingerprint.ts"

const isList = (json: Schema.Json): json is ReadonlyArray<Schema.Json> => Array.isArray(json)

/** Rebuilds a value with every object's members and every text passed through. */
const rebuilt = (
  json: Schema.Json,
  members: (entries: Array<[string, Schema.Json]>) => Array<[string, Schema.Json]>,
  text: (text: string) => string
): Schema.Json => {
  if (typeof json === "string") return text(json)
  if (typeof json !== "object" || json === null) return json
  if (isList(json)) return json.map((item) => rebuilt(item, members, text))
  return Object.fromEntries(
    members(Object.entries(json)).map(([name, value]) => [text(name), rebuilt(value, members, text)])
  )
}

const same = <A>(value: A): A => value

/** What two values have to have in common to be one content, as Node's own comparison sees it. */
const meaning = (json: Schema.Json): unknown =>
  JSON.parse(JSON.stringify(rebuilt(json, same, (text) => text.normalize("NFC"))))

const assertSame = (left: Schema.Json, right: Schema.Json) =>
  assert.strictEqual(Fingerprint.of(left), Fingerprint.of(right))
const assertDifferent = (left: Schema.Json, right: Schema.Json) =>
  assert.notStrictEqual(Fingerprint.of(left), Fingerprint.of(right))

const Record = Schema.Record(Schema.String, Schema.Json)

describe("a fingerprint does not change with", () => {
  it.prop("the order of keys, at any depth", [Schema.Json], ([json]) =>
    assertSame(
      json,
      rebuilt(json, (entries) => entries.reverse(), same)
    )
  )

  it.prop("how Unicode composes a character", [Schema.Json], ([json]) =>
    assertSame(
      rebuilt(json, same, (text) => text.normalize("NFC")),
      rebuilt(json, same, (text) => text.normalize("NFD"))
    )
  )

  it("é composed or not, in a value and in a key", () => {
    assert.strictEqual(Fingerprint.of({ name: "Andr\u00e9" }), Fingerprint.of({ name: "Andre\u0301" }))
    assert.strictEqual(Fingerprint.of({ "pr\u00e9nom": "a" }), Fingerprint.of({ "pre\u0301nom": "a" }))
  })

  it.each([
    ["1", "1.0"],
    ["1", "10e-1"],
    ["100", "1e2"],
    ["0", "-0"],
    ["0", "-0.0e5"],
    ["0.1", "1E-1"],
    ["1e21", "1000000000000000000000"]
  ])("whether a number is written %s or %s", (left, right) =>
    assert.strictEqual(Fingerprint.of(JSON.parse(left)), Fingerprint.of(JSON.parse(right)))
  )

  it.prop("writing it down and reading it again", [Schema.Json], ([json]) =>
    assertSame(json, Schema.decodeUnknownSync(Schema.Json)(JSON.parse(Fingerprint.canonical(json))))
  )
})

describe("a fingerprint changes with", () => {
  it.each<[string, Schema.Json, Schema.Json]>([
    ["absent and null", {}, { a: null }],
    ["null and empty text", { a: null }, { a: "" }],
    ["absent and empty text", {}, { a: "" }],
    ["empty text and empty list", { a: "" }, { a: [] }],
    ["empty list and empty object", { a: [] }, { a: {} }],
    ["a number and its text", { a: 1 }, { a: "1" }],
    ["true and its text", { a: true }, { a: "true" }],
    ["null and its text", { a: null }, { a: "null" }],
    ["upper and lower case", { a: "a" }, { a: "A" }],
    ["a space at the end", { a: "a" }, { a: "a " }],
    ["the order of a list", { a: [1, 2] }, { a: [2, 1] }],
    ["where a list ends", [["a"], "b"], [["a", "b"]]],
    ["what looks like structure", { a: '","b":"' }, { a: "", b: "" }],
    ["a backslash", { a: "\\" }, { a: "\\\\" }],
    ["compatibility forms, which mean something", { a: "\ufb01" }, { a: "fi" }],
    ["two lone surrogates", { a: "\ud800" }, { a: "\ud801" }],
    ["a lone surrogate and the replacement character", { a: "\ud800" }, { a: "\ufffd" }],
    ["numbers that differ in the last bit", 0.1 + 0.2, 0.3],
    [
      "which of two keys that NFC makes equal has the value",
      { "\u00e9": 1, "e\u0301": 2 },
      { "\u00e9": 2, "e\u0301": 1 }
    ]
  ])("%s", (_, left, right) => assert.notStrictEqual(Fingerprint.of(left), Fingerprint.of(right)))

  it.prop(
    "the value of any field",
    { record: Record, name: Schema.String, left: Schema.Json, right: Schema.Json },
    ({ record, name, left, right }) => {
      const assertion = isDeepStrictEqual(meaning(left), meaning(right)) ? assertSame : assertDifferent
      assertion({ ...record, [name]: left }, { ...record, [name]: right })
    }
  )

  it.prop(
    "the presence of any field",
    { record: Record, name: Schema.String, value: Schema.Json },
    ({ record, name, value }) => {
      const { [name]: _, ...without } = record
      assertDifferent(without, { ...without, [name]: value })
    }
  )
})

describe("canonical", () => {
  it("is JSON with sorted keys and no spaces", () =>
    assert.strictEqual(
      Fingerprint.canonical({ b: [1, { d: null, c: "x\n" }], a: true, "\u00e9": "\u00e9" }),
      '{"a":true,"b":[1,{"c":"x\\n","d":null}],"é":"é"}'
    ))

  it("sorts keys by code unit, also those that look like numbers", () =>
    assert.strictEqual(Fingerprint.canonical({ 10: 1, 9: 2, B: 3, a: 4 }), '{"10":1,"9":2,"B":3,"a":4}'))

  it("keeps shapes apart that have as many keys", () => {
    const shapes = [
      ["a", "b"],
      ["b", "a"],
      ["a", "c"],
      ["c", "a"]
    ].map(([first = "", second = ""]) => ({ [first]: 0, [second]: 1 }))
    const texts = () => shapes.map(Fingerprint.canonical)
    assert.deepStrictEqual(texts(), ['{"a":0,"b":1}', '{"a":1,"b":0}', '{"a":0,"c":1}', '{"a":1,"c":0}'])
    assert.deepStrictEqual(texts(), texts())
  })

  it.each([63, 64, 65, 66, 50_000])("is the same text at depth %i", (depth) => {
    let json: Schema.Json = { z: [1, "a"], a: {}, e: [] }
    let text = '{"a":{},"e":[],"z":[1,"a"]}'
    for (let level = 0; level < depth; level++) {
      json = level % 2 === 0 ? { b: json, a: level } : ["x", json]
      text = level % 2 === 0 ? `{"a":${level},"b":${text}}` : `["x",${text}]`
    }
    assert.isTrue(Fingerprint.canonical(json) === text)
  })
})

it.prop("a fingerprint is 32 letters of base64url", [Schema.Json], ([json]) =>
  assert.isTrue(Schema.is(Fingerprint.Fingerprint)(Fingerprint.of(json)))
)

it("a fingerprint stays the same from release to release, since links keep it", () =>
  assert.strictEqual(
    Fingerprint.of({ id: "cus_1", balance: -0, name: "Andre\u0301", tags: ["a", null] }),
    "WBZg9pZ7YfpP4u9BFv1OK78RK8P7MzXy"
  ))
