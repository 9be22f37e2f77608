/** Tables of text whose columns stay straight whatever script their cells are in. */
import { textWidth as width } from "./Cli.ts"

export { width }

export interface Column {
  readonly title: string
  readonly align: "left" | "right"
}

const space = (cells: number): string => " ".repeat(Math.max(0, cells))

export const padEnd = (text: string, cells: number): string => text + space(cells - width(text))

export const padStart = (text: string, cells: number): string => space(cells - width(text)) + text

const segmenter = new Intl.Segmenter()

/** The longest beginning of a text that fits in `cells` cells, ended by `…` where something was left out. The text holds no colours. */
export const fit = (text: string, cells: number): string => {
  if (width(text) <= cells) return text
  let kept = ""
  for (const { segment } of segmenter.segment(text)) {
    if (width(kept + segment) > cells - 1) break
    kept += segment
  }
  return cells < 1 ? "" : `${kept}…`
}

/** One line per row under a line of titles, two spaces between columns. */
export const render = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): ReadonlyArray<string> => {
  const cell = (row: ReadonlyArray<string>, index: number): string => row[index] ?? ""
  const widths = columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, width(cell(row, index))), width(title))
  )
  const line = (row: ReadonlyArray<string>): string =>
    columns
      .map(({ align }, index) => (align === "left" ? padEnd : padStart)(cell(row, index), widths[index] ?? 0))
      .join("  ")
      .trimEnd()
  return [line(columns.map(({ title }) => title)), ...rows.map(line)]
}
