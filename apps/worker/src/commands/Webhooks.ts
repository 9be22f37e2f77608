/** `syncline webhooks list|sync|replay`: where providers call, how well they do, and asking them to. */
import { Engine, type SubscriptionReport, type WebhookReport } from "@syncline/engine"
import { Clock, Config, Effect, Option, Redacted } from "effect"
import { Command, Flag } from "../Cli.ts"
import * as Invocation from "../Invocation.ts"
import { Output } from "../Output.ts"
import { ofEngine } from "../Problem.ts"
import * as Quantity from "../Quantity.ts"
import * as Session from "../Session.ts"

const percent = (rate: number): string => `${Math.round(rate * 1000) / 10} %`

/** One connection's webhooks: whether they can come, whether they do, and what is wrong with them. */
export const describe = (report: WebhookReport, nowMs: number): ReadonlyArray<string> => {
  const { connection, connector, deliveries, hasSecret, jobs, lastReceivedAtMs, otherVersions, path, unread } = report
  const lately =
    lastReceivedAtMs === null
      ? "none in the last day"
      : `${Quantity.of(deliveries, "request")} in the last day, the last ${Quantity.ago(lastReceivedAtMs, nowMs)}`
  return [
    `${connection} (${connector})  /webhooks/${path}: ${lately}`,
    ...(hasSecret ? [] : ["  there is no secret to prove them by, so none is let in"]),
    ...(unread === 0 ? [] : [`  ${Quantity.of(unread, "request")} could not be read and are kept`]),
    ...otherVersions.map((version) => `  payloads of another version of the API come in: ${version}`),
    ...jobs.map(({ job, missedRate, waiting }) => {
      const missed = missedRate === null ? "" : `, ${percent(missedRate)} of the changes found were not told of`
      return `  ${job}: ${Quantity.of(waiting, "record")} to be read${missed}`
    })
  ]
}

const list = Effect.fn("webhooks.list")(function* () {
  const engine = yield* Engine
  const output = yield* Output
  const webhooks = yield* Effect.mapError(engine.webhooks.list, ofEngine)
  const nowMs = yield* Clock.currentTimeMillis
  yield* output.print(
    webhooks.length === 0
      ? ["No connection is called back by its provider."]
      : webhooks.flatMap((report) => [...describe(report, nowMs), ""])
  )
  yield* output.result({ ok: true, webhooks })
})

const outcomes: Readonly<Record<SubscriptionReport["outcome"], string>> = {
  kept: "asked for already",
  renewed: "asked for again, as it is wanted now",
  created: "asked for",
  "by hand": "cannot be asked for: enter the address at the provider"
}

/** What becomes of a secret that a provider tells once. */
const secretLines = (kept: SubscriptionReport["kept"], shown: string | null): ReadonlyArray<string> => [
  ...(shown === null ? [] : [`  signed with ${shown}: shown only now`]),
  ...(kept === true
    ? ["  what it is signed with was told once, and is kept sealed with the connection"]
    : [
        `  what it is signed with could not be kept: ${kept}`,
        ...(shown === null
          ? ["  look it up at the provider and give it to the connection, or ask with --show-secret"]
          : [])
      ])
]

const environment = Config.option(Config.String("SYNCLINE_PUBLIC_URL"))

const sync = Effect.fn("webhooks.sync")(function* (url: Option.Option<string>, showsSecret: boolean) {
  const engine = yield* Engine
  const output = yield* Output
  const known = yield* Effect.orDie(environment)
  const address = Option.getOrElse(url, () => Option.getOrElse(known, () => ""))
  const reports = yield* Effect.mapError(engine.webhooks.sync(address), ofEngine)
  yield* output.print(
    reports.flatMap(({ connection, kept, outcome, secret, url }) => [
      `${connection}: ${outcomes[outcome]}  ${url}`,
      ...(secret === null ? [] : secretLines(kept, showsSecret ? Redacted.value(secret) : null))
    ])
  )
  const webhooks = reports.map(({ secret, ...rest }) => ({
    ...rest,
    secret: secret !== null && showsSecret ? Redacted.value(secret) : null
  }))
  yield* output.result({ ok: true, webhooks })
})

const replay = Effect.fn("webhooks.replay")(function* () {
  const engine = yield* Engine
  const output = yield* Output
  yield* Effect.mapError(engine.webhooks.reread, ofEngine)
  const left = (yield* Effect.mapError(engine.webhooks.list, ofEngine)).reduce((sum, { unread }) => sum + unread, 0)
  yield* output.print([
    left === 0 ? "Every request is read." : `${Quantity.of(left, "request")} still cannot be read, and are kept.`
  ])
  yield* output.result({ ok: true, unread: left })
})

export const webhooks = Command.make("webhooks").pipe(
  Command.withSubcommands([
    Command.make("list", {}, () => Session.provide(list())).pipe(
      Command.withShortDescription("Show where providers call, what came in, and how much they did not tell")
    ),
    Command.make(
      "sync",
      {
        url: Flag.String("url").pipe(
          Flag.withDescription("Where a worker is reached from outside (default: SYNCLINE_PUBLIC_URL)"),
          Flag.optional
        ),
        showSecret: Flag.Boolean("show-secret").pipe(
          Flag.withDescription("Print what a new webhook is signed with, where the provider tells it once")
        )
      },
      ({ showSecret, url }) => Session.provide(sync(url, showSecret))
    ).pipe(
      Command.withShortDescription("Ask each provider to send webhooks about what is synced"),
      Command.withExamples([
        {
          command: Invocation.of("webhooks", "sync", "--url", "https://sync.example.com"),
          description: "Create what is missing, renew what has changed"
        }
      ])
    ),
    Command.make("replay", {}, () => Session.provide(replay())).pipe(
      Command.withShortDescription("Read again what the connector could not read before")
    )
  ]),
  Command.withShortDescription("See and set up the webhooks by which providers tell of changes")
)
