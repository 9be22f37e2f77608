/**
 * `npm run chaos -- --kills N --stops N --cuts N --seed S --json`: two workers that are killed, frozen and cut off while people write
 * at both sides. Then everything is let come to rest, and both sides' own records say whether anything was lost or made twice.
 */
import { Effect, Random, type Scope } from "effect"
import { parseArgs } from "node:util"
import * as Faults from "./Faults.ts"
import * as People from "./People.ts"
import { verdict } from "./Verdict.ts"
import * as World from "./World.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "5" },
    stops: { type: "string", default: "2" },
    cuts: { type: "string", default: "2" },
    seed: { type: "string", default: "ada" },
    json: { type: "boolean", default: false }
  }
})
const wanted: Readonly<Record<Faults.Fault, number>> = {
  kill: Number(values.kills),
  stop: Number(values.stops),
  cut: Number(values.cuts)
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)

const told = (seconds: ReadonlyArray<number>) => {
  const sorted = seconds.toSorted((one, other) => one - other)
  return { p50: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 }
}

/** All faults, in an order of the seed's. */
const shuffled = Effect.gen(function* () {
  const kinds = ["kill", "stop", "cut"] as const
  return yield* Random.shuffle(kinds.flatMap((kind) => Array.from({ length: wanted[kind] }, () => kind)))
})

const campaign = Effect.gen(function* () {
  const world = yield* World.open({ isLogged: !values.json })
  world.start()
  world.start()
  yield* Effect.timeout(
    World.until(Effect.map(Effect.exit(World.ownerPid(world)), (owner) => owner._tag === "Success" && owner.value > 0)),
    "120 seconds"
  )
  const first = yield* Faults.undisturbed(world)
  say(`both run; a contact reached Stripe after ${first.toFixed(1)} s`)
  let step = 0
  const people = yield* Effect.forkChild(
    Effect.forever(
      Effect.flatMap(People.isAhead(world), (isAhead) => (isAhead ? Effect.void : People.work(world, ++step))).pipe(
        Effect.andThen(Effect.sleep("100 millis"))
      )
    )
  )
  const crashPoints: Record<string, number> = {}
  const recoveries: Array<Faults.Recovery> = []
  for (const fault of yield* shuffled) {
    yield* Effect.sleep(yield* Random.nextIntBetween(300, 2_500))
    const point = `${fault}: ${yield* Faults.crashPoint(world)}`
    crashPoints[point] = (crashPoints[point] ?? 0) + 1
    const recovery = yield* Faults.strike(world, fault)
    recoveries.push(recovery)
    const { arrived, progressed, takenOver } = recovery
    say(
      `${point}: ${takenOver === null ? "" : `taken over after ${takenOver.toFixed(1)} s, `}progress after ${progressed.toFixed(1)} s, what was made then arrived after ${arrived.toFixed(1)} s`
    )
  }
  yield* Effect.sync(() => people.interruptUnsafe())
  const isSame = Effect.map(verdict(world), ({ lost }) => lost.length === 0)
  yield* Effect.timeoutOption(World.until(isSame), "90 seconds")
  const { counterErrors, doubled, lost } = yield* verdict(world)
  for (const email of lost) say(`lost: ${email}`)
  for (const email of doubled) say(`doubled: ${email}`)
  return {
    ok: lost.length === 0 && doubled.length === 0 && counterErrors === 0,
    lost: lost.length,
    doubled: doubled.length,
    counterErrors,
    crashPoints,
    recoverySeconds: told(recoveries.map(({ progressed }) => progressed)),
    takeoverSeconds: told(recoveries.flatMap(({ takenOver }) => takenOver ?? [])),
    arrivalSeconds: told(recoveries.map(({ arrived }) => arrived)),
    records: step,
    seed: values.seed
  }
}) satisfies Effect.Effect<unknown, unknown, Scope.Scope>

const outcome = await Effect.runPromise(Effect.scoped(campaign).pipe(Random.withSeed(values.seed)))
process.stdout.write(`${JSON.stringify(outcome, null, values.json ? 0 : 2)}\n`)
process.exit(outcome.ok ? 0 : 1)
