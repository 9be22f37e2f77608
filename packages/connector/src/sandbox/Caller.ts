/** Sends a stand-in's webhooks over the network, as its provider would: short limits, no redirects, nothing read of the answer. */
import { request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { Effect } from "effect"
import type { Send } from "./Webhooks.ts"

/** As most providers wait. */
const answerWithinMs = 5000

export const send: Send = ({ body, headers, method, url }) =>
  Effect.callback<number>((resume) => {
    const open = url.startsWith("https:") ? requestHttps : requestHttp
    const sent = open(url, { method, headers: { ...headers, "content-length": String(body.byteLength) } }, (answer) => {
      answer.resume()
      answer.on("error", () => resume(Effect.succeed(0)))
      answer.on("end", () => resume(Effect.succeed(answer.statusCode ?? 0)))
    })
    sent.setTimeout(answerWithinMs, () => sent.destroy())
    sent.on("error", () => resume(Effect.succeed(0)))
    sent.end(body)
    return Effect.sync(() => sent.destroy())
  })
