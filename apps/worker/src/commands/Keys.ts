/** `syncline keys generate|list|rotate`: the master keys that credentials are sealed with. */
import { Credentials, Envelope, Fleet, Keyring } from "@syncline/store"
import { Effect } from "effect"
import { randomBytes } from "node:crypto"
import { Command } from "../Cli.ts"
import { Output } from "../Output.ts"
import { badInput } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"
import * as TenantStore from "../TenantStore.ts"

const generate = Effect.gen(function* () {
  const output = yield* Output
  const key = Envelope.printKey(randomBytes(Envelope.keyBytes))
  yield* output.print([
    key,
    "",
    "Keep it where your other secrets are, and give it to each process as SYNCLINE_MASTER_KEY."
  ])
  yield* output.result({ ok: true, key })
})

const list = Effect.gen(function* () {
  const output = yield* Output
  const { masterKeys } = yield* Keyring.Keyring
  const used = yield* (yield* Fleet.Fleet).masterKeyIds
  const keys = masterKeys.map(({ id }, index) => ({ id, isFirst: index === 0, isUsed: used.includes(id) }))
  yield* output.print(
    keys.length === 0
      ? ["No master key was given, and nothing is sealed."]
      : keys.map(
          ({ id, isFirst, isUsed }) =>
            `${id}  ${isFirst ? "seals what is new" : "opens what it has sealed"}; ${isUsed ? "data keys are wrapped by it" : "no data key is wrapped by it"}`
        )
  )
  yield* output.result({ ok: true, keys })
})

const rotate = Effect.gen(function* () {
  const output = yield* Output
  const { masterKeys } = yield* Keyring.Keyring
  const [first] = masterKeys
  if (first === undefined) return yield* badInput("no master key was given", "Make one with: syncline keys generate")
  const credentials = yield* Credentials.Credentials
  const fleet = yield* Fleet.Fleet
  let wrapped = 0
  for (const tenant of yield* fleet.tenants)
    wrapped += yield* Effect.mapError(credentials.rotate(tenant), ({ message }) => badInput(message))
  const left = (yield* fleet.masterKeyIds).filter((id) => id !== first.id)
  yield* output.print([
    `${Quantity.of(wrapped, "data key")} wrapped by ${first.id}.`,
    left.length === 0
      ? "No other master key is needed any more: take the old ones out of SYNCLINE_MASTER_KEY."
      : `Still needed: ${left.join(", ")}. Run it again.`
  ])
  yield* output.result({ ok: left.length === 0, wrapped, stillNeeded: left })
})

const onStore = <R>(work: Effect.Effect<void, Session.Told, R>) => Session.told(Effect.provide(work, TenantStore.layer))

export const keys = Command.make("keys").pipe(
  Command.withSubcommands([
    Command.make("generate", {}, () => generate).pipe(Command.withShortDescription("Make a master key and print it")),
    Command.make("list", {}, () => onStore(Session.told(list))).pipe(
      Command.withShortDescription("Say which master keys are needed")
    ),
    Command.make("rotate", {}, () => onStore(Session.told(rotate))).pipe(
      Command.withShortDescription("Wrap all data keys by the first master key"),
      Command.withDescription(
        "Put the new key before the old one in SYNCLINE_MASTER_KEY (new,old), start every process with both, then run this. It may be stopped and run again, while everything runs."
      )
    )
  ]),
  Command.withShortDescription("Make and rotate the master keys of credentials")
)
