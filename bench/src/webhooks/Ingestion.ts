/**
 * How many webhooks a second are durable, beside a server that does nothing and one that stores each in a transaction of its own, in
 * one run: `node --conditions=@syncline/source bench/src/webhooks/Ingestion.ts [seconds of each]`.
 *
 * The server is a process of its own; this one knocks, over 64 connections. Each mode is measured twice, in mirrored order.
 */
import { fork } from "node:child_process"
import { createHmac } from "node:crypto"
import { Agent, request } from "node:http"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"

const modes = ["noop", "single", "group"] as const
type Mode = (typeof modes)[number]

const connections = 64
const secret = "whsec_theBenchSignsWithThis01"
const [seconds = 4] = argv.slice(2).map(Number)

const padding = "x".repeat(900)

const eventOf = (n: number): string =>
  JSON.stringify({
    id: `evt_${process.pid}_${n}`,
    object: "event",
    type: "customer.updated",
    data: { object: { id: `cus_${n % 5000}`, object: "customer", description: padding } }
  })

const signatureOf = (body: string): string => {
  const time = Math.floor(Date.now() / 1000)
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`
}

const post = (agent: Agent, port: number, body: string, signature: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { "content-length": Buffer.byteLength(body), "stripe-signature": signature }
    const sent = request({ agent, port, host: "127.0.0.1", method: "POST", path: "/", headers }, (reply) => {
      reply.resume()
      reply.on("end", () => resolve(reply.statusCode ?? 0))
    })
    sent.on("error", reject)
    sent.end(body)
  })

let sentSoFar = 0

const knock = async (port: number): Promise<{ readonly perSecond: number; readonly p99Ms: number }> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const endsAt = performance.now() + seconds * 1000
  const tookMs: Array<number> = []
  const one = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      const body = eventOf(sentSoFar++)
      const startedAt = performance.now()
      const status = await post(agent, port, body, signatureOf(body))
      if (status !== 200) throw new Error(`answered ${status}`)
      tookMs.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  agent.destroy()
  tookMs.sort((a, b) => a - b)
  return { perSecond: tookMs.length / seconds, p99Ms: tookMs[Math.floor(tookMs.length * 0.99)] ?? 0 }
}

const child = fork(fileURLToPath(new URL("./Server.ts", import.meta.url)), [secret])
const ports = await new Promise<Readonly<Record<Mode, number>>>((resolve) => child.once("message", resolve))
const measured: Record<Mode, Array<number>> = { noop: [], single: [], group: [] }
for (const mode of [...modes, ...modes.toReversed()]) {
  await knock(ports[mode])
  const { p99Ms, perSecond } = await knock(ports[mode])
  measured[mode].push(perSecond)
  console.log(`${mode}: ${Math.round(perSecond)}/s, p99 ${p99Ms.toFixed(1)} ms`)
}
child.kill()
const mean = (mode: Mode): number => measured[mode].reduce((sum, each) => sum + each, 0) / measured[mode].length
console.log(
  JSON.stringify({
    ofNoop: Number((mean("group") / mean("noop")).toFixed(3)),
    ofSingle: Number((mean("group") / mean("single")).toFixed(2))
  })
)
