/** This process, as the owner of a run, and whether another owner on this machine still lives. */
import { hostname } from "node:os"
import process from "node:process"
import type { Cursors } from "@syncline/store"

export const here = (label: string): Cursors.Owner => ({ host: hostname(), pid: process.pid, label })

/** True only when it is sure: the process was on this machine and is no more. */
export const isDead = ({ host, pid }: Pick<Cursors.Owner, "host" | "pid">): boolean => {
  if (host !== hostname() || pid === process.pid) return false
  try {
    // Signal 0 asks whether the process exists and sends nothing.
    return !process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH"
  }
}
