/** `syncline demo`: a Stripe account into PostgreSQL, with nothing installed. */
import { Effect, Option } from "effect"
import { join } from "node:path"
import { Command, Flag } from "../Cli.ts"
import * as ExitCode from "../ExitCode.ts"
import { Output } from "../Output.ts"
import { BadOutcome } from "../Problem.ts"
import { root } from "../Root.ts"
import { Shell } from "../Shell.ts"
import { Stop } from "../Stop.ts"
import * as StoreLocation from "../StoreLocation.ts"

/** Among as few every change of the demo finds its records. */
const fewestRecords = 1000

const act = Effect.fn("demo")(function* (once: boolean, acts: Option.Option<number>, records: Option.Option<number>) {
  const output = yield* Output
  const { databaseUrl, json } = yield* root
  const { asked } = yield* Stop
  const { folder: typedIn } = yield* Shell
  const folder = join(yield* StoreLocation.dataFolder(typedIn), "demo")
  // DATABASE_URL is where somebody's real data is: the demo goes there only when it is told so on the command line.
  const location: StoreLocation.StoreLocation = Option.isSome(databaseUrl)
    ? yield* StoreLocation.find(typedIn, databaseUrl)
    : { _tag: "Embedded", folder }
  const isKeptUp = output.isInteractive && !once && !json
  // Loaded here, because no other command needs the sandbox.
  const {
    acts: all,
    closing,
    crmCustomers,
    play,
    shopSizes,
    ...demo
  } = yield* Effect.promise(() => import("../Demo.ts"))
  const size = Option.match(records, { onNone: () => demo.size, onSome: demo.sizeOf })
  yield* play(
    { folder, size, crmCustomers, shop: shopSizes, acts: Option.getOrElse(acts, () => all), location },
    Effect.fnUntraced(function* (report, psql, exitCode, live) {
      yield* output.print(closing(psql, isKeptUp && report.ok))
      yield* output.result(report)
      if (!report.ok) {
        // What the syncs ended with, unless they went well and both sides differ none the less.
        return yield* new BadOutcome({ exitCode: exitCode === ExitCode.completed ? ExitCode.failed : exitCode })
      }
      if (!isKeptUp) return
      const { url } = yield* live
      yield* output.print([
        "",
        `A worker keeps both sides the same until Ctrl-C (${url}/health). Change a row, and look at the other side:`,
        "  update crm.contacts set phone = '+49 30 1' where id = 1;"
      ])
      yield* asked
    }, Effect.scoped)
  ).pipe(
    Effect.onInterrupt(() => output.print(["Stopped. What was committed stays; the next demo goes on from there."]))
  )
})

export const demo = Command.make(
  "demo",
  {
    once: Flag.Boolean("once").pipe(
      Flag.withDescription(
        "End when it is done, instead of keeping the database up (default without a terminal, and with --json)"
      ),
      Flag.withDefault(false)
    ),
    acts: Flag.Int("acts").pipe(
      Flag.withDescription("How many acts to play, from the first on (default: all)"),
      Flag.optional
    ),
    records: Flag.Int("records").pipe(
      Flag.withDescription(`About how many records a new account has, ${fewestRecords} at least (default: 29,900)`),
      Flag.filter(
        (count) => count >= fewestRecords,
        (count) => `${count} records are too few for the changes of the demo: ${fewestRecords} at least`
      ),
      Flag.optional
    )
  },
  ({ acts, once, records }) => act(once, acts, records)
).pipe(
  Command.withShortDescription("Sync a Stripe sandbox account into PostgreSQL, here and now"),
  Command.withDescription(
    "Syncs a Stripe sandbox account into PostgreSQL on this machine: everything, then what changed, then compares every field."
  )
)
