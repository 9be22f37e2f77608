/**
 * The globals by which code could reach the real machine's time and chance, replaced while a history runs. The driver of the database
 * uses them, and our own code must not: each use is counted, and `askers` tells who it was.
 */
import type { Stream } from "./Seed.ts"
import type { World } from "./World.ts"

const kinds = ["Date.now", "performance.now", "Math.random", "setTimeout", "setInterval"] as const
type Kind = (typeof kinds)[number]

export interface Ambient {
  readonly uses: Readonly<Record<Kind, number>>
  /** The functions that used one, as file names, where they were asked for. */
  readonly askers: ReadonlySet<string>
  /** Puts the real ones back. */
  readonly restore: () => void
}

export interface Options {
  readonly world: World
  readonly scheduling: Stream
  /** Looks at each use's stack, which takes time. */
  readonly isAskerTold?: boolean
}

export const interpose = ({ isAskerTold = false, scheduling, world }: Options): Ambient => {
  const uses: Record<Kind, number> = {
    "Date.now": 0,
    "performance.now": 0,
    "Math.random": 0,
    setTimeout: 0,
    setInterval: 0
  }
  const askers = new Set<string>()
  const used = (kind: Kind) => {
    uses[kind] += 1
    if (isAskerTold) askers.add(`${kind} by ${askerOf(new Error(kind).stack ?? "")}`)
  }
  const millis = () => Math.floor(world.nowMs() + (world.current()?.skewMs ?? 0))
  const cancels = new Map<object, () => void>()
  const handleOf = (arm: () => () => void) => {
    const handle = {
      ref: () => handle,
      unref: () => handle,
      hasRef: () => true,
      refresh: () => {
        cancels.get(handle)?.()
        cancels.set(handle, arm())
        return handle
      },
      [Symbol.toPrimitive]: () => 0
    }
    cancels.set(handle, arm())
    return handle
  }
  const clear = (handle: unknown) => {
    if (typeof handle !== "object" || handle === null) return
    cancels.get(handle)?.()
    cancels.delete(handle)
  }

  const replaced = [
    replace(globalThis.Date, "now", () => {
      used("Date.now")
      return millis()
    }),
    replace(performance, "now", () => {
      used("performance.now")
      return world.nowMs() - world.startMs
    }),
    replace(Math, "random", () => {
      used("Math.random")
      return scheduling.next()
    }),
    replace(
      globalThis,
      "setTimeout",
      (run: (...args: ReadonlyArray<unknown>) => void, ms = 0, ...args: ReadonlyArray<unknown>) => {
        used("setTimeout")
        return handleOf(() => world.after(world.current(), ms, "timer", () => run(...args)))
      }
    ),
    replace(
      globalThis,
      "setInterval",
      (run: (...args: ReadonlyArray<unknown>) => void, ms = 0, ...args: ReadonlyArray<unknown>) => {
        used("setInterval")
        const handle: object = handleOf(() => {
          const again = () => {
            cancels.set(handle, world.after(world.current(), Math.max(1, ms), "timer", again))
            run(...args)
          }
          return world.after(world.current(), Math.max(1, ms), "timer", again)
        })
        return handle
      }
    ),
    replace(
      globalThis,
      "setImmediate",
      (run: (...args: ReadonlyArray<unknown>) => void, ...args: ReadonlyArray<unknown>) =>
        handleOf(() => world.soon(() => run(...args)))
    ),
    replace(globalThis, "clearImmediate", clear),
    replace(globalThis, "clearTimeout", clear),
    replace(globalThis, "clearInterval", clear)
  ]
  return {
    uses,
    askers,
    restore: () => {
      for (const putBack of replaced.toReversed()) putBack()
    }
  }
}

const replace = (owner: object, name: string, by: unknown): (() => void) => {
  const before = Object.getOwnPropertyDescriptor(owner, name)
  Object.defineProperty(owner, name, {
    value: by,
    configurable: true,
    writable: true,
    enumerable: before?.enumerable ?? false
  })
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name)
    else Object.defineProperty(owner, name, before)
  }
}

/** The first frame outside this file, from its package on. */
const askerOf = (stack: string): string => {
  const frame = stack.split("\n").find((line) => line.includes(" at ") && !line.includes("Ambient.ts")) ?? ""
  return /((?:node_modules|packages|connectors|apps)\/.*?):\d+:\d+/.exec(frame)?.[1] ?? frame.trim()
}
