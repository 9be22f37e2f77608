/**
 * A million webhooks of every bad kind, on a PostgreSQL of its own:
 * `node --expose-gc --max-semi-space-size=16 --conditions=@syncline/source packages/engine/test/WebhookFuzzCampaign.ts <seed> <requests>`.
 */
import { Console, Effect } from "effect"
import { argv } from "node:process"
import * as CampaignServer from "./CampaignServer.ts"
import * as WebhookFuzz from "./WebhookFuzz.ts"

const [seed = 1, requests = 1_000_000] = argv.slice(2).map(Number)

const campaign = Effect.gen(function* () {
  const server = yield* CampaignServer.start
  const url = yield* server.database(`fuzz_${seed}`)
  const startedAtMs = performance.now()
  const outcome = yield* WebhookFuzz.play(url, seed, requests)
  const [before, after] = outcome.residentBytes
  const seconds = Math.round((performance.now() - startedAtMs) / 1000)
  yield* Console.log(JSON.stringify({ ...outcome, seconds, grownMb: Math.round((after - before) / 1_048_576) }))
})

Effect.runPromise(Effect.scoped(campaign)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
