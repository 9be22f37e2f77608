/**
 * The simulated world: processes whose fibers, timers and messages are run one at a time, in an order that a seed decides, on a clock
 * that moves only when nothing is left to do now.
 *
 * `run` repeats: settle (all microtasks and immediates have run), pick one of what is ready, or else let the clock go on to the next
 * timer, perform it. Each step is a line of the trace; two histories are the same if their traces' hashes are.
 *
 * A process is a name with a life. To crash it is to forget what it has ready and its timers, and never to run anything of it again:
 * no finalizer runs, as with `kill -9`. What it has sent is of the outside world and goes on.
 */
import { createHash } from "node:crypto"
import { nextTick } from "node:process"
import type { Stream } from "./Seed.ts"

export interface Process {
  readonly name: string
  /** Counts the lives of one name; the first is 1. */
  readonly life: number
  /** How far its own clock is ahead of the world's. */
  skewMs: number
  isAlive: boolean
  /** Stands still until then: nothing of it runs, and it does not know. */
  stalledUntilMs: number
}

export interface Timer {
  readonly atMs: number
  readonly order: number
  readonly process: Process | null
  readonly label: string
  readonly run: () => void | Promise<void>
}

interface Ready {
  readonly process: Process | null
  readonly label: string
  readonly run: () => void | Promise<void>
}

export interface World {
  /** Milliseconds since 1970 of the world. Processes may see another time. */
  readonly nowMs: () => number
  readonly startMs: number
  /** Whose step is being performed; null: the outside world's. */
  readonly current: () => Process | null
  readonly begin: (name: string, skewMs?: number) => Process
  /** Forgets a process. */
  readonly crash: (process: Process) => void
  readonly stall: (process: Process, ms: number) => void
  /** It stands still, and will go on. */
  readonly isStill: (process: Process) => boolean
  /** Something that may be done now. `process` null: by the outside world. */
  readonly offer: (process: Process | null, label: string, run: () => void | Promise<void>) => void
  /** Something that is done then, unless it is cancelled, or its process is gone. Answers how to cancel it. */
  readonly after: (process: Process | null, ms: number, label: string, run: () => void | Promise<void>) => () => void
  /** What happens by itself before the next step, after all that is on its way. Answers how to cancel it. */
  readonly soon: (run: () => void) => () => void
  /** A line of the trace that is no step. */
  readonly note: (line: string) => void
  /** Until `isDone`, or until the clock would pass `untilMs`, or until nothing is left that could ever happen. */
  readonly run: (isDone: () => boolean, untilMs: number) => Promise<Ending>
  readonly steps: () => number
  readonly traceHash: () => string
  /** The last lines of the trace; all of them if they are kept. */
  readonly trace: () => ReadonlyArray<string>
}

/** `Idle`: nothing is ready and no timer is set, so whoever waits, waits for something that the world cannot see. */
export type Ending = "Done" | "Time" | "Idle" | "Steps"

export interface Options {
  readonly scheduling: Stream
  readonly startMs: number
  readonly isTraceKept?: boolean
  /** A history of more steps is going round in circles. */
  readonly maxSteps?: number
  /** Called after each step, before anything else can happen. */
  readonly afterStep?: () => void
  /** Called with what a step threw. */
  readonly onThrow: (cause: unknown, label: string) => void
}

const lastLines = 200
const defaultMaxSteps = 2_000_000

/** No promise has anything left to do. A turn of the machine's own loop would take longer than most steps. */
const drained = () =>
  new Promise<void>((resolve) => {
    nextTick(resolve)
  })

