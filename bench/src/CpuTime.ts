/** What a server and the processes that it started have taken of the machine's cores. */
import { readdir, readFile } from "node:fs/promises"

/** A tick of /proc: a hundredth of a second. */
const tickMs = 10

/** CPU time of a process and of those it has started, also of those that have ended. */
export const ofServer = async (server: number): Promise<number> => {
  let ticks = 0
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
    // After the name, which may hold spaces: state, parent, ..., utime, stime, and the same of children that have ended.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const times = fields.slice(11, pid === server ? 15 : 13).map(Number)
    if (pid === server || fields[1] === String(server)) ticks += times.reduce((sum, each) => sum + each, 0)
  }
  return ticks * tickMs
}
