/** Webhooks of every bad kind by a seed, thrown at an engine that has one genuine endpoint. What proves nothing may not be let in. */
import type { WebhookRequest } from "@syncline/connector"
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { Seed } from "@syncline/connector/sandbox"
import { Store } from "@syncline/store"
import { Clock, Effect, Exit, Layer, Redacted } from "effect"
import { defineConfig, Engine } from "../src/index.ts"

const secret = "whsec_theSandboxSignsWithThis"

export interface Outcome {
  readonly requests: number
  /** Signed by who has the secret, in time, to the right path: they may be let in. */
  readonly genuine: number
  readonly accepted: number
  /** Let in although nothing proved them. */
  readonly forgeries: number
  readonly crashes: number
  readonly statuses: Readonly<Record<number, number>>
  /** Of the process, in bytes, before and after, each after the collector had run. */
  readonly residentBytes: readonly [before: number, after: number]
  /** Of them what JavaScript holds. */
  readonly heapBytes: readonly [before: number, after: number]
}

interface Thrown {
  readonly path: string
  readonly request: WebhookRequest
  readonly isGenuine: boolean
}

const bodies: readonly [(draw: Seed.Draw) => string, ...ReadonlyArray<(draw: Seed.Draw) => string>] = [
  (draw) =>
    JSON.stringify({
      id: `evt_${draw.int(50)}`,
      object: "event",
      type: draw.pick(["customer.updated", "customer.deleted", "charge.succeeded", "__proto__", ""]),
      api_version: draw.pick(["2026-10-28.endive", "2011-01-01", "💥"]),
      data: {
        object: { id: draw.pick(["cus_1", "", "../..", "cus_'; drop table x;--", "\u0000"]), object: "customer" }
      }
    }),
  (draw) => "[".repeat(draw.int(5000)),
  (draw) => `{"id":"evt_${draw.int(9)}","id":"evt_x","data":{}}`,
  (draw) => `{"__proto__":{"polluted":${draw.int(9)}},"id":"evt_p","object":"event","type":"customer.updated"}`,
  (draw) => `"${"x".repeat(draw.int(20_000))}"`,
  (draw) => `{"a":${"9".repeat(1 + draw.int(400))}}`,
  () => "",
  () => "null",
  () => "{",
  (draw) => `{"${"k".repeat(draw.int(3000))}":1}`
]

const flipped = (text: string, draw: Seed.Draw): string => {
  if (text === "") return "x"
  const at = draw.int(text.length)
  return `${text.slice(0, at)}${text[at] === "0" ? "1" : "0"}${text.slice(at + 1)}`
}

/** What one index of a seed throws: a body, a signature over it that is right or wrong in one way, and where it goes. */
const thrown = (seed: number, index: number, path: string, nowMs: number): Thrown => {
  const draw = new Seed.Draw(seed, 1, index)
  const body = draw.pick(bodies)(draw)
  const good = StripeSandbox.signature(secret, body, nowMs)
  const kind = draw.int(14)
  const signature = [
    good,
    StripeSandbox.signature("whsec_anotherSecretAltogether", body, nowMs),
    StripeSandbox.signature(secret, `${body} `, nowMs),
    StripeSandbox.signature(secret, body, nowMs - 301_000),
    StripeSandbox.signature(secret, body, nowMs + 302_000),
    good.replace("v1=", "v0="),
    good.replace(/^t=\d+/, `t=${draw.int(2_000_000_000)}`),
    good.slice(0, -1),
    flipped(good.slice(-64), draw),
    `t=${Math.floor(nowMs / 1000)}${",v1=".repeat(draw.int(400))}`,
    "t=NaN,v1=",
    "\u0000\uffff=,,,==",
    undefined,
    good
  ][kind]
  const goesWrong = kind === 13
  const isGenuine = kind === 0
  return {
    path: goesWrong ? draw.pick([`${path.slice(1)}x`, "", "x".repeat(22), "..", `${path}/`, "%00"]) : path,
    isGenuine,
    request: {
      method: draw.chance(95) ? "POST" : draw.pick(["GET", "PUT", "DELETE", "", "post"]),
      url: `https://hooks.example.org/webhooks/${path}`,
      headers: signature === undefined ? {} : { "stripe-signature": signature },
      body:
        draw.chance(3) && !isGenuine
          ? Uint8Array.from({ length: draw.int(64) }, () => draw.int(256))
          : Buffer.from(body)
    }
  }
}

/** Throws so many at an engine on an empty database, some at a time. */
export const play = Effect.fn("WebhookFuzz.play")(function* (url: string, seed: number, requests: number) {
  const account = yield* StripeSandbox.open()
  const project = defineConfig({
    connections: {
      stripe: {
        connector: stripe,
        config: { apiKey: account.apiKey, baseUrl: "http://127.0.0.1:1", webhookSecrets: [secret] }
      },
      warehouse: { connector: postgres, config: { schema: "stripe", tables: { customers: {} } } }
    },
    integrations: {
      billing: { source: "stripe", target: "warehouse", entities: [{ source: "customer", target: "customers" }] }
    }
  })
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provide(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(HttpClient.layerOf(account.remote))
    )
  )
  const { webhooks } = yield* Effect.provideContext(Engine, services)
  const [report] = yield* webhooks.list
  const path = report?.path ?? ""
  const counts = { genuine: 0, accepted: 0, forgeries: 0, crashes: 0 }
  const statuses: Record<number, number> = {}
  const one = Effect.fnUntraced(function* (index: number) {
    const { isGenuine, path: at, request } = thrown(seed, index, path, yield* Clock.currentTimeMillis)
    const exit = yield* Effect.exit(webhooks.receive(at, request))
    counts.genuine += isGenuine ? 1 : 0
    if (Exit.isFailure(exit)) {
      counts.crashes += 1
      return
    }
    const { status } = exit.value
    statuses[status] = (statuses[status] ?? 0) + 1
    if (status >= 300) return
    counts.accepted += 1
    if (!isGenuine) counts.forgeries += 1
  })
  const throwing = (first: number, after: number) =>
    Effect.forEach(
      Array.from({ length: after - first }, (_, n) => first + n),
      one,
      { concurrency: 32, discard: true }
    )
  // What is made once, for the first few, is no growth.
  const warm = Math.min(requests, 20_000)
  for (let first = 0; first < warm; first += 1000) yield* throwing(first, Math.min(warm, first + 1000))
  const before = held()
  for (let first = warm; first < requests; first += 1000) yield* throwing(first, Math.min(requests, first + 1000))
  const after = held()
  const outcome: Outcome = {
    requests,
    ...counts,
    statuses,
    residentBytes: [before.rss, after.rss],
    heapBytes: [before.heapUsed, after.heapUsed]
  }
  return outcome
})

const held = (): NodeJS.MemoryUsage => {
  globalThis.gc?.()
  return process.memoryUsage()
}
