/** `syncline tenants list|add|override|overrides`: for whom the configuration is run, and what each has other than it says. */
import { HttpClient } from "@syncline/connector"
import { IntegrationName, Problems, TenantId } from "@syncline/core"
import { Tenancy } from "@syncline/engine"
import { Fleet, Tenants } from "@syncline/store"
import { Effect, Layer, Option, Result, Schema } from "effect"
import { Argument, Command, Flag } from "../Cli.ts"
import * as ConfigFile from "../ConfigFile.ts"
import * as FieldWords from "../FieldWords.ts"
import * as Invocation from "../Invocation.ts"
import { Output } from "../Output.ts"
import { badInput } from "../Problem.ts"
import { root } from "../Root.ts"
import * as Session from "../Session.ts"
import { Shell } from "../Shell.ts"
import * as TenantStore from "../TenantStore.ts"

const project = Effect.gen(function* () {
  const { config } = yield* root
  const { folder } = yield* Shell
  return yield* ConfigFile.load(folder, Option.getOrNull(config))
})

const list = Effect.gen(function* () {
  const output = yield* Output
  const tenants = yield* (yield* Fleet.Fleet).tenants
  yield* output.print(tenants.length === 0 ? ["No tenant is known yet."] : tenants)
  yield* output.result({ ok: true, tenants })
})

const add = Effect.fn("tenants.add")(function* (tenant: TenantId) {
  const output = yield* Output
  const declared = yield* project
  const isNew = yield* (yield* Tenants.Tenants).add(tenant)
  const missing = yield* Tenancy.declare(declared, tenant).pipe(
    Effect.as<ReadonlyArray<string>>([]),
    Effect.catchTag("InvalidProject", ({ problems }) => Effect.succeed(problems))
  )
  yield* output.print([
    isNew ? `${tenant} is added.` : `${tenant} is there already.`,
    ...(missing.length === 0
      ? ["Its jobs run from now on."]
      : [
          "Before its jobs can run:",
          ...missing.map((line) => `  ${line}`),
          "Keep what its connections are entered with:",
          `  ${Invocation.of("connections", "add", "<connection>", "-", "--tenant", tenant)}`
        ])
  ])
  yield* output.result({ ok: true, tenant, isNew, missing })
})

const placeOf = (text: string) => {
  const [integration = "", ...entity] = text.split("/")
  return { integration: IntegrationName.make(integration), entity: entity.join("/") }
}

const show = ({ entity, integration }: ReturnType<typeof placeOf>) =>
  entity === "" ? integration : `${integration}/${entity}`

const decode = Schema.decodeUnknownResult(Tenancy.Settings)
// No setting is a secret, so what was typed may be shown.
const options = { errors: "all", onExcessProperty: "error", reportInput: true } as const
const wayOut = `Settings are ${Object.keys(Tenancy.Settings.fields).join(", ")}: syncline tenants override acme billing strategy=source_wins`

const override = Effect.fn("tenants.override")(function* (
  tenant: TenantId,
  text: string,
  words: ReadonlyArray<string>,
  isReset: boolean
) {
  const output = yield* Output
  const declared = yield* project
  yield* TenantStore.known(tenant)
  const place = placeOf(text)
  if (isReset === words.length > 0)
    return yield* badInput("say settings, such as strategy=source_wins, or --reset, and not both")
  const before = (yield* Tenancy.overrides(tenant)).find((each) => show(each) === show(place))
  const fields = yield* FieldWords.read(words)
  const settings = decode({ ...before?.settings, ...fields }, options)
  if (Result.isFailure(settings)) return yield* badInput(Problems.linesOf(settings.failure.issue).join("\n"), wayOut)
  yield* Tenancy.override(declared, tenant, place, isReset ? null : settings.success)
  yield* output.print([
    isReset
      ? `${show(place)} is as the configuration says, for ${tenant}.`
      : `${show(place)} for ${tenant}: ${JSON.stringify(settings.success)}. Workers take it up within seconds.`
  ])
  yield* output.result({ ok: true, tenant, ...place, settings: isReset ? null : settings.success })
})

const overrides = Effect.fn("tenants.overrides")(function* (tenant: TenantId) {
  const output = yield* Output
  yield* TenantStore.known(tenant)
  const all = yield* Tenancy.overrides(tenant)
  yield* output.print(
    all.length === 0
      ? [`Everything is as the configuration says, for ${tenant}.`]
      : all.map((each) => `${show(each)}  ${JSON.stringify(each.settings)}`)
  )
  yield* output.result({ ok: true, tenant, overrides: all })
})

const tenant = Argument.String("tenant").pipe(
  Argument.withDescription("Its name"),
  Argument.filterMap(
    (name) => (name === "" ? Option.none() : Option.some(TenantId.make(name))),
    () => "a tenant's name"
  )
)

const layer = Layer.merge(TenantStore.layer, HttpClient.layer)
const onStore = <R>(work: Effect.Effect<void, Session.Failed, R>) => Session.told(Effect.provide(work, layer))

export const tenants = Command.make("tenants").pipe(
  Command.withSubcommands([
    Command.make("list", {}, () => onStore(list)).pipe(Command.withShortDescription("List tenants")),
    Command.make("add", { tenant }, ({ tenant }) => onStore(add(tenant))).pipe(
      Command.withShortDescription("Run what the configuration declares for another tenant too")
    ),
    Command.make(
      "override",
      {
        tenant,
        place: Argument.String("integration").pipe(
          Argument.withDescription("An integration, or a pair of it by its source's entity: billing, billing/customer")
        ),
        settings: Argument.String("setting=value").pipe(
          Argument.withDescription(
            "strategy, mergeFallback, tie, deletes, estimated; dependencies of an integration as JSON"
          ),
          Argument.variadic({ min: 0 })
        ),
        reset: Flag.Boolean("reset").pipe(
          Flag.withDescription("As the configuration says again"),
          Flag.withDefault(false)
        )
      },
      ({ place, reset, settings, tenant }) => onStore(override(tenant, place, settings, reset))
    ).pipe(
      Command.withShortDescription("Give a tenant other settings than the configuration"),
      Command.withExamples([
        {
          command: "syncline tenants override acme billing/customer strategy=source_wins",
          description: "Who wins a field that both sides changed"
        }
      ])
    ),
    Command.make("overrides", { tenant }, ({ tenant }) => onStore(overrides(tenant))).pipe(
      Command.withShortDescription("Show what a tenant has other than the configuration says")
    )
  ]),
  Command.withShortDescription("For whom the configuration is run, and what each has other than it says")
)
