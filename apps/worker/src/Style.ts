/** Colours, where they are wanted. Meaning never hangs on them: each is beside a sign or a word. */

export type Tone = "good" | "warning" | "bad" | "faint" | "strong"

/** `plain` where there is no terminal or the user asked for none. https://no-color.org */
export type Style = "plain" | "coloured"

const codes: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  faint: [2, 22],
  strong: [1, 22]
}

export const paint = (style: Style, tone: Tone, text: string): string => {
  if (style === "plain" || text === "") return text
  const [on, off] = codes[tone]
  return `\u001b[${on}m${text}\u001b[${off}m`
}