export const make = ({
  afterStep,
  isTraceKept = false,
  maxSteps = defaultMaxSteps,
  onThrow,
  scheduling,
  startMs
}: Options): World => {
  let nowMs = startMs
  let order = 0
  let steps = 0
  let current: Process | null = null
  const ready: Array<Ready> = []
  const timers: Array<Timer> = []
  const immediates: Array<() => void> = []
  const lives = new Map<string, number>()
  const hash = createHash("sha256")
  let lines: Array<string> = []

  const note = (line: string) => {
    hash.update(line).update("\n")
    lines.push(line)
    if (!isTraceKept && lines.length > 2 * lastLines) lines = lines.slice(-lastLines)
  }

  const setTimer = (timer: Timer) => {
    let low = 0
    let high = timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = timers[middle]
      // The soonest is last, so that taking it moves nothing.
      if (there !== undefined && (there.atMs > timer.atMs || (there.atMs === timer.atMs && there.order > timer.order)))
        low = middle + 1
      else high = middle
    }
    timers.splice(low, 0, timer)
  }

  const perform = async ({ label, process, run }: Ready) => {
    steps += 1
    current = process
    note(`${nowMs - startMs} ${process === null ? "-" : `${process.name}.${process.life}`} ${label}`)
    try {
      const working = run()
      if (working !== undefined) await working
    } catch (cause) {
      onThrow(cause, label)
    }
  }

  /** All that can happen by itself has happened. postgres.js gathers its writes in immediates. */
  const settle = async () => {
    await drained()
    for (let run = immediates.shift(); run !== undefined; run = immediates.shift()) {
      run()
      await drained()
    }
  }

  const takeReady = (): Ready | undefined => {
    const index = ready.length === 1 ? 0 : scheduling.below(ready.length)
    const [taken] = ready.splice(index, 1)
    return taken
  }

  /** Whether it is a dead process's, or one's that stands still and will do it when it goes on. */
  const isPostponed = (step: Ready): boolean => {
    const { process } = step
    if (process === null) return false
    if (!process.isAlive) return true
    if (process.stalledUntilMs <= nowMs) return false
    setTimer({ ...step, atMs: process.stalledUntilMs, order: order++ })
    return true
  }

  const world: World = {
    nowMs: () => nowMs,
    startMs,
    current: () => current,
    begin: (name, skewMs = 0) => {
      const life = (lives.get(name) ?? 0) + 1
      lives.set(name, life)
      return { name, life, skewMs, isAlive: true, stalledUntilMs: 0 }
    },
    crash: (process) => {
      process.isAlive = false
      note(`${nowMs - startMs} ${process.name}.${process.life} †`)
      const remaining = ready.filter((step) => step.process !== process)
      ready.splice(0, ready.length, ...remaining)
      const left = timers.filter((timer) => timer.process !== process)
      timers.splice(0, timers.length, ...left)
    },
    stall: (process, ms) => {
      note(`${nowMs - startMs} ${process.name}.${process.life} stands still for ${ms}`)
      process.stalledUntilMs = Math.max(process.stalledUntilMs, nowMs + ms)
    },
    isStill: ({ isAlive, stalledUntilMs }) => isAlive && stalledUntilMs > nowMs,
    offer: (process, label, run) => {
      order += 1
      if (process === null || process.isAlive) ready.push({ process, label, run })
    },
    after: (process, ms, label, run) => {
      if (process !== null && !process.isAlive) return () => {}
      const timer: Timer = { atMs: nowMs + Math.max(0, Math.ceil(ms)), order: order++, process, label, run }
      setTimer(timer)
      return () => {
        const index = timers.indexOf(timer)
        if (index >= 0) timers.splice(index, 1)
      }
    },
    soon: (run) => {
      immediates.push(run)
      return () => {
        const index = immediates.indexOf(run)
        if (index >= 0) immediates.splice(index, 1)
      }
    },
    note,
    run: async (isDone, untilMs) => {
      while (true) {
        await settle()
        current = null
        afterStep?.()
        if (isDone()) return "Done"
        if (steps >= maxSteps) return "Steps"
        if (ready.length > 0) {
          const step = takeReady()
          if (step !== undefined && !isPostponed(step)) await perform(step)
          continue
        }
        const timer = timers.at(-1)
        if (timer === undefined) return "Idle"
        if (timer.atMs > untilMs) {
          nowMs = Math.max(nowMs, untilMs)
          return "Time"
        }
        timers.pop()
        nowMs = Math.max(nowMs, timer.atMs)
        if (!isPostponed(timer)) await perform(timer)
      }
    },
    steps: () => steps,
    traceHash: () => hash.copy().digest("hex").slice(0, 16),
    trace: () => (isTraceKept ? lines : lines.slice(-lastLines))
  }
  return world
}
