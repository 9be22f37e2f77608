/** This process, as the owner of a run, and whether another owner on this machine still lives. */
import { readlinkSync } from "node:fs"
import { hostname } from "node:os"
import process from "node:process"
import type { Cursors } from "@syncline/store"
import { Context, Effect } from "effect"

/** The machine that a process runs on. */
export interface Machine {
  /** What shares process ids: a machine, or a container on it that has its own. */
  readonly host: string
  readonly pid: number
  /** False only when it is sure: no process of this machine has the id. */
  readonly isAlive: (pid: number) => boolean
}

/** What the label of a driver's owner begins with. */
export const driver = "driver of "

/** This machine, unless a simulated one is given. */
export const Machine = Context.Reference<Machine>("@syncline/engine/Machine", {
  defaultValue: () => ({ host: hostWithItsIds(), pid: process.pid, isAlive })
})

/** The namespace of a Linux machine itself is always this one; containers that share its name have others. */
const firstNamespace = "pid:[4026531836]"

const hostWithItsIds = (): string => {
  try {
    const namespace = readlinkSync("/proc/self/ns/pid")
    return namespace === firstNamespace ? hostname() : `${hostname()} ${namespace}`
  } catch {
    // Not a Linux.
    return hostname()
  }
}

const isAlive = (pid: number): boolean => {
  try {
    // Signal 0 asks whether the process exists and sends nothing.
    return process.kill(pid, 0)
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH")
  }
}

export const here = (label: string): Effect.Effect<Cursors.Owner> =>
  Effect.map(Machine, ({ host, pid }) => ({ host, pid, label }))

/** True only when it is sure: the process was on this machine and is no more. */
export const isDead = ({ host, pid }: Pick<Cursors.Owner, "host" | "pid">): Effect.Effect<boolean> =>
  Effect.map(Machine, (here) => host === here.host && pid !== here.pid && !here.isAlive(pid))
