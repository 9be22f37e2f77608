/** `syncline capture install|remove|status <connection>.<table>`: the change log of an application's table. */
import type { ConnectorError, Http, Sql } from "@syncline/connector"
import { Capture, Config } from "@syncline/connector-postgres"
import { Engine } from "@syncline/engine"
import { Clock, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "../Cli.ts"
import { Output } from "../Output.ts"
import { badInput, ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"

interface Place {
  readonly connection: string
  readonly table: string
}

/** At the first dot: a table's name may hold more of them. */
export const parse = (text: string): Option.Option<Place> => {
  const dot = text.indexOf(".")
  const [connection, table] = [text.slice(0, dot), text.slice(dot + 1)]
  return dot < 1 || table === "" ? Option.none() : Option.some({ connection, table })
}

const place = Argument.String("connection.table").pipe(
  Argument.withDescription("A connection of the configuration and one of its tables, such as crm.contacts"),
  Argument.filterMap(parse, (text) => `a connection and a table, such as crm.contacts, not ${JSON.stringify(text)}`)
)

const isConfig = Schema.is(Config)

/** Does something with a table of a connection that is a PostgreSQL database. */
const at = Effect.fnUntraced(function* <A>(
  { connection, table }: Place,
  act: (config: Config, table: string) => Effect.Effect<A, ConnectorError, Http | Sql>
) {
  const engine = yield* Engine
  const done = yield* Effect.mapError(
    engine.at(connection, ({ config, connector }) =>
      connector === "postgres" && isConfig(config) ? Effect.map(act(config, table), Option.some) : Effect.succeedNone
    ),
    ofEngine
  )
  if (Option.isSome(done)) return done.value
  return yield* badInput(
    `connection "${connection}" is no PostgreSQL database, so there is no table to capture`,
    "Name a connection with the connector postgres: <connection>.<table>"
  )
})

const install = Effect.fn("capture.install")(function* (place: Place, isPrinted: boolean) {
  const output = yield* Output
  const statements = yield* at(place, Capture.statements)
  if (isPrinted) {
    yield* output.print(statements.map((statement) => `${statement};`))
    return yield* output.result({ ok: true, statements })
  }
  yield* at(place, Capture.install)
  yield* output.print([
    `Changes of ${place.connection}.${place.table} are captured: each write of a row also writes one of the log.`,
    "Take it away with:",
    `  syncline capture remove ${place.connection}.${place.table}`
  ])
  yield* output.result({ ok: true })
})

const remove = Effect.fn("capture.remove")(function* (place: Place) {
  const output = yield* Output
  yield* at(place, Capture.remove)
  yield* output.print([`Changes of ${place.connection}.${place.table} are no longer captured.`])
  yield* output.result({ ok: true })
})

const status = Effect.fn("capture.status")(function* (place: Place) {
  const output = yield* Output
  const found = yield* at(place, Capture.status)
  const nowMs = yield* Clock.currentTimeMillis
  const name = `${place.connection}.${place.table}`
  const since = found === null || found.oldestMs === null ? "" : `, the oldest ${Quantity.ago(found.oldestMs, nowMs)}`
  yield* output.print([
    found === null
      ? `Changes of ${name} are not captured.`
      : `Changes of ${name} are captured; the log holds ${Quantity.of(found.rows, "change")}${since}.`
  ])
  yield* output.result({ ok: true, isCaptured: found !== null, log: found })
})

export const capture = Command.make("capture").pipe(
  Command.withSubcommands([
    Command.make(
      "install",
      {
        place,
        print: Flag.Boolean("print").pipe(
          Flag.withDescription("Only show the statements, for somebody who may run them"),
          Flag.withDefault(false)
        )
      },
      ({ place, print }) => Session.provide(install(place, print))
    ).pipe(
      Command.withShortDescription("Let triggers note each change of a table, in the transaction that makes it"),
      Command.withDescription(
        "Installs two triggers and a log beside the table. The user must own the table or have the right trigger on it, and create on its schema."
      )
    ),
    Command.make("remove", { place }, ({ place }) => Session.provide(remove(place))).pipe(
      Command.withShortDescription("Take the triggers and what they noted away")
    ),
    Command.make("status", { place }, ({ place }) => Session.provide(status(place))).pipe(
      Command.withShortDescription("Show whether changes are captured, and how much the log holds")
    )
  ]),
  Command.withShortDescription("Capture the changes of a database's own tables")
)
