/** The `syncline` command itself: the flags that all its commands share. */
import { defaultTenant, TenantId } from "@syncline/core"
import { Option, Predicate, Redacted } from "effect"
import { Command, Flag } from "./Cli.ts"
import * as ExitCode from "./ExitCode.ts"

const exitCodes = ExitCode.meanings.map(([code, meaning]) => `\n  ${String(code).padStart(5)}  ${meaning}`).join("")

export const root = Command.make("syncline").pipe(
  Command.withSharedFlags({
    config: Flag.String("config").pipe(
      Flag.withAlias("c"),
      Flag.withMetavar("file"),
      Flag.withDescription("The configuration (default: syncline.config.ts in this folder)"),
      Flag.optional
    ),
    databaseUrl: Flag.String("database-url").pipe(
      Flag.withMetavar("url"),
      Flag.withDescription(
        "The database that holds Syncline's state (default: DATABASE_URL, else a server in .syncline or SYNCLINE_HOME)"
      ),
      Flag.map((url) => Redacted.make(url)),
      Flag.optional
    ),
    tenant: Flag.String("tenant").pipe(
      Flag.withDescription("Whose (default: the tenant default, to whom what the configuration declares belongs)"),
      Flag.filterMap(
        (name) => (Predicate.isString(name) && name !== "" ? Option.some(TenantId.make(name)) : Option.none()),
        () => "a tenant's name"
      ),
      Flag.withDefault(defaultTenant)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription(
        "Print one JSON object as the last line of standard output; all else goes to standard error"
      ),
      Flag.withDefault(false)
    ),
    debug: Flag.Boolean("debug").pipe(
      Flag.withDescription("After an error, show where it happened (also: SYNCLINE_DEBUG=1)"),
      Flag.withDefault(false)
    )
  }),
  Command.withShortDescription("Keeps the records of two systems the same"),
  Command.withDescription(`Keeps the records of two systems the same.\n\n  Exit codes:${exitCodes}`)
)
