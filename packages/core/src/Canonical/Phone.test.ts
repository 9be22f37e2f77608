import { assert, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Phone from "./Phone.ts"

const switzerland: Phone.Home = { callingCode: "41", trunkPrefix: "0" }
const spain: Phone.Home = { callingCode: "34", trunkPrefix: "" }

it.each<[string, Phone.Home | null, string]>([
  ["+41 44 668 18 00", null, "+41446681800"],
  ["00 41 (44) 668.18.00", null, "+41446681800"],
  ["+41 (0)44 668 18 00", null, "+41446681800"],
  ["044/668 18 00", switzerland, "+41446681800"],
  ["+34 912\u00a0345\u2011678", switzerland, "+34912345678"],
  ["912 345 678", spain, "+34912345678"]
])("%s is, at home in %j, %s", (text, home, expected) =>
  assert.deepStrictEqual(Phone.toE164(text, home), Result.succeed(expected))
)

it.each(["", "hello", "+", "+1", "+0123456789", "+1234567890123456", "044 668 18 00 ext. 5"])(
  "%j is no number anywhere",
  (text) => assert.isTrue(Result.isFailure(Phone.toE164(text, switzerland)))
)

it.prop("whatever is accepted is E.164", { text: Schema.String }, ({ text }) => {
  const number = Phone.toE164(text, switzerland)
  if (Result.isSuccess(number)) assert.isTrue(Schema.is(Phone.Phone)(number.success))
})
