/** Serves Stripe accounts on loopback ports: one of so many customers, near and far, and a small one. Runs until it is stopped. */
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { Effect } from "effect"

const [customers = 0, latencyMs = 0] = process.argv.slice(2).map(Number)

// A customer is about a kilobyte; more than so many are made again for each page that shows them.
const mostCached = 300_000

/** One in 331 seeded customers is deleted already, so an account of exactly so many living ones needs some more. */
const open = Effect.fnUntraced(function* (living: number) {
  let seeded = living
  while (true) {
    const size = { ...StripeSandbox.empty, customers: seeded }
    const account = yield* StripeSandbox.open({ size, cachedTexts: Math.min(3 * living, 2 * mostCached) })
    const count = yield* account.count("customer")
    if (count === living) return account
    seeded += living - count
  }
})

const program = Effect.gen(function* () {
  const account = yield* open(customers)
  const near = yield* StripeSandbox.serve(account, { control: true })
  const late = {
    ...account,
    handler: (request) => Effect.delay(account.handler(request), latencyMs)
  } satisfies typeof account
  const far = yield* StripeSandbox.serve(late, { control: true })
  const small = yield* StripeSandbox.serve(yield* open(100), { control: true })
  const seconds = (ms: number) => Math.floor(ms / 1000)
  process.stdout.write(
    `${JSON.stringify({
      apiKey: account.apiKey,
      from: seconds(StripeSandbox.defaultEpochMs - StripeSandbox.defaultSpanMs),
      to: seconds(StripeSandbox.defaultEpochMs) + 1,
      near: { url: near.url, latencyMs: 0 },
      far: { url: far.url, latencyMs },
      small: { url: small.url, latencyMs: 0 }
    })}\n`
  )
  yield* Effect.never
}).pipe(Effect.scoped)

Effect.runFork(program)
