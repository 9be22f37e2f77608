/**
 * A long campaign of two processes that decide the same records at the same instant, on a PostgreSQL of its own:
 * `node --conditions=@syncline/source packages/engine/test/SideBySideCampaign.ts <first seed> <seeds>`.
 */
import { Clock, Console, Effect } from "effect"
import { argv } from "node:process"
import * as CampaignServer from "./CampaignServer.ts"
import * as SideBySide from "./SideBySide.ts"

const [first = 1, count = 100] = argv.slice(2).map(Number)

const campaign = Effect.gen(function* () {
  const server = yield* CampaignServer.start
  let broken = 0
  for (const [index, strategy] of SideBySide.strategies.entries()) {
    const seeds = Array.from({ length: count }, (_, each) => first + each).filter(
      (seed) => seed % SideBySide.strategies.length === index
    )
    const startedAtMs = yield* Clock.currentTimeMillis
    const violations = yield* Effect.scoped(
      Effect.gen(function* () {
        const world = yield* SideBySide.open(yield* server.database(strategy), strategy, seeds)
        const found: Array<string> = []
        for (const seed of seeds) found.push(...(yield* SideBySide.play(world, seed)))
        yield* world.drive({ source: 0, target: 0 })
        const before = yield* SideBySide.writes(world)
        yield* world.drive({ source: 0, target: 0 })
        const after = yield* SideBySide.writes(world)
        return after === before ? found : [...found, `not quiet: ${after - before} writes without an edit`]
      })
    )
    broken += violations.length
    yield* Console.log(
      `${strategy}: ${seeds.length} seeds, ${(yield* Clock.currentTimeMillis) - startedAtMs} ms, ${violations.length} broken promises`
    )
    for (const violation of violations.slice(0, 12)) yield* Console.log(`  ${violation}`)
  }
  yield* Console.log(`${count} seeds, ${broken} broken promises`)
})

Effect.runPromise(Effect.scoped(campaign)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
