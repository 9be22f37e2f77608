/** Calls to a provider that speaks GraphQL over POST, with answers of known shape. */
import { Effect, Schema } from "effect"
import { type ConnectorError } from "./ConnectorError.ts"
import { type Call, Http } from "./Remote.ts"
import * as Rest from "./Rest.ts"

/** A request: a document with variables, at one path. */
export interface Request<A> {
  /** What it is called in errors: `products`. */
  readonly name: string
  readonly document: string
  readonly variables?: Readonly<Record<string, Schema.Json>>
  /** The shape of `data`. */
  readonly data: Schema.Codec<A, unknown>
  /** It changes something, so a lost answer leaves open what happened. */
  readonly writes?: boolean
  /** Units taken from the budget. */
  readonly cost?: number
}

/** Sends it to `path`. What the provider says under `errors` is for the connector's error table, which is asked for 200 too. */
export const send =
  (path: string) =>
  <A>(request: Request<A>): Effect.Effect<A, ConnectorError, Http> => {
    const { cost, data, document, name, variables, writes = false } = request
    const call: Call = {
      method: "POST",
      path,
      json: { query: document, operationName: null, ...(variables !== undefined && { variables }) },
      reads: !writes,
      ...(cost !== undefined && { cost })
    }
    return Effect.flatMap(
      Http.use((http) => http.send(call)),
      (reply) =>
        Effect.map(
          Rest.decode(`${name} (${Rest.operation(call)})`, reply.json, Schema.Struct({ data })),
          (answer) => answer.data
        )
    )
  }

/** What a mutation refuses. `field` leads to the argument: `["variants", "0", "price"]`. */
export const UserErrors = Schema.Array(
  Schema.Struct({
    field: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))),
    message: Schema.String,
    code: Schema.optionalKey(Schema.NullOr(Schema.String))
  })
)
export type UserErrors = typeof UserErrors.Type

/** Relay's page of nodes, each read alone. */
const List = Schema.declare((value): value is ReadonlyArray<unknown> => Array.isArray(value), { expected: "a list" })
export const Connection = Schema.Struct({
  nodes: List,
  pageInfo: Schema.Struct({ hasNextPage: Schema.Boolean, endCursor: Schema.NullOr(Schema.String) })
})

/** Where the next page begins, or null where the provider says that there is none. */
export const next = ({ pageInfo }: typeof Connection.Type): string | null =>
  pageInfo.hasNextPage ? pageInfo.endCursor : null
