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
  /** Text, or the same as UTF-8: large answers are put together from bytes that are kept. */
  readonly body: string | Uint8Array<ArrayBuffer>
}

/** The body as text. */
export const text = ({ body }: Reply): string => (typeof body === "string" ? body : new TextDecoder().decode(body))

/** The connection was cut before a whole answer arrived. Whether the request had an effect is not to be seen from here. */
export class Dropped extends Schema.TaggedError<Dropped>()("Dropped", { detail: Schema.String }) {}

/** A provider, as far as its wire shows. Time comes from Effect's Clock. */
export type Handler = (request: Request) => Effect.Effect<Reply, Dropped>

export const json = (status: number, body: Reply["body"], headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { "Content-Type": "application/json", ...headers },
  body
})
