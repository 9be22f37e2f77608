/** The pages by which a person connects by consent: `/connect/<connection>` sends him to the provider, who sends him back. */
import type { Consents } from "@syncline/engine"
import { Effect, Redacted } from "effect"
import type { ServerResponse } from "node:http"
import { answer, type Route } from "./HttpServer.ts"
import * as Invocation from "./Invocation.ts"

const prefix = "/connect/"
/** No connection can have this name: it is where providers send people back to. */
const callback = "~back"
const cookie = "syncline_connect"
const secondsKept = 600

/** The address that has to be entered at the provider as allowed. */
export const redirectUriOf = (origin: string): string => `${origin}${prefix}${callback}`

const cookieOf = (header: string | undefined): string =>
  (header ?? "")
    .split(";")
    .map((part) => part.trim().split("="))
    .find(([name]) => name === cookie)?.[1] ?? ""

const page = (response: ServerResponse, status: number, text: string): void => {
  response.setHeader("cache-control", "no-store")
  response.setHeader("referrer-policy", "no-referrer")
  answer(response, status, `${text}\n`)
}

type Finished = Effect.Success<ReturnType<Consents["finish"]>>

/** What a person reads when he comes back, a line each. */
export const told = ({ account, choices, connection }: Finished): ReadonlyArray<string> =>
  choices.length === 0
    ? [`${connection} is connected${account === null ? "" : `, to ${account}`}.`]
    : [
        `${connection} is connected, and reaches several accounts. Choose one:`,
        ...choices.map((choice) => `  ${Invocation.of("connections", "add", connection)} ${choice}`)
      ]

/** `origin` is how a browser reaches this server. `onConnected` is told what came of it. */
export const route = (
  connect: Consents,
  origin: () => string,
  onConnected: (finished: Finished) => Effect.Effect<void>
): Route => ({
  method: "GET",
  path: prefix,
  handle: Effect.fnUntraced(function* (request, response) {
    const url = new URL(request.url ?? "/", origin())
    const name = decodeURIComponent(url.pathname.slice(prefix.length))
    const secure = origin().startsWith("https:") ? "; Secure" : ""
    const keep = (value: string, seconds: number) =>
      response.setHeader(
        "set-cookie",
        `${cookie}=${value}; Path=${prefix}; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`
      )
    if (name !== callback) {
      const begun = yield* Effect.result(connect.begin(name, url.searchParams, redirectUriOf(origin())))
      if (begun._tag === "Failure") return page(response, 404, begun.failure.message)
      keep(Redacted.value(begun.success.binding), secondsKept)
      response.setHeader("location", begun.success.url)
      return page(response, 302, "Go on at the provider.")
    }
    keep("", 0)
    const refusal = url.searchParams.get("error")
    if (refusal !== null) return page(response, 400, `The provider says: ${refusal.slice(0, 60)}. Nothing was changed.`)
    const finished = yield* Effect.result(
      connect.finish({
        query: Redacted.make(url.searchParams, { label: "query" }),
        binding: Redacted.make(cookieOf(request.headers.cookie), { label: "cookie" })
      })
    )
    if (finished._tag === "Failure") return page(response, 400, finished.failure.message)
    page(response, 200, [...told(finished.success), "You may close this page."].join("\n"))
    yield* onConnected(finished.success)
  })
})
