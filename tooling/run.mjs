/**
 * Runs the repository on a machine that has only Node 20 or newer and npm: `node tooling/run.mjs <verb> …arguments`.
 *
 * Fetches the pinned Node and pnpm through npx where they are missing, installs the locked packages, then performs the
 * verb's commands one after the other. No dependencies, and no syntax that Node 20 lacks: this file runs before anything
 * is installed.
 */
import { commandsOf, verbs } from "./Commands.mjs"
import { perform } from "./Foreground.mjs"
import { provide, root } from "./Toolchain.mjs"

const [verb = "", ...passed] = process.argv.slice(2)

const main = async () => {
  if (verb === "where") {
    // Asked inside npx by Toolchain.mjs: which Node and which PATH it gives to what it runs.
    process.stdout.write(JSON.stringify({ node: process.execPath, path: process.env.PATH }))
    return 0
  }
  const commands = commandsOf(verb, passed)
  if (commands === undefined) return refuse(`"${verb}" is not one of ${verbs.join(", ")}: node tooling/run.mjs <verb>`)
  const toolchain = await provide()
  if ("missing" in toolchain) return refuse(toolchain.missing)
  const { env, node } = toolchain
  const isLong = commands.length > 1
  let worst = 0
  for (const command of commands) {
    const startedMs = performance.now()
    const program = command.program === "node" ? node : command.program
    const { exitCode, isStopped } = await perform(program, command.arguments, { cwd: root, env })
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    if (isLong) console.error(`${exitCode === 0 ? "✓" : "✗"} ${command.name} (${seconds} s)`)
    worst = Math.max(worst, exitCode)
    // Checks are of different things, so one look shows them all.
    if (isStopped || (exitCode !== 0 && verb !== "check")) return exitCode
  }
  return worst
}

/** @param {string} message */
const refuse = (message) => {
  console.error(`syncline: ${message}`)
  return 1
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error) => {
    process.exitCode = refuse(error instanceof Error ? error.message : String(error))
  }
)
