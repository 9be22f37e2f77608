/** Numbers as people read them. */

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })

/** `12,345` */
export const count = (value: number): string => grouped.format(value)

/** `1 record`, `12,345 records` */
export const of = (value: number, thing: string): string => `${count(value)} ${thing}${value === 1 ? "" : "s"}`

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const pair = (major: number, majorName: string, minor: number, minorName: string): string =>
  minor === 0 ? `${major} ${majorName}` : `${major} ${majorName} ${minor} ${minorName}`

/** `850 ms`, `3.1 s`, `2 min 5 s`, `1 h 3 min`, `2 d 4 h` */
export const duration = (ms: number): string => {
  // Rounded first, so that 59,990 ms is a minute and not 60.0 s.
  if (ms < secondMs) return `${Math.round(ms)} ms`
  const tenths = Math.round(ms / 100) / 10
  if (tenths < 60) return `${tenths.toFixed(1)} s`
  const seconds = Math.round(ms / secondMs)
  if (seconds * secondMs < hourMs) return pair(Math.floor(seconds / 60), "min", seconds % 60, "s")
  const minutes = Math.round(ms / minuteMs)
  if (minutes * minuteMs < dayMs) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min")
  const hours = Math.round(ms / hourMs)
  return pair(Math.floor(hours / 24), "d", hours % 24, "h")
}

/** How long ago: `just now`, `5 min ago`. */
export const ago = (atMs: number, nowMs: number): string => {
  const ms = nowMs - atMs
  if (ms < secondMs) return "just now"
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)} s ago`
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min ago`
  return ms < dayMs ? `${Math.floor(ms / hourMs)} h ago` : `${Math.floor(ms / dayMs)} d ago`
}

/** `3,412/s`; empty while it means nothing yet. */
export const rate = (things: number, elapsedMs: number): string =>
  elapsedMs < 1 || things === 0 ? "" : `${count((things * secondMs) / elapsedMs)}/s`
