/** Requests of one engine to two services that are played in this process. */
import { HttpClient } from "@syncline/connector"
import { Transport } from "@syncline/connector/sandbox"
import { Context, Effect, Layer } from "effect"

type Handler = Parameters<typeof Transport.client>[0]

/** What goes to "https://shop.…" is answered by the one, everything else by the other. */
export const layer = (shop: Handler, others: Handler) =>
  Layer.effect(
    HttpClient.Transport,
    Effect.gen(function* () {
      const reach = (handler: Handler) =>
        Effect.map(Layer.build(HttpClient.layerOf(Transport.client(handler))), (context) =>
          Context.get(context, HttpClient.Transport)
        )
      const toShop = yield* reach(shop)
      const toOthers = yield* reach(others)
      const of = (address: string) => (address.startsWith("https://shop.") ? toShop : toOthers)
      return {
        send: (request) => of(request.url).send(request),
        open: (request) => of(request.url).open(request)
      }
    })
  )
