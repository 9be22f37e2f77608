/** The workers of a history: what they tell while they drive, and how they are reached. */
import type { JobName } from "@syncline/core"
import type { Engine } from "@syncline/engine"
import type { Effect } from "effect"
import type { EngineProcess } from "./EngineProcess.ts"
import type { Processes } from "./Processes.ts"
import * as Rounds from "./Rounds.ts"
import * as WorkerProcess from "./WorkerProcess.ts"
import type { Process, World } from "./World.ts"

export interface Options {
  readonly world: World
  readonly jobs: ReadonlyArray<JobName>
  /** Before a worker drives anything. */
  readonly begin: (engine: Engine["Service"]) => Effect.Effect<void>
  readonly onServed: (told: WorkerProcess.Told) => void
  readonly onRound: Rounds.Options["onRound"]
  readonly tell: (kind: string, what: string) => void
}

export interface Fleet {
  readonly hearing: (process: Process) => WorkerProcess.Hearing
  /** What takes webhooks in at a process: its worker, if it is one. */
  readonly receptionOf: (there: EngineProcess, engine: Engine["Service"]) => Pick<WorkerProcess.Up, "receive">
  /** Night falls: a worker that is there has all ids compared. */
  readonly compare: (processes: Pick<Processes, "anyone">) => void
}

export const make = ({ begin, jobs, onRound, onServed, tell, world }: Options): Fleet => {
  const workers = new Map<Process, WorkerProcess.Up>()
  const rounds = Rounds.make({ jobs, onRound })
  return {
    hearing: (process) => ({
      begin,
      onUp: (up) => workers.set(process, up),
      onServed: (_, told) => {
        tell(`${process.name} served`, WorkerProcess.tellOf(told))
        onServed(told)
        rounds.heard(told, world.nowMs())
      },
      onTaken: ({ driver, epoch, wasTakenOver }) =>
        tell(`${process.name} ${wasTakenOver ? "took over" : "took"}`, `${driver}, epoch ${epoch}`),
      onTrouble: (what, message) => tell(`${process.name} is in trouble`, `${what}: ${message}`)
    }),
    receptionOf: ({ process }, { webhooks }) => workers.get(process) ?? webhooks,
    compare: ({ anyone }) => {
      const there = anyone()
      const up = there === undefined ? undefined : workers.get(there.process)
      if (up !== undefined) there?.fork(() => up.compare(jobs))
    }
  }
}
