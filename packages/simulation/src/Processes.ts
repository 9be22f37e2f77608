/** The processes of a history: they start, die, and start again under the same name. */
import type { Engine } from "@syncline/engine"
import { type Effect, Exit } from "effect"
import type * as EngineProcess from "./EngineProcess.ts"
import type { PostgresGateway } from "./PostgresGateway.ts"
import type { Stream } from "./Seed.ts"
import type * as World from "./World.ts"

export interface Options {
  readonly world: World.World
  readonly gateway: PostgresGateway
  readonly scheduling: Stream
  /** How far the clock of a process is ahead. */
  readonly skewMsOf: (name: string) => number
  readonly launch: (
    process: World.Process,
    chance: Stream,
    onEnd: (exit: Exit.Exit<void, unknown>) => void
  ) => EngineProcess.EngineProcess
  readonly struck: (kind: string, what: string) => void
  readonly complain: (message: string) => void
  readonly tell: (kind: string, what: string) => void
}

export interface Processes {
  readonly start: (name: string) => void
  readonly die: (process: World.Process, kind: string, restartMs: number, where: string) => void
  readonly crashes: () => number
  /** Those that have been started, each in its last life. */
  readonly running: () => ReadonlyArray<World.Process>
  /** Whoever stands still will go on with what it had begun, though another has done it by then. */
  readonly isAnyoneStill: () => boolean
  /** It stands still, or is not there. */
  readonly isAway: (name: string) => boolean
  /** One whose engine is up. */
  readonly anyone: () => EngineProcess.EngineProcess | undefined
  /** Has work done by an engine that is there. */
  readonly fork: (work: (engine: Engine["Service"]) => Effect.Effect<void>) => void
  /** The history is over. */
  readonly close: () => void
}

/** Until a process is started again that ended by itself. */
const againMs = 1000

export const make = (options: Options): Processes => {
  const { complain, gateway, launch, scheduling, skewMsOf, struck, tell, world } = options
  const processes = new Map<string, EngineProcess.EngineProcess>()
  let crashes = 0

  const end = (process: World.Process, restartMs: number) => {
    world.crash(process)
    gateway.crashed(process)
    world.after(null, restartMs, `starts ${process.name}`, () => start(process.name))
  }
  const start = (name: string) => {
    const process = world.begin(name, skewMsOf(name))
    const life = `${name}.${process.life}`
    const launched = launch(process, scheduling.split(life), (exit) => {
      if (Exit.hasDies(exit)) complain(`the engine of ${life} died: ${String(exit)}`)
      tell(`${name} ended`, String(exit).slice(0, 200))
      end(process, againMs)
    })
    processes.set(name, launched)
  }
  const anyone = () => [...processes.values()].find(({ engine, process }) => process.isAlive && engine() !== null)
  const running = () => [...processes.values()].map(({ process }) => process)

  return {
    start,
    die: (process, kind, restartMs, where) => {
      crashes += 1
      struck(kind, `${process.name} ${where}`)
      end(process, restartMs)
    },
    crashes: () => crashes,
    running,
    isAnyoneStill: () => running().some((process) => world.isStill(process)),
    isAway: (name) => (processes.get(name)?.process.stalledUntilMs ?? Infinity) > world.nowMs(),
    anyone,
    fork: (work) => anyone()?.fork(work),
    close: () => {
      for (const process of running()) if (process.isAlive) world.crash(process)
    }
  }
}
