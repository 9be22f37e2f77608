import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Form from "./Form.ts"
import * as Sent from "./sandbox/Form.ts"
import { isHash, merged } from "./sandbox/Json.ts"
import { believed, type Profile } from "./sandbox/Options.ts"
import * as Parameters from "./sandbox/Parameters.ts"
import { applied } from "./sandbox/Resource.ts"

describe("a form", () => {
  it("names what is nested as Stripe does, and leaves out what a new record lacks anyway", () => {
    assert.deepStrictEqual(
      Form.created({
        name: "Ada",
        email: null,
        balance: -5,
        address: { city: "Paris", line2: null },
        images: ["a", "b"],
        custom_fields: [{ name: "PO", value: "7" }],
        preferred_locales: [],
        active: false,
        metadata: { plan: "team" }
      }),
      {
        name: "Ada",
        balance: "-5",
        "address[city]": "Paris",
        "images[0]": "a",
        "images[1]": "b",
        "custom_fields[0][name]": "PO",
        "custom_fields[0][value]": "7",
        active: "false",
        "metadata[plan]": "team"
      }
    )
  })

  it("clears by an empty text, metadata key by key, and never clears our own mark", () => {
    const base = { email: "a@example.org", images: ["a"], metadata: { syncline_key: "k", plan: "team", note: "n" } }
    assert.deepStrictEqual(Form.updated({ email: null, images: [], metadata: { plan: "free" } }, base), {
      email: "",
      images: "",
      "metadata[plan]": "free",
      "metadata[note]": ""
    })
    assert.deepStrictEqual(Form.updated({ metadata: null }, base), { "metadata[plan]": "", "metadata[note]": "" })
  })

  it("is empty where nothing differs", () => {
    assert.deepStrictEqual(
      Form.updated(
        { name: "Ada", address: { city: "Paris", line1: null } },
        { name: "Ada", address: { line1: null, city: "Paris" } }
      ),
      {}
    )
  })

  it("clears what the record as last seen does not tell of", () => {
    assert.deepStrictEqual(Form.updated({ business_name: null, email: null }, { email: null }), { business_name: "" })
  })

  it.each([
    ["email", "email"],
    ["shipping[address][city]", "shipping.address.city"],
    ["custom_fields[0][name]", "custom_fields.0.name"]
  ])("the parameter %s is the field %s", (parameter, field) => assert.strictEqual(Form.fieldOf(parameter), field))
})

const Text = Schema.String.check(Schema.isPattern(/^[a-zé ]{1,8}$/))
const MaybeText = Schema.NullOr(Text)
const Record = Schema.Struct({
  name: MaybeText,
  address: Schema.NullOr(Schema.Struct({ city: MaybeText, line1: MaybeText, line2: MaybeText })),
  metadata: Schema.Record(Schema.String.check(Schema.isPattern(/^[a-z]{1,3}$/)), Text),
  preferred_locales: Schema.Array(Text)
})
type Record = typeof Record.Type

const parameters: Parameters.Parameters = {
  name: Parameters.text,
  address: Parameters.hash({ city: Parameters.text, line1: Parameters.text, line2: Parameters.text }),
  metadata: Parameters.metadata,
  preferred_locales: Parameters.list(Parameters.solidText)
}

/** An address of nothing is none. */
const settled = ({ address, ...record }: Record) => ({
  ...record,
  address: address === null ? {} : Object.fromEntries(Object.entries(address).filter(([, value]) => value !== null))
})
const decode = Schema.decodeUnknownSync(Record)

/** What the account holds after the form arrived. */
const after = (base: Record, form: Form.Form, hashes: Profile["hashes"]): Record => {
  const given = Parameters.read(Sent.decode(new URLSearchParams(form).toString()), parameters, [])
  if (Result.isFailure(given)) throw new Error(given.failure.message)
  const { address, ...rest } = applied(base, given.success, { ...believed, hashes })
  const whole = isHash(address) ? merged({ city: null, line1: null, line2: null }, address) : null
  return decode({ ...rest, address: whole })
}

describe("an update makes of any record the one that was asked for", () => {
  for (const hashes of ["merged", "replaced"] as const) {
    it.prop(`when Stripe's objects are ${hashes}`, { base: Record, asked: Record }, ({ base, asked }) => {
      const result = after(base, Form.updated(asked, base), hashes)
      assert.deepStrictEqual(settled(result), settled(asked))
    })
  }
})
