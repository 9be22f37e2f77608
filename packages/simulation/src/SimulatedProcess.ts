/** What a fiber of a simulated process finds instead of the real machine: the world's scheduler, its process's clock, a seed's chance. */
import { Clock, Context, Duration, Effect, Random, Scheduler } from "effect"
import type { Stream } from "./Seed.ts"
import type { Process, World } from "./World.ts"

const longestMs = 2 ** 31

/** How many operations a fiber may do before others have a turn, beside the turns that chance gives them. */
const maxOperations = 2048

/** How likely a fiber gives way before each of its operations. */
export interface Preemption {
  readonly probability: number
}

export const context = (
  world: World,
  process: Process,
  scheduling: Stream,
  { probability }: Preemption
): Context.Context<never> =>
  Context.empty().pipe(
    Context.add(Scheduler.Scheduler, scheduler(world, process, scheduling, probability)),
    Context.add(Clock.Clock, clock(world, process)),
    Context.add(Random.Random, random(scheduling.split("random")))
  )

const scheduler = (world: World, process: Process, scheduling: Stream, probability: number): Scheduler.Scheduler => ({
  executionMode: "async",
  shouldYield: (fiber) => fiber.currentOpCount >= maxOperations || (probability > 0 && scheduling.chance(probability)),
  makeDispatcher: () => ({
    scheduleTask: (task) => world.offer(process, "fiber", task),
    flush: () => {
      throw new Error("a fiber was run synchronously within the simulation: run it with runFork")
    }
  })
})

const clock = (world: World, process: Process): Clock.Clock => {
  const millis = () => Math.floor(world.nowMs() + process.skewMs)
  const nanos = () => BigInt(millis()) * 1_000_000n
  const monotonic = () => BigInt(Math.floor(world.nowMs() - world.startMs)) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
    sleep: (duration) =>
      Effect.callback<void>((resume) => {
        const ms = Math.min(longestMs, Duration.toMillis(duration))
        const cancel = world.after(process, ms, "wakes", () => resume(Effect.void))
        return Effect.sync(cancel)
      })
  }
}

const random = (stream: Stream): typeof Random.Random.Service => ({
  nextDoubleUnsafe: stream.next,
  nextIntUnsafe: () => Math.floor((stream.next() - 0.5) * 2 * Number.MAX_SAFE_INTEGER)
})
