/**
 * A worker and its sessions of the server share one core: one of them always waits for the other, and waking a process on another core
 * takes longer than many a statement.
 */
import { spawnSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { platform } from "node:process"

const cores = availableParallelism()

/** Where there is no `taskset`, the process runs where it will. */
export const keep = (pid: number, core: number | null): void => {
  if (core === null || platform !== "linux") return
  spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(core % cores), String(pid)])
}
