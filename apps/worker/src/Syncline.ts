/** All commands together. */
import { Command } from "./Cli.ts"
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

export const syncline = root.pipe(
  Command.withSubcommands([
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
  Command.provide(({ json }) => Output.layer(json))
)
