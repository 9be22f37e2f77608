/** How much memory is in use once everything that can be let go of is. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose_gc")
const collect: unknown = runInNewContext("gc")

export const usedBytes = (): number => {
  if (typeof collect === "function") collect()
  return process.memoryUsage().heapUsed
}
