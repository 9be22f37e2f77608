/** A database with tables of one schema, and what a test says about them in few words. */
import type { Column, ConnectorError, Entity, Outcomes, Position, Sql } from "@syncline/connector"
import { type Fields, OpKey, RecordId } from "@syncline/core"
import { Effect, Result, Schema } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import { Config, postgres } from "../src/index.ts"
import * as TestSql from "./TestSql.ts"

export const column = (name: string, kind: Column["kind"] = "text"): Column => ({ name, kind, isNullable: true })

export const operations = (records: ReadonlyArray<Fields>) =>
  records.map((patch, index) => ({ key: OpKey.make(`op ${String(index).padStart(4, "0")}`), patch }))

export const idOf = (record: Fields): RecordId => Schema.decodeUnknownSync(RecordId)(record["id"])

/** The outcomes in the order of the ops. */
export const inOrder = <Stored>(outcomes: Outcomes<Stored>) =>
  [...outcomes].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, outcome]) => outcome)

/** What each op came to, in their order: "done", or the tag of its reason. */
export const told = (outcomes: Outcomes<unknown>): ReadonlyArray<string> =>
  inOrder(outcomes).map((outcome) => (Result.isSuccess(outcome) ? "done" : outcome.failure._tag))

/** A fresh database. `tables` are as in a configuration file. */
export const open = Effect.fn("World.open")(function* (tables: Schema.Json, schema = "app") {
  const url = yield* Effect.promise(() => freshDatabase())
  const database = yield* TestSql.open(url)
  const config = yield* Schema.decodeUnknownEffect(Config)({ schema, tables })
  const entities = postgres.entities(config)
  const entity = (name: string): Entity<Fields, Sql> => {
    const found = entities[name]
    if (found === undefined) throw new Error(`the test configures no table "${name}"`)
    return found
  }
  return { database, entity, config, url }
})

/** What a walk of changes shows from a position on, as `touched 1`, and where the next one starts. */
export const changesSince = Effect.fn("World.changesSince")(function* (
  { source }: Entity<Fields, Sql>,
  position: Position
) {
  const { changes } = source
  if (changes === undefined) return yield* Effect.die("the table has no changes")
  const pages: Array<ReadonlyArray<string>> = []
  for (let at = position; ;) {
    const { items, next } = yield* changes.read(at)
    pages.push(
      items.map((item) => `${item._tag.toLowerCase()} ${item._tag === "Present" ? idOf(item.record) : item.id}`)
    )
    if (next._tag === "CaughtUp") return { items: pages.flat(), pages: pages.length, position: next.position }
    at = next.position
  }
})

/** One table's entity with the verbs that a test asks for. */
export const using = (database: TestSql.TestDatabase, { source, target }: Entity<Fields, Sql>) => {
  const verbs = { create: target?.create, update: target?.update, remove: target?.remove }
  const missing = (verb: string) => Effect.die(`the table has no ${verb}`)
  const get = (...ids: ReadonlyArray<string>) => source.get.run(ids.map((id) => RecordId.make(id)))
  const present = (id: string): Effect.Effect<Fields, ConnectorError, Sql> =>
    Effect.flatMap(get(id), ([seen]) =>
      seen?._tag === "Present" ? Effect.succeed(seen.record) : Effect.die(`"${id}" is ${seen?._tag ?? "silent"}`)
    )
  return {
    prepare: (columns: ReadonlyArray<Column>) => database.alone(target?.prepare?.(columns) ?? missing("prepare")),
    create: (records: ReadonlyArray<Fields>) =>
      verbs.create?.run(operations(records), OpKey.make("batch")) ?? missing("create"),
    update: (id: string, patch: Fields, base: Fields) =>
      verbs.update?.run([{ key: OpKey.make(id), id: RecordId.make(id), patch, base }], OpKey.make("batch")) ??
      missing("update"),
    remove: (id: string, base: Fields) =>
      verbs.remove?.run([{ key: OpKey.make(id), id: RecordId.make(id), base }], OpKey.make("batch")) ??
      missing("remove"),
    get,
    present
  }
}
