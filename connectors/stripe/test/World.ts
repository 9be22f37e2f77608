/** A sandbox account on a loopback port, and Stripe's own SDK as its client. */
import { RecordId } from "@syncline/core"
import { Effect, type Scope } from "effect"
import { Stripe } from "stripe"
import * as StripeSandbox from "../src/sandbox/index.ts"

export interface World {
  readonly account: StripeSandbox.StripeAccount
  readonly stripe: Stripe
  readonly url: string
  /** Another client of the same account. */
  readonly client: (apiKey: string) => Stripe
}

/** Lists of every kind that need more than one page, and two customers who are gone. */
export const size: StripeSandbox.Size = {
  customers: 431,
  products: 130,
  prices: 260,
  subscriptions: 160,
  invoices: 360,
  paymentIntents: 150
}

export const world = Effect.fn(function* (
  options: StripeSandbox.Options = {}
): Effect.fn.Return<World, never, Scope.Scope> {
  const account = yield* StripeSandbox.open({ size, ...options })
  const { port, url } = yield* Effect.orDie(StripeSandbox.serve(account, { control: true }))
  const client = (apiKey: string) =>
    new Stripe(apiKey, { host: "127.0.0.1", port, protocol: "http", maxNetworkRetries: 0, telemetry: false })
  return { account, url, client, stripe: client(account.apiKey) }
})

/** A call of the SDK that must succeed. */
export const call = <A>(run: () => Promise<A>): Effect.Effect<A> => Effect.promise(run)

/** A call of the SDK that must fail, and its error. */
export const refused = (run: () => Promise<unknown>): Effect.Effect<Stripe.errors.StripeError> =>
  Effect.promise(() =>
    run().then(
      () => Promise.reject(new Error("the call succeeded")),
      (cause: unknown) => (cause instanceof Stripe.errors.StripeError ? cause : Promise.reject(cause))
    )
  )

export const ids = (records: Iterable<{ readonly id: string }>): ReadonlyArray<RecordId> =>
  [...records].map(({ id }) => RecordId.make(id))

/** One promise of the account, as the SDK sees it. Each check needs a world of its own. */
export type Check = (world: World) => Effect.Effect<void>
/** Checks by the sentence they prove. */
export type Checks = Readonly<Record<string, Check>>

/** Every record of a list, by the SDK's auto-pagination. */
export const all = <A extends { readonly id: string }>(
  list: Stripe.ApiListPromise<A>
): Effect.Effect<ReadonlyArray<A>> =>
  call(async () => {
    const records: Array<A> = []
    for await (const record of list) records.push(record)
    return records
  })

/** The id of what may be expanded. */
export const idOf = (reference: string | { readonly id: string } | null | undefined): string =>
  typeof reference === "string" ? reference : (reference?.id ?? "")
