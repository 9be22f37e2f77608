/** What a person wants a contested field to be, as it is typed: `name=source`, `phone:='"+49 30 1234"'`. */
import type { Planner } from "@syncline/core"
import { Option, Schema } from "effect"
import { Argument } from "./Cli.ts"

export interface Named {
  /** "" is the record itself, typed `@record`. */
  readonly field: string
  readonly choice: Planner.Choice
}

const json = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

const fieldOf = (name: string): string => (name === "@record" ? "" : name)

/** `field:=json` before `field=side`, because JSON may hold an equals sign and a field's name may not. */
export const parse = (text: string): Option.Option<Named> => {
  const equals = text.indexOf("=")
  if (equals < 1) return Option.none()
  const word = text.slice(equals + 1)
  if (text[equals - 1] === ":") {
    const field = fieldOf(text.slice(0, equals - 1))
    const value = json(word)
    return field === "" && !text.startsWith("@record")
      ? Option.none()
      : Option.map(value, (value): Named => ({ field, choice: { value } }))
  }
  const field = fieldOf(text.slice(0, equals))
  return word === "source" || word === "target" ? Option.some({ field, choice: word }) : Option.none()
}

export const argument = Argument.String("field=side").pipe(
  Argument.withDescription(`What a field shall be: name=source, name=target, or any value as JSON: name:='"Ada"'`),
  Argument.filterMap(
    parse,
    (text) =>
      `a field and a side, such as name=source, or a field and JSON, such as name:='"Ada"', not ${JSON.stringify(text)}`
  ),
  Argument.variadic({ min: 0 })
)
