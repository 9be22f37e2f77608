/** `syncline resync <entity>[:<id>]`: reads a record, or all of an entity, from both sides again. */
import { Engine } from "@syncline/engine"
import { Effect } from "effect"
import { Command } from "../Cli.ts"
import * as Following from "../Following.ts"
import * as RecordName from "../RecordName.ts"
import * as Session from "../Session.ts"

const perform = Effect.fn("resync")(function* (entity: string, id: string | null) {
  const engine = yield* Engine
  yield* Following.follow(["resync", id === null ? entity : `${entity}:${id}`], (options) =>
    engine.resync(entity, id, options)
  )
})

export const resync = Command.make("resync", { record: RecordName.orEntity }, ({ record: { entity, id } }) =>
  Session.provide(perform(entity, id))
).pipe(
  Command.withShortDescription("Read a record, or all of an entity, from both sides again"),
  Command.withDescription(
    "Reads a record, or every record of an entity, from both sides, past change feeds and images, and syncs what differs."
  ),
  Command.withExamples([{ command: "syncline resync customer:cus_123", description: "One customer" }])
)
