/** The process itself: `SideProcessMain.ts <database> <strategy> <side>`. */
import { Side } from "@syncline/core"
import { Effect, Queue, Schema } from "effect"
import { argv, exit } from "node:process"
import * as SideBySide from "./SideBySide.ts"
import { Go, type Told } from "./SideProcess.ts"

const tell = (told: typeof Told.Type) => Effect.sync(() => process.send?.(told))

const main = Effect.gen(function* () {
  const [url, strategy, side] = yield* Schema.decodeUnknownEffect(
    Schema.Tuple([Schema.String, Schema.Literals(SideBySide.strategies), Side.Side])
  )(argv.slice(2))
  const engine = yield* SideBySide.engine(url, strategy)
  const told = yield* Queue.unbounded<unknown>()
  process.on("message", (message) => Queue.offerUnsafe(told, message))
  yield* tell({ _tag: "Ready" })
  while (true) {
    const { heldMs } = yield* Effect.flatMap(Queue.take(told), Schema.decodeUnknownEffect(Go))
    if (heldMs > 0) yield* Effect.sleep(heldMs)
    const { executions } = yield* engine.run("contacts", { sides: [side] })
    yield* tell({
      _tag: "Ran",
      statuses: executions.map(({ reason, status }) => (reason === null ? status : `${status}: ${reason}`))
    })
  }
})

process.on("disconnect", () => exit(0))
Effect.runPromise(Effect.scoped(main)).catch((error: unknown) => {
  process.send?.({ _tag: "Failed", message: String(error) })
})
