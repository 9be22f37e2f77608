/** The process itself: `DyingProcessMain.ts <database> <api key> <address> <where it dies>`. */
import { HttpClient } from "@syncline/connector"
import { Store } from "@syncline/store"
import { Effect, Layer, Redacted } from "effect"
import { argv, kill, pid } from "node:process"
import { Engine } from "../src/index.ts"
import * as PeopleToCustomers from "./PeopleToCustomers.ts"

const [url = "", apiKey = "", baseUrl = "", death = ""] = argv.slice(2)

const die = Effect.sync(() => void kill(pid, "SIGKILL"))

/** The network, with a death before or after the first create. */
const deadly = Layer.effect(
  HttpClient.Transport,
  Effect.map(HttpClient.Transport, (network) => ({
    ...network,
    send: (request) => {
      if (request.method !== "POST" || !request.url.endsWith("/v1/customers")) return network.send(request)
      if (death === "intent committed") return Effect.andThen(die, Effect.never)
      return Effect.tap(network.send(request), () => (death === "answer received" ? die : Effect.void))
    }
  }))
).pipe(Layer.provide(HttpClient.layer))

const run = Layer.build(
  Engine.layer(PeopleToCustomers.projectOf(apiKey, baseUrl)).pipe(
    Layer.provide(Store.layer({ url: Redacted.make(url) })),
    Layer.provide(deadly)
  )
).pipe(
  Effect.flatMap((services) => Effect.provideContext(Engine, services)),
  Effect.flatMap((engine) => engine.run("customers"))
)

await Effect.runPromise(Effect.scoped(run))
process.disconnect()
