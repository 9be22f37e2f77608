/** Where the figures come from: nobody can compare figures of two machines. */
import { execFileSync } from "node:child_process"
import { cpus, totalmem } from "node:os"
import type { Databases } from "./Databases.ts"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  readonly postgres: string
  readonly postgresSettings: Readonly<Record<string, string>>
  /** The commit that was measured; "+" says that files differed from it. */
  readonly commit: string
  readonly date: string
}

export const describe = ({ settings, version }: Databases, date: string): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  postgres: version,
  postgresSettings: settings,
  commit:
    git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+"),
  date
})

const git = (...args: ReadonlyArray<string>): string => execFileSync("git", args, { encoding: "utf8" }).trim()
