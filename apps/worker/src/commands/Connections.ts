/** `syncline connections add|list|check|connect|invite|remove`: what connections are entered with, kept sealed. */
import { HttpClient } from "@syncline/connector"
import { ConnectionName } from "@syncline/core"
import { Engine, Invitation, StoredConfig, Tenancy } from "@syncline/engine"
import { ConnectionStates, Credentials, Keyring } from "@syncline/store"
import { Clock, Config, Deferred, Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "../Cli.ts"
import * as ConfigFile from "../ConfigFile.ts"
import * as ConnectPages from "../ConnectPages.ts"
import * as FieldWords from "../FieldWords.ts"
import * as HttpServer from "../HttpServer.ts"
import * as ExitCode from "../ExitCode.ts"
import * as Invocation from "../Invocation.ts"
import * as MasterKey from "../MasterKey.ts"
import { Output } from "../Output.ts"
import { BadOutcome, badInput } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import { root } from "../Root.ts"
import * as Session from "../Session.ts"
import { Shell } from "../Shell.ts"
import * as Table from "../Table.ts"
import * as TenantStore from "../TenantStore.ts"

const project = Effect.gen(function* () {
  const { config } = yield* root
  const { folder } = yield* Shell
  return yield* ConfigFile.load(folder, Option.getOrNull(config))
})

const add = Effect.fn("connections.add")(function* (name: string, words: ReadonlyArray<string>) {
  const output = yield* Output
  const { connections } = yield* project
  const definition = connections[name]
  if (definition === undefined)
    return yield* badInput(
      `the configuration has no connection "${name}"`,
      `It has ${Object.keys(connections).join(", ")}; say there which connector it uses: ${name}: { connector: … }`
    )
  const fields = yield* FieldWords.read(words)
  const known = Object.keys(fields)
  if (known.length === 0)
    return yield* badInput("no field was given", "Such as: apiKey=sk_…; - reads JSON from standard input")
  const place = yield* TenantStore.location
  const made = yield* MasterKey.make(place)
  if (made !== null) yield* output.print(MasterKey.notice(made))
  yield* Effect.provide(
    Effect.flatMap(TenantStore.named, (tenant) =>
      Effect.mapError(StoredConfig.put(tenant, ConnectionName.make(name), fields), ({ message }) => badInput(message))
    ),
    TenantStore.layer
  )
  yield* output.print([
    `${known.join(", ")} of ${name} kept, sealed. Prove it with:`,
    `  ${Invocation.of("connections", "check", name)}`
  ])
  yield* output.result({ ok: true, connection: name, fields: known })
})

const columns: ReadonlyArray<Table.Column> = [
  { title: "CONNECTION", align: "left" },
  { title: "CONNECTOR", align: "left" },
  { title: "STATE", align: "left" },
  { title: "KEPT", align: "left" },
  { title: "CHANGED", align: "left" }
]

const list = Effect.fn("connections.list")(function* () {
  const output = yield* Output
  const tenant = yield* TenantStore.named
  const kept = Map.groupBy(yield* (yield* Credentials.Credentials).list(tenant), ({ connection }) => connection)
  const states = yield* (yield* ConnectionStates.ConnectionStates).list(tenant)
  const declared = new Map(states.map((state) => [state.name, state]))
  const nowMs = yield* Clock.currentTimeMillis
  const connections = [...new Set([...declared.keys(), ...kept.keys()])].toSorted().map((name) => {
    const state = declared.get(name)
    const held = kept.get(name) ?? []
    return {
      name,
      connector: state?.connector ?? null,
      state: state?.state ?? null,
      reason: state?.reason ?? null,
      // Names only: a value is never shown.
      kept: held.map(({ field }) => (field === StoredConfig.tokens ? "tokens" : field)),
      changedAtMs: held.length === 0 ? null : Math.max(...held.map(({ updatedAtMs }) => updatedAtMs))
    }
  })
  yield* output.print(
    connections.length === 0
      ? ["No connection is known yet."]
      : Table.render(
          columns,
          connections.map(({ changedAtMs, connector, kept, name, reason, state }) => [
            name,
            connector ?? "-",
            reason === null ? (state ?? "-") : `${state}: ${reason}`,
            kept.length === 0 ? "-" : kept.join(", "),
            changedAtMs === null ? "-" : Quantity.ago(changedAtMs, nowMs)
          ])
        )
  )
  yield* output.result({ ok: true, connections })
})

const check = Effect.fn("connections.check")(function* (name: string) {
  const engine = yield* Engine
  const output = yield* Output
  const line = (yield* engine.check).find(({ subject }) => subject.startsWith(`connection "${name}"`))
  if (line === undefined) return yield* badInput(`the configuration has no connection "${name}"`)
  yield* output.print([`${line.subject}: ${line.detail}`])
  yield* output.result({ ok: line.ok, connection: name, detail: line.detail })
  if (!line.ok) return yield* new BadOutcome({ exitCode: ExitCode.unreachable })
})

/** Serves the pages by which a person consents, on this machine, until he has. */
const connect = Effect.fn("connections.connect")(function* (name: string, port: number) {
  const engine = yield* Engine
  const output = yield* Output
  const done = yield* Deferred.make<Parameters<typeof ConnectPages.told>[0]>()
  let origin = ""
  const pages = ConnectPages.route(
    { ...engine.connect, begin: (connection, _, redirectUri) => engine.connect.begin(connection, redirectUri) },
    () => origin,
    (finished) => Effect.asVoid(Deferred.succeed(done, finished))
  )
  yield* Effect.scoped(
    Effect.gen(function* () {
      const { url } = yield* HttpServer.serve({ host: "127.0.0.1", port }, [pages])
      origin = url
      yield* output.print([
        `Open this in a browser on this machine, within ten minutes: ${origin}/connect/${encodeURIComponent(name)}`,
        `The provider must allow this address to come back to: ${ConnectPages.redirectUriOf(origin)}`
      ])
      const finished = yield* Deferred.await(done)
      yield* output.print(ConnectPages.told(finished))
      yield* output.result({ ok: true, ...finished })
    })
  )
})

const publicUrl = Config.option(Config.String("SYNCLINE_PUBLIC_URL"))

/** An address for whoever shall consent: a worker serves it. */
const invite = Effect.fn("connections.invite")(function* (name: string, hours: number, given: Option.Option<string>) {
  const output = yield* Output
  const tenant = yield* TenantStore.named
  yield* Tenancy.consentable(yield* project, tenant, name)
  const known = yield* Effect.orDie(publicUrl)
  const address = Option.getOrUndefined(Option.orElse(given, () => known))
  if (address === undefined || !URL.canParse(address))
    return yield* badInput(
      "it is not known where a worker is reached from outside",
      "Say so with --url https://sync.example.com, or SYNCLINE_PUBLIC_URL"
    )
  const [key] = (yield* Keyring.Keyring).masterKeys
  if (key === undefined)
    return yield* badInput(
      "invitations are signed, and no master key was given",
      "Make one with: syncline keys generate"
    )
  const untilMs = (yield* Clock.currentTimeMillis) + hours * 3_600_000
  const query = Invitation.queryOf(key, { tenant, connection: ConnectionName.make(name), untilMs })
  const origin = address.replace(/\/+$/, "")
  const url = `${origin}/connect/${encodeURIComponent(name)}?${query}`
  yield* output.print([
    url,
    "",
    `Whoever has it can enter ${name} of ${tenant} with an account, for ${Quantity.of(hours, "hour")}. The provider must allow this address to come back to:`,
    `  ${ConnectPages.redirectUriOf(origin)}`
  ])
  yield* output.result({ ok: true, url, untilMs })
})

const remove = Effect.fn("connections.remove")(function* (name: string) {
  const output = yield* Output
  const tenant = yield* TenantStore.named
  const removed = yield* (yield* Credentials.Credentials).remove(tenant, ConnectionName.make(name))
  yield* output.print([
    removed === 0
      ? `Nothing was kept for ${name}.`
      : `${Quantity.of(removed, "field")} of ${name} forgotten. What its records are linked to stays.`
  ])
  yield* output.result({ ok: true, removed })
})

const name = Argument.String("connection").pipe(Argument.withDescription("As the configuration names it"))

const layer = Layer.merge(TenantStore.layer, HttpClient.layer)
const onStore = <R>(work: Effect.Effect<void, Session.Failed, R>) => Session.told(Effect.provide(work, layer))

export const connections = Command.make("connections").pipe(
  Command.withSubcommands([
    Command.make(
      "add",
      {
        name,
        fields: Argument.String("field=value").pipe(
          Argument.withDescription("Fields of its config; - reads one JSON object from standard input"),
          Argument.variadic({ min: 1 })
        )
      },
      ({ fields, name }) => Session.told(add(name, fields))
    ).pipe(
      Command.withShortDescription("Keep what a connection is entered with, sealed"),
      Command.withExamples([
        {
          command: "syncline connections add stripe - < stripe.json",
          description: "Nothing secret on the command line"
        }
      ])
    ),
    Command.make("list", {}, () => onStore(Session.told(list()))).pipe(
      Command.withShortDescription("List connections, their states and what is kept for them")
    ),
    Command.make("check", { name }, ({ name }) => Session.provide(check(name))).pipe(
      Command.withShortDescription("Prove a connection's credentials")
    ),
    Command.make(
      "connect",
      {
        name,
        port: Flag.Int("port").pipe(
          Flag.withDescription("Where the provider sends people back to: 127.0.0.1 at this port"),
          Flag.withDefault(8788)
        )
      },
      ({ name, port }) => Session.provide(connect(name, port))
    ).pipe(Command.withShortDescription("Connect by consent in a browser (OAuth 2.0)")),
    Command.make(
      "invite",
      {
        name,
        hours: Flag.Int("hours").pipe(Flag.withDescription("For how long it is good"), Flag.withDefault(24)),
        url: Flag.String("url").pipe(
          Flag.withDescription("Where a worker is reached from outside (default: SYNCLINE_PUBLIC_URL)"),
          Flag.optional
        )
      },
      ({ hours, name, url }) => onStore(Session.told(invite(name, hours, url)))
    ).pipe(Command.withShortDescription("Make an address by which somebody else consents, at a worker")),
    Command.make("remove", { name }, ({ name }) => onStore(Session.told(remove(name)))).pipe(
      Command.withShortDescription("Forget what is kept for a connection")
    )
  ]),
  Command.withShortDescription("Keep, show, prove and forget what connections are entered with")
)
