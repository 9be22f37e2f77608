import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Form from "./Form.ts"

/** As plain JSON, to compare with. */
const plain = (tree: Form.Tree): unknown =>
  typeof tree === "string" ? tree : Object.fromEntries([...tree].map(([key, inner]) => [key, plain(inner)]))

describe("Form", () => {
  it("reads hashes, lists and plain parameters", () => {
    assert.deepStrictEqual(
      plain(Form.decode("a=1&b[c]=2&b[d][e]=3&items[0][price]=p&items[1][price]=q&expand[]=x&expand[]=y")),
      {
        a: "1",
        b: { c: "2", d: { e: "3" } },
        items: { 0: { price: "p" }, 1: { price: "q" } },
        expand: { 0: "x", 1: "y" }
      }
    )
  })

  it("reads escaped brackets, plus signs and any script", () => {
    assert.deepStrictEqual(plain(Form.decode("a%5Bb%5D=x+y&n=%E5%90%8D&e=a%40b.c&empty=")), {
      a: { b: "x y" },
      n: "名",
      e: "a@b.c",
      empty: ""
    })
  })

  it("does not take names of Object's prototype for its own", () => {
    assert.deepStrictEqual([...Form.decode("__proto__[a]=1&constructor=2").keys()], ["__proto__", "constructor"])
  })

  it.prop(
    "parameters in another order are the same parameters",
    { value: Schema.Record(Schema.String, Schema.String) },
    ({ value }) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse())
      assert.strictEqual(Form.canonical(Form.fromJson(value)), Form.canonical(Form.fromJson(reversed)))
    }
  )

  it("different parameters are different", () => {
    const texts = ["a=1", "a=2", "b=1", "a[b]=1", "a[]=1", "a=1&b=2", "a="].map((text) =>
      Form.canonical(Form.decode(text))
    )
    assert.strictEqual(new Set(texts).size, texts.length)
  })
})
