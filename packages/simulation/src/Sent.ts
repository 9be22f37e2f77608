/** What is told of a request as a process sends it. */
import type { WireRequest } from "./Fate.ts"
import type { Sent } from "./oracles/Oracle.ts"
import { partsOf, verbOf } from "./systems/Call.ts"
import { beingOf, layouts } from "./systems/Layout.ts"
import type { System } from "./systems/System.ts"
import type { Process } from "./World.ts"

export const of = (
  { life, name, stalledUntilMs }: Process,
  { side }: System,
  request: WireRequest,
  nowMs: number
): Sent => {
  const [entityName, path] = partsOf(request.url)
  return {
    process: `${name}.${life}`,
    side,
    verb: verbOf(entityName, { method: request.method, path }),
    entity: layouts.source[beingOf(side, entityName)].name,
    isAwakening: stalledUntilMs === nowMs
  }
}
