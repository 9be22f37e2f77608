/** A record as it is typed: `customer:cus_123`. */
import { Option } from "effect"
import { Argument } from "./Cli.ts"

export interface RecordName {
  /** A job, or an entity of either side. */
  readonly entity: string
  readonly id: string
}

/** At the first colon, since an id may hold more of them: `product:gid://shopify/Product/1`. */
export const parse = (text: string): Option.Option<RecordName> => {
  const colon = text.indexOf(":")
  const [entity, id] = [text.slice(0, colon), text.slice(colon + 1)]
  return colon < 1 || id === "" ? Option.none() : Option.some({ entity, id })
}

export const argument = Argument.String("entity:id").pipe(
  Argument.withDescription("A record: a job or an entity of either side, and the record's id there: customer:cus_123"),
  Argument.filterMap(parse, (text) => `an entity and an id, such as customer:cus_123, not ${JSON.stringify(text)}`)
)

/** A record, or every record of an entity. */
export const orEntity = Argument.String("entity[:id]").pipe(
  Argument.withDescription("A job or an entity of either side, and the id of one of its records"),
  Argument.filterMap(
    (text) =>
      text !== "" && !text.includes(":")
        ? Option.some<{ readonly entity: string; readonly id: string | null }>({ entity: text, id: null })
        : parse(text),
    (text) => `an entity, or an entity and an id such as customer:cus_123, not ${JSON.stringify(text)}`
  )
)
