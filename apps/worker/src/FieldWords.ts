/** Fields and their values as they are typed: `apiKey=sk_…`, `tables:='{"customers":{}}'`, or `-` for JSON on standard input. */
import { Effect, Result, Schema } from "effect"
import { text } from "node:stream/consumers"
import { badInput } from "./Problem.ts"

const decodeFields = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

export const read = Effect.fn("FieldWords.read")(function* (words: ReadonlyArray<string>) {
  const fields: Record<string, Schema.Json> = {}
  for (const word of words) {
    if (word === "-") {
      const decoded = decodeFields(yield* Effect.promise(() => text(process.stdin)))
      if (Result.isFailure(decoded)) return yield* badInput("standard input is not one JSON object of fields")
      Object.assign(fields, decoded.success)
      continue
    }
    const [, name = "", isJson, value = ""] = /^([^=:]+)(:?)=(.*)$/s.exec(word) ?? []
    // What was typed may be a secret, so no message repeats it.
    if (name === "")
      return yield* badInput(
        "a field is written apiKey=value",
        "JSON is written field:='{…}'; - reads one JSON object from standard input"
      )
    if (isJson === "") fields[name] = value
    else {
      const decoded = decodeFields(`{${JSON.stringify(name)}:${value}}`)
      if (Result.isFailure(decoded)) return yield* badInput(`the value of "${name}" is not JSON`)
      Object.assign(fields, decoded.success)
    }
  }
  return fields
})
