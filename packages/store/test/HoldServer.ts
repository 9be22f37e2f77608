/** A process that uses the embedded server of the folder it is given: prints the server's process id, then waits to be ended. */
import { Effect } from "effect"
import * as EmbeddedPostgres from "../src/EmbeddedPostgres.ts"

const folder = process.argv[2] ?? ""
const held = EmbeddedPostgres.start({ folder, settings: ["fsync=off"] }).pipe(
  Effect.tap(({ isOurs, pid }) => Effect.sync(() => process.stdout.write(`${JSON.stringify({ pid, isOurs })}\n`))),
  // A signal handler alone does not keep the process.
  Effect.andThen(Effect.forever(Effect.sleep("1 hour"))),
  Effect.scoped,
  Effect.tapCause((cause) => Effect.logError(cause))
)
const fiber = Effect.runFork(held)
process.on("SIGTERM", () => fiber.interruptUnsafe())
