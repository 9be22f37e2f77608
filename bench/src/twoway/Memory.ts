/** The most memory that this process and the database's backends had at once, looked at every few milliseconds. */
import { readFileSync } from "node:fs"

export interface Peak {
  /** This process, resident. */
  readonly clientMiB: number
  /** What the server's processes hold for themselves, shared buffers left out; null where the system does not tell. */
  readonly serverMiB: number | null
}

const kib = (pid: number): number => {
  const anonymous = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))
  return Number(anonymous?.[1] ?? 0)
}

/** Of processes that have just ended nothing is counted. */
const serverKib = (pids: ReadonlyArray<number>): number =>
  pids.reduce((sum, pid) => {
    try {
      return sum + kib(pid)
    } catch {
      return sum
    }
  }, 0)

/** Watches while `work` runs. `pids` asks for the server's processes. */
export const during = async <A>(
  pids: () => Promise<ReadonlyArray<number>>,
  work: () => Promise<A>
): Promise<{ readonly result: A; readonly peak: Peak }> => {
  let client = 0
  let server = 0
  const look = async () => {
    client = Math.max(client, process.memoryUsage.rss())
    if (process.platform === "linux") server = Math.max(server, serverKib(await pids()))
  }
  const timer = setInterval(() => void look(), 50)
  const result = await work()
  clearInterval(timer)
  await look()
  const peak: Peak = {
    clientMiB: Math.round(client / 1024 / 1024),
    serverMiB: process.platform === "linux" ? Math.round(server / 1024) : null
  }
  return { result, peak }
}
