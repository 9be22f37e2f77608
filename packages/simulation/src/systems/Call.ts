/** How a simulated provider's API reads requests, and how it writes its answers. */
import type { Fields } from "@syncline/core"
import { DateTime, Schema } from "effect"
import type { WireAnswer, WireRequest } from "../Fate.ts"
import type { Verb } from "./System.ts"

/** A request, read. */
export interface Call {
  readonly method: string
  readonly path: ReadonlyArray<string>
  readonly query: URLSearchParams
  readonly headers: WireRequest["headers"]
  readonly body: Fields
  readonly nowMs: number
  readonly arrival: number
}

const parseBody = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

export const bodyOf = (request: WireRequest): Fields => {
  const body = parseBody(request.text)
  return body._tag === "Some" ? body.value : {}
}

/** The first part of a path is an entity, or `check` or `oauth`; the rest says what is asked of it. */
export const partsOf = (url: string): readonly [entityName: string, path: ReadonlyArray<string>] => {
  const [entityName = "", ...path] = new URL(url).pathname.split("/").filter((part) => part !== "")
  return [entityName, path]
}

export const verbOf = (entityName: string, { method, path }: Pick<Call, "method" | "path">): Verb => {
  if (entityName === "check") return "check"
  if (entityName === "oauth") return "token"
  const [first] = path
  switch (method) {
    case "GET":
      if (first === "list") return "list"
      if (first === "changes") return "changes"
      if (first === "search") return "look up"
      return first === "records" ? "get" : "unknown"
    case "POST":
      return path.length === 0 ? "create" : "unknown"
    case "PATCH":
      return "update"
    case "DELETE":
      return "remove"
    default:
      return "unknown"
  }
}

export const answerOf = (
  { body, status }: { readonly body: unknown; readonly status: number },
  providerMs: number
): WireAnswer => ({
  status,
  headers: {
    "content-type": "application/json",
    date: DateTime.toDateUtc(DateTime.makeUnsafe(providerMs)).toUTCString()
  },
  text: body === null ? "" : JSON.stringify(body)
})
