/** What passes between a client and a stand-in: a request and a reply as plain data, or a connection that broke. */
import { type Effect, Schema } from "effect"

export interface Request {
  /** In upper case. */
  readonly method: string
  /** Without query: `/v1/customers`. */
  readonly path: string
  /** As sent, without the question mark. */
  readonly query: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Reply {
  readonly status: number
  /** Names as the provider writes them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The connection was cut before a whole answer arrived. Whether the request had an effect is not to be seen from here. */
export class Dropped extends Schema.TaggedError<Dropped>()("Dropped", { detail: Schema.String }) {}

/** A provider, as far as its wire shows. Time comes from Effect's Clock. */
export type Handler = (request: Request) => Effect.Effect<Reply, Dropped>

export const json = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { "Content-Type": "application/json", ...headers },
  body
})
