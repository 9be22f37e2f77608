/** All commands together, and how they are played. */
// Not from the package's index, which loads all that there is for Node, every command of Redis included: 10 MB of heap.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import * as Cli from "./Cli.ts"
import { apply } from "./commands/Apply.ts"
import { capture } from "./commands/Capture.ts"
import { check } from "./commands/Check.ts"
import { conflicts } from "./commands/Conflicts.ts"
import { connections } from "./commands/Connections.ts"
import { deadletters } from "./commands/DeadLetters.ts"
import { deletes } from "./commands/Deletes.ts"
import { demo } from "./commands/Demo.ts"
import { executions } from "./commands/Executions.ts"
import { explain } from "./commands/Explain.ts"
import { failures } from "./commands/Failures.ts"
import { init } from "./commands/Init.ts"
import { jobs } from "./commands/Jobs.ts"
import { keys } from "./commands/Keys.ts"
import { mappings } from "./commands/Mappings.ts"
import { plan } from "./commands/Plan.ts"
import { reconcile } from "./commands/Reconcile.ts"
import { resync } from "./commands/Resync.ts"
import { run } from "./commands/Run.ts"
import { status } from "./commands/Status.ts"
import { tenants } from "./commands/Tenants.ts"
import { webhooks } from "./commands/Webhooks.ts"
import { worker } from "./commands/Worker.ts"
import * as Output from "./Output.ts"
import { root } from "./Root.ts"
import * as Stop from "./Stop.ts"
import * as Warnings from "./Warnings.ts"

const syncline = root.pipe(
  Cli.Command.withSubcommands([
    demo,
    init,
    check,
    plan,
    apply,
    run,
    worker,
    jobs,
    status,
    executions,
    failures,
    conflicts,
    explain,
    mappings,
    resync,
    reconcile,
    deletes,
    connections,
    keys,
    tenants,
    deadletters,
    webhooks,
    capture
  ]),
  Cli.Command.provide(({ json }) => Output.layer(json))
)

/** Does what the words say that follow the program's name, in the shell that it is given. */
export const play = (options: {
  readonly version: string
  readonly words: ReadonlyArray<string>
  readonly stop: Stop.Stop["Service"]
}) =>
  Cli.run(syncline, options).pipe(
    Effect.provide([NodeServices.layer, Warnings.layer]),
    Effect.provideService(Stop.Stop, options.stop)
  )
