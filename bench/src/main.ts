/** `npm run bench`: measures what Syncline takes beside what it could take at best, and beside what others take. */
import { DateTime, Effect, Fiber } from "effect"
import { writeFile } from "node:fs/promises"
import * as Account from "./Account.ts"
import { type Arena, prepare, type Run } from "./Contender.ts"
import * as Connectors from "./Connectors.ts"
import * as Databases from "./Databases.ts"
import * as Machine from "./Machine.ts"
import * as Options from "./Options.ts"
import * as Report from "./Report.ts"
import { mostNoise, type Round, round } from "./Rounds.ts"
import * as TwoWay from "./TwoWay.ts"

const latencyMs = 50

const say = (line: string): void => void process.stderr.write(`${line}\n`)

const told = ({ contender, cpuSeconds, maxRssMiB, n, seconds }: Run): void =>
  say(
    `  ${contender.padEnd(12)} ${seconds.toFixed(2).padStart(7)} s ${String(Math.round(n / seconds)).padStart(8)}/s ${String(maxRssMiB).padStart(5)} MiB ${cpuSeconds.toFixed(1).padStart(6)} s CPU`
  )

/** Rounds until enough of them count; a machine that is never quiet gets twice as many. */
const rounds = async (arena: Arena, { only, rounds: wanted }: Options.Options) => {
  const kept: Array<Round> = []
  const discarded: Array<Round> = []
  while (kept.length < wanted && kept.length + discarded.length < 2 * wanted) {
    say(`round ${kept.length + 1} of ${wanted}`)
    const each = await round(arena, only, told)
    const isQuiet = each.noise <= mostNoise
    if (!isQuiet) say(`  discarded: its floors differ by ${Math.round(each.noise * 100)} %`)
    const where = isQuiet ? kept : discarded
    where.push(each)
  }
  if (kept.length === 0)
    throw new Error("no round was quiet enough to be believed: run the bench on a machine that does nothing else")
  return { kept, discarded }
}

const bench = Effect.fn("bench")(function* (options: Options.Options) {
  const databases = yield* Databases.open
  const account = yield* Effect.acquireRelease(
    Effect.promise(() => Account.open(options.records, latencyMs)),
    ({ stop }) => Effect.sync(stop)
  )
  return yield* Effect.promise(async () => {
    const arena = { account, databases, records: options.records }
    const providerPagesPerSecond = await Account.warm(account)
    say(`${options.records} customers; the provider answers ${Math.round(providerPagesPerSecond)} pages a second`)
    await prepare(arena)
    const { discarded, kept } = await rounds(arena, options)
    const machine = Machine.describe(databases, options.date)
    const about = { machine, records: options.records, providerPagesPerSecond, discardedRounds: discarded.length }
    return Report.report(kept, about)
  })
}, Effect.scoped)

const benchTwoWay = Effect.fn("benchTwoWay")(function* (options: Options.Options) {
  const databases = yield* Databases.open
  const runs = yield* Effect.promise(() => TwoWay.run(databases, options, (run) => say(`  ${TwoWay.line(run)}`)))
  return { machine: Machine.describe(databases, options.date), summary: TwoWay.summary(runs), runs }
}, Effect.scoped)

/** What is written into the results, shown, and printed for a script. */
interface Told {
  readonly results: unknown
  readonly lines: ReadonlyArray<string>
  readonly summary: unknown
}

const benchConnectors = (options: Options.Options, names: ReadonlyArray<string>) =>
  Effect.map(
    Connectors.run(options.records, names, ({ name, seconds }) => say(`  ${name}: ${seconds.toFixed(1)} s`)),
    (runs): Told => ({
      results: { date: options.date, runs },
      lines: Connectors.lines(runs),
      summary: Object.fromEntries(runs.map(({ name, ...run }) => [name, run]))
    })
  )

const perform = (options: Options.Options): Effect.Effect<Told, unknown> =>
  options.connectors !== null
    ? benchConnectors(options, options.connectors)
    : options.twoWay
      ? Effect.map(benchTwoWay(options), (told): Told => ({
          results: told,
          lines: Object.entries(told.summary).map(([name, value]) => `${name.padEnd(22)}${value}`),
          summary: told.summary
        }))
      : Effect.map(bench(options), (report): Told => ({
          results: report,
          lines: Report.lines(report),
          summary: Report.summary(report)
        }))

const today = Effect.runSync(Effect.map(DateTime.now, DateTime.formatIsoDateUtc))
const options = Options.read(process.argv.slice(2), today)
if (typeof options === "string") {
  say(`${options}\n${Options.usage}`)
  process.exitCode = 2
} else {
  const fiber = Effect.runFork(perform(options))
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => Effect.runFork(Fiber.interrupt(fiber)))
  const told = await Effect.runPromise(Fiber.join(fiber))
  if (options.output !== null) {
    await writeFile(new URL(`../${options.output}`, import.meta.url), `${JSON.stringify(told.results, null, 2)}\n`)
  }
  for (const line of told.lines) say(line)
  if (options.json) process.stdout.write(`${JSON.stringify(told.summary)}\n`)
}
