import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as BoundedJson from "./BoundedJson.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const parse = (text: string, limits?: BoundedJson.Limits) => BoundedJson.parse(bytes(text), limits)
const why = (text: string, limits?: BoundedJson.Limits): string | null => {
  const parsed = parse(text, limits)
  return parsed instanceof BoundedJson.Malformed ? parsed.why : null
}
const small: BoundedJson.Limits = { depth: 3, nodes: 6, nameLength: 4 }

describe("BoundedJson", () => {
  it.prop("reads what JSON.parse reads", { value: Schema.Json }, ({ value }) => {
    const text = JSON.stringify(value, null, 1)
    const parsed = parse(text)
    assert.deepStrictEqual(parsed instanceof BoundedJson.Malformed ? parsed.why : parsed.json, JSON.parse(text))
  })

  it("refuses depth, number and long names before it parses", () => {
    assert.strictEqual(why("[[[1]]]", small), null)
    assert.strictEqual(why("[[[[1]]]]", small), "values lie more than 3 deep")
    assert.strictEqual(why('[1,"a",true,null,-1.5e3]', small), null)
    assert.strictEqual(why('[1,"a",true,null,-1.5e3,{}]', small), "there are more than 6 values")
    assert.strictEqual(why('{"abcd":1}', small), null)
    assert.strictEqual(why('{"abcde":1}', small), "a name is longer than 4 characters")
    assert.strictEqual(why("[".repeat(1_000_000)), "values lie more than 64 deep")
    assert.strictEqual(why(`[${"0,".repeat(200_000)}0]`), "there are more than 100000 values")
  })

  it("refuses a name that is given twice in one object, however it is spelt, and not in two", () => {
    assert.strictEqual(why('{"id":1,"x":{"id":2},"y":[{"id":3},{"id":4}]}'), null)
    assert.strictEqual(why('{"id":1,"x":"id","id":2}'), "an object has a name twice")
    assert.strictEqual(why('{"x":[{"id":1}],"y":{"id":1,"\\u0069d":2}}'), "an object has a name twice")
    assert.strictEqual(why('{"x":"a\\"","y":"b\\\\","x":1}'), "an object has a name twice")
  })

  it("refuses what is no UTF-8 and what is no JSON", () => {
    assert.instanceOf(BoundedJson.parse(new Uint8Array([0x22, 0xff, 0x22])), BoundedJson.Malformed)
    for (const text of ["", "{", '"', "a", '{"a" 1}', "[1,]", "{'a':1}", '{"a":1}}', "\u0000"])
      assert.isNotNull(why(text), text)
  })
})
