/** Three servers of one process: one that does nothing, one transaction a request (eight at once), and the shared ones. */
import { BoundedJson, Signature } from "@syncline/connector"
import { stripe } from "@syncline/connector-stripe"
import { ConnectionName, EntityType, IntegrationName, JobName, TenantId } from "@syncline/core"
import { Database, EmbeddedPostgres, Jobs, Receive, Store } from "@syncline/store"
import { Context, Effect, Layer, Schema, Semaphore } from "effect"
import { mkdtemp } from "node:fs/promises"
import { createServer, type RequestListener } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv } from "node:process"

const [secret = ""] = argv.slice(2)
const tenant = TenantId.make("bench")
const connection = ConnectionName.make("stripe")
const integration = IntegrationName.make("billing")
const entity = EntityType.make("customer")
const job = JobName.make("billing/customer")

const config = Schema.decodeUnknownSync(stripe.config)({ apiKey: "sk_test_1", webhookSecrets: [secret] })

/** What a request says, once it has proved itself. */
const arrivalOf = Effect.fnUntraced(function* (headers: Readonly<Record<string, string>>, body: Buffer) {
  const request = { method: "POST", url: "http://127.0.0.1/", headers, body }
  const { webhooks } = stripe
  const parsed = BoundedJson.parse(body)
  if (webhooks === undefined || parsed instanceof BoundedJson.Malformed) return null
  if (Signature.verify(webhooks.signature, request, config, Date.now()) !== "genuine") return null
  const { claims } = yield* Effect.orDie(webhooks.parse(parsed.json, request))
  const arrival: Receive.Arrival = {
    tenant,
    connection,
    body,
    deliveries: claims.map(({ change, deliveryId }) => ({
      id: deliveryId,
      claims: [{ integration, entity, side: "source", id: change.id, job }]
    })),
    unread: null,
    otherVersion: null
  }
  return arrival
})

const listen = (handle: RequestListener): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer(handle).listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })

const receiving =
  (store: (arrival: Receive.Arrival) => Effect.Effect<unknown, unknown>): RequestListener =>
  (request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const headers = { "stripe-signature": String(request.headers["stripe-signature"] ?? "") }
      const answering = Effect.flatMap(arrivalOf(headers, Buffer.concat(chunks)), (arrival) =>
        arrival === null ? Effect.succeed(401) : Effect.as(store(arrival), 200)
      )
      Effect.runCallback(answering, {
        onExit: (exit) => response.writeHead(exit._tag === "Success" ? exit.value : 503).end()
      })
    })
  }

const noop: RequestListener = (request, response) => {
  request.resume()
  request.on("end", () => response.writeHead(200).end())
}

const serve = Effect.gen(function* () {
  const folder = yield* Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-bench-")))
  const { url } = yield* EmbeddedPostgres.start({ folder })
  const services = yield* Layer.build(Store.layer({ url, max: 20 }))
  const jobs = Context.get(services, Jobs.Jobs)
  yield* jobs.declare(tenant, {
    connections: [
      { name: connection, connector: "stripe" },
      { name: ConnectionName.make("database"), connector: "postgres" }
    ],
    integrations: [{ name: integration, source: connection, target: ConnectionName.make("database") }],
    jobs: [{ name: job, integration, entity, definition: {} }]
  })
  const shared = Context.get(services, Receive.Receive)
  const database = Layer.succeed(Database.Database, Context.get(services, Database.Database))
  // Each stores one at a time, so no two requests ever share a transaction.
  const alone = yield* Effect.forEach(Array.from({ length: 8 }), () =>
    Effect.map(Layer.build(Layer.fresh(Layer.provide(Receive.layer, database))), (built) => ({
      turn: Semaphore.makeUnsafe(1),
      receive: Context.get(built, Receive.Receive).receive
    }))
  )
  let next = 0
  const single = (arrival: Receive.Arrival) =>
    Effect.suspend(() => {
      const one = alone[next++ % alone.length]
      return one === undefined ? Effect.void : one.turn.withPermits(1)(one.receive(arrival))
    })
  const ports = {
    noop: yield* Effect.promise(() => listen(noop)),
    single: yield* Effect.promise(() => listen(receiving(single))),
    group: yield* Effect.promise(() => listen(receiving(shared.receive)))
  }
  process.send?.(ports)
  return yield* Effect.never
})

Effect.runPromise(Effect.scoped(serve)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
