/** The table of entities in a connector's README: made from the declaration, and compared with it. */
import { type Endpoint, type Endpoints, type Entities, type Http, type Sql } from "@syncline/connector"
import { Config, Effect } from "effect"
import { readFile, writeFile } from "node:fs/promises"

const begin = "<!-- entities: made from the declaration; CONFORMANCE_WRITE=true writes it -->"
const end = "<!-- /entities -->"

/** Markdown, without the marks around it. */
export const table = (apiVersion: string, entities: Entities<Http | Sql>): string => {
  const rows = Object.entries(entities).map(([name, { canonical, endpoints, source, target, version }]) => {
    const { changes, deltaSyncField } = source
    const finds = changes === undefined ? "full listings" : (deltaSyncField ?? "its own feed") + lateBy(changes.lagMs)
    const deletions = changes?.deletes === true ? "among the changes" : "by comparing listings"
    return [
      `\`${name}\``,
      canonical === undefined ? "" : canonical.type,
      finds,
      source.supportsWebhooks ? `${deletions}, webhooks` : deletions,
      target === undefined ? "read only" : verbs(endpoints),
      version === undefined ? "content" : `\`${version}\``
    ]
  })
  const calls = Object.entries(entities).flatMap(([name, { endpoints }]) =>
    callsOf(endpoints).map(([verb, { method, path }, fields]) => [
      `\`${name}\``,
      verb,
      `\`${method} ${path}\``,
      fields.map((field) => `\`${field}\``).join(" ")
    ])
  )
  return [
    `Version of the API: \`${apiVersion}\`.`,
    "",
    ...markdown(
      ["entity", "canonical type", "changes are found by", "deletions", "can be written", "compared by"],
      rows
    ),
    "",
    ...markdown(["entity", "verb", "call", "fields"], calls)
  ].join("\n")
}

const lateBy = (lagMs: number): string => (lagMs === 0 ? "" : `, up to ${lagMs / 1000} s late`)

const verbs = ({ commands = {}, create, delete: remove, update }: Endpoints): string =>
  [
    ...(create === undefined ? [] : ["create"]),
    ...(update === undefined ? [] : ["update"]),
    ...(remove === undefined ? [] : ["delete"]),
    ...Object.keys(commands)
  ].join(", ")

type Said = readonly [verb: string, endpoint: Endpoint, fields: ReadonlyArray<string>]

const callsOf = (endpoints: Endpoints): ReadonlyArray<Said> => {
  const { changes, commands = {}, create, delete: remove, get, list, update } = endpoints
  return [
    ["list", list, []],
    ["get", get, []],
    ...(changes === undefined ? [] : [["changes", changes, []] satisfies Said]),
    ...(create === undefined ? [] : [["create", create, create.fields] satisfies Said]),
    ...(update === undefined ? [] : [["update", update, update.fields] satisfies Said]),
    ...(remove === undefined ? [] : [["delete", remove, []] satisfies Said]),
    ...Object.entries(commands).map(([name, command]) => [name, command, []] satisfies Said)
  ]
}

/** Columns as wide as their widest cell, as the formatter leaves them. */
const markdown = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)]
}

/** What is wrong with a README. With `CONFORMANCE_WRITE=true` it is put right instead. */
export const check = Effect.fn("Documentation.check")(function* (
  readme: string,
  apiVersion: string,
  entities: Entities<Http | Sql>
) {
  const text = yield* Effect.promise(() => readFile(readme, "utf8").catch(() => ""))
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) return [`${readme} has no place for the table of entities: put in "${begin}" and "${end}"`]
  const wanted = `${begin}\n\n${table(apiVersion, entities)}\n\n`
  if (text.slice(from, to) === wanted) return []
  if (!(yield* Config.Boolean("CONFORMANCE_WRITE").pipe(Config.withDefault(false))))
    return [`the table of entities in ${readme} is not what the connector declares: CONFORMANCE_WRITE=true writes it`]
  yield* Effect.promise(() => writeFile(readme, text.slice(0, from) + wanted + text.slice(to)))
  return []
})
