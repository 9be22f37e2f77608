/** `syncline check`: whether the configuration, the credentials and the databases are good. */
import { Engine } from "@syncline/engine"
import { Effect } from "effect"
import { Command } from "../Cli.ts"
import * as ExitCode from "../ExitCode.ts"
import { Output } from "../Output.ts"
import { BadOutcome } from "../Problem.ts"
import * as Session from "../Session.ts"
import * as Style from "../Style.ts"
import * as Table from "../Table.ts"

const look = Effect.fn("check")(function* () {
  const engine = yield* Engine
  const output = yield* Output
  const checks = yield* engine.check
  const widest = checks.reduce((cells, { subject }) => Math.max(cells, Table.width(subject)), 0)
  yield* output.print(
    checks.flatMap(({ subject, ok, detail }) => {
      const [first = "", ...rest] = detail.split("\n")
      const sign = ok ? Style.paint(output.style, "good", "✓") : Style.paint(output.style, "bad", "✗")
      const indent = " ".repeat(widest + 4)
      return [`${sign} ${Table.padEnd(subject, widest)}  ${first}`, ...rest.map((line) => `${indent}${line}`)]
    })
  )
  const isGood = checks.every(({ ok }) => ok)
  yield* output.result({ ok: isGood, checks })
  if (!isGood) return yield* new BadOutcome({ exitCode: ExitCode.unreachable })
})

export const check = Command.make("check", {}, () => Session.provide(look())).pipe(
  Command.withShortDescription("Look at configuration, credentials and databases"),
  Command.withDescription(
    "Looks at the configuration, at each connection's credentials and at the databases. Writes nothing to them but Syncline's own tables."
  )
)
