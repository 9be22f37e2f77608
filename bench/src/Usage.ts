/**
 * Loaded before a child's own program (`node --import`): when the process ends, says on file descriptor 3 what it took, as one
 * JSON line. So a program is measured without knowing it.
 */
import { writeSync } from "node:fs"

process.on("exit", () => {
  const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage()
  writeSync(
    3,
    `${JSON.stringify({ maxRssMiB: Math.round(maxRSS / 1024), cpuSeconds: (userCPUTime + systemCPUTime) / 1_000_000 })}\n`
  )
})
