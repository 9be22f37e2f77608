/** Processes of this machine: whether one lives, and how ours are started. */
import { Result } from "effect"
import type { RunUser } from "./Binaries.ts"

/** What PostgreSQL's programs may know of our environment: nothing that changes what they do. */
export const environment = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" }

export const identity = (user: RunUser | null) => (user === null ? {} : { uid: user.uid, gid: user.gid })

/** Whether a process of this id exists. One that belongs to another user answers EPERM, and exists. */
export const isAlive = (pid: number): boolean =>
  Result.match(
    Result.try(() => process.kill(pid, 0)),
    {
      onSuccess: () => true,
      onFailure: (cause) => cause instanceof Error && "code" in cause && cause.code === "EPERM"
    }
  )
