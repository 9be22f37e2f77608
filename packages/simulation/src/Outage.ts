/** When one of the systems answers nobody: once, for longer than anybody tries in one go. */
import type { Elements } from "./Elements.ts"
import type { Stream } from "./Seed.ts"
import type { Systems } from "./Setting.ts"

export const draw = (
  chance: Stream,
  elements: Elements,
  systems: Systems,
  startMs: number
): ((url: string, nowMs: number) => boolean) => {
  if (!elements.has("outage") && !elements.has("worker")) return () => false
  const { baseUrl } = chance.pick([systems.source, systems.target])
  const fromMs = startMs + chance.below(8000)
  const untilMs = fromMs + 20_000 + chance.below(elements.has("outage") ? 60_000 : 20_000)
  return (url, nowMs) => url.startsWith(baseUrl) && nowMs >= fromMs && nowMs < untilMs
}
