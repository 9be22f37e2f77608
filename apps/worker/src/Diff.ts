/** What changes in a record, so that a person sees it at once. Pure: text from data. */
import type { ContestedField, FieldDiff, PlannedWrite } from "@syncline/engine"
import { Effect, type Schema } from "effect"
import { Output } from "./Output.ts"
import * as Style from "./Style.ts"
import * as Table from "./Table.ts"

/** How it is shown: `columns` of a terminal, or null where lines are for a log or a program and nothing may be left out. */
export interface Page {
  readonly style: Style.Style
  readonly columns: number | null
}

/** A value in its own notation; control characters are escaped by it. */
export const value = (value: Schema.Json): string => (value === null ? "nothing" : JSON.stringify(value))

const fit = (text: string, cells: number | null): string =>
  cells === null ? text : Table.fit(text, Math.max(8, cells))

interface Parts {
  readonly prefix: string
  readonly before: string
  readonly after: string
  readonly suffix: string
}

const segmenter = new Intl.Segmenter()

const charactersOf = (text: string): ReadonlyArray<string> =>
  Array.from(segmenter.segment(text), ({ segment }) => segment)

/** What two texts have in common at both ends, and what is between. Cut between characters as people see them. */
export const parts = (before: string, after: string): Parts => {
  const [old, young] = [charactersOf(before), charactersOf(after)]
  const shortest = Math.min(old.length, young.length)
  let start = 0
  while (start < shortest && old[start] === young[start]) start++
  let end = 0
  while (end < shortest - start && old[old.length - 1 - end] === young[young.length - 1 - end]) end++
  return {
    prefix: old.slice(0, start).join(""),
    before: old.slice(start, old.length - end).join(""),
    after: young.slice(start, young.length - end).join(""),
    suffix: old.slice(old.length - end).join("")
  }
}

/** `"Ada" → "Ada Lovelace"`, with the difference in colour where there are colours. */
export const change = (before: Schema.Json, after: Schema.Json, { columns, style }: Page): string => {
  const cells = columns === null ? null : Math.floor((columns - 3) / 2)
  const [old, young] = [fit(value(before), cells), fit(value(after), cells)]
  if (style === "plain" || before === null || after === null) {
    return `${Style.paint(style, "bad", old)} → ${Style.paint(style, "good", young)}`
  }
  const { prefix, suffix, ...middle } = parts(old, young)
  const told = (tone: Style.Tone, text: string): string =>
    Style.paint(style, "faint", prefix) + Style.paint(style, tone, text) + Style.paint(style, "faint", suffix)
  return `${told("bad", middle.before)} → ${told("good", middle.after)}`
}

const widest = (texts: ReadonlyArray<string>): number =>
  texts.reduce((cells, text) => Math.max(cells, Table.width(text)), 0)

/** One line per field: its name, and what becomes of its value. */
export const fields = (diffs: ReadonlyArray<FieldDiff>, page: Page, indent = "    "): ReadonlyArray<string> => {
  const names = widest(diffs.map(({ field }) => field))
  const room = page.columns === null ? null : page.columns - indent.length - names - 3
  return diffs.map(
    ({ after, before, field }) =>
      `${indent}${Table.padEnd(field, names)}  ${change(before, after, { ...page, columns: room })}`
  )
}

const signs = {
  create: { sign: "+", tone: "good" },
  update: { sign: "~", tone: "warning" },
  delete: { sign: "-", tone: "bad" }
} as const

/** A write: what is done to which record where, then its fields. Of a create and a delete one side of each field is all there is. */
export const write = (planned: PlannedWrite, page: Page): ReadonlyArray<string> => {
  const { entity, fields: diffs, key, operation, recordId, side } = planned
  const { sign, tone } = signs[operation]
  const name = recordId ?? `for ${key}`
  const head = `  ${Style.paint(page.style, tone, `${sign} ${operation}`)} ${entity} ${name} at the ${side}`
  return [head, ...(operation === "delete" ? [] : fields(diffs, page))]
}

/** Field "" is the record itself. */
export const fieldName = (field: string): string => (field === "" ? "@record" : field)

const shown = (field: string, side: Schema.Json): string =>
  field === "" ? (side === null ? "deleted" : "edited") : value(side)

const baseOf = ({ base, field }: ContestedField): string => {
  if (field === "") return ""
  const [source, target] = [value(base.source), value(base.target)]
  return source === target ? source : `${source} / ${target}`
}

/** Both sides of each contested field beside each other, or a line for each where there is no terminal. */
export const contested = (
  contests: ReadonlyArray<ContestedField>,
  names: { readonly source: string; readonly target: string },
  page: Page
): ReadonlyArray<string> => {
  if (page.columns === null) {
    return contests.flatMap((contest) => {
      const { field, source, target } = contest
      const base = baseOf(contest)
      return [
        ...(base === "" ? [] : [`  ${fieldName(field)}: was ${base}`]),
        `  ${fieldName(field)}: ${names.source} ${shown(field, source)}`,
        `  ${fieldName(field)}: ${names.target} ${shown(field, target)}`
      ]
    })
  }
  const cells = Math.floor((page.columns - widest(contests.map(({ field }) => fieldName(field))) - 8) / 3)
  return Table.render(
    [
      { title: "  FIELD", align: "left" },
      { title: "WAS", align: "left" },
      { title: names.source, align: "left" },
      { title: names.target, align: "left" }
    ],
    contests.map((contest) => [
      `  ${fieldName(contest.field)}`,
      fit(baseOf(contest), cells),
      fit(shown(contest.field, contest.source), cells),
      fit(shown(contest.field, contest.target), cells)
    ])
  )
}

/** How the command's output is read. */
export const page: Effect.Effect<Page, never, Output> = Effect.gen(function* () {
  const { columns, isInteractive, style } = yield* Output
  return { style, columns: isInteractive ? yield* columns : null }
})
