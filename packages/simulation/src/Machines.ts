/** Where the processes of a history run: on one machine, where one that is gone is known to be; else its heartbeats are waited for. */
import type { Machine } from "@syncline/engine"
import type { Process } from "./World.ts"

export interface Options {
  readonly isOne: boolean
  /** Of all processes that there may be. */
  readonly names: ReadonlyArray<string>
  /** Those that have been started, each in its last life. */
  readonly running: () => ReadonlyArray<Process>
}

export const of =
  ({ isOne, names, running }: Options) =>
  (process: Process): Machine => {
    const pidOf = ({ life, name }: Process) => (names.indexOf(name) + 1) * 1000 + life
    return {
      host: isOne ? "machine" : `machine of ${process.name}`,
      pid: pidOf(process),
      isAlive: (pid) => running().some((other) => other.isAlive && pidOf(other) === pid)
    }
  }
