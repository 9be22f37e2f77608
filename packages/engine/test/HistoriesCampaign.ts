/**
 * A long campaign of random histories, on a PostgreSQL of its own:
 * `node --conditions=@syncline/source packages/engine/test/HistoriesCampaign.ts <first seed> <worlds> <histories in each>`.
 */
import { Console, Effect } from "effect"
import { argv } from "node:process"
import * as CampaignServer from "./CampaignServer.ts"
import * as Histories from "./Histories.ts"

const [first = 1, worlds = 20, size = 500] = argv.slice(2).map(Number)

const campaign = Effect.gen(function* () {
  const server = yield* CampaignServer.start
  let played = 0
  let broken = 0
  for (let seed = first; seed < first + worlds; seed++) {
    const told = yield* Effect.scoped(
      Effect.flatMap(server.database(`histories_${seed}`), (url) => Histories.play(url, seed, size))
    )
    played += told.histories
    broken += told.violations.length
    yield* Console.log(
      `seed ${seed} (${told.setting}): ${told.histories} histories, ${told.syncs} syncs, ${told.conflicts} conflicts answered, ${told.durationMs} ms, ${told.violations.length} broken promises`
    )
    for (const violation of told.violations.slice(0, 12)) yield* Console.log(`  ${violation}`)
  }
  yield* Console.log(`${played} histories, ${broken} broken promises`)
})

Effect.runPromise(Effect.scoped(campaign)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
