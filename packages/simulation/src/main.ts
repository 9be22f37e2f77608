/** `npm run simulate`: explores and replays histories. The last line with `--json` is the sum of them. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { spawnSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import type { Place } from "./BackendPool.ts"
import * as Campaign from "./Campaign.ts"
import * as Catching from "./Catching.ts"
import { Element } from "./Elements.ts"
import type { Answer, Ask } from "./HistoryMessage.ts"
import * as Mistakes from "./Mistakes.ts"
import * as Worker from "./Worker.ts"

const usage = `npm run simulate -- [options]
  --seed N        the first seed (1)
  --histories M   how many seeds from there (100; without end if --minutes is given)
  --minutes K     no history begins later
  --long          each history is a long one, with more of everything (else one in a hundred)
  --workers W     processes at once (one for each core)
  --bug NAME      with this mistake put in; several are joined by +
  --catch         puts in each mistake (or those that --bug names, with commas between), those that hide each other in pairs only, with
                  the elements that it needs, and says after how many histories it was noticed
  --with NAME     each history has this element, such as reconciliation; may be repeated
  --without NAME  an oracle that is not asked, such as I-2; may be repeated
  --shrink N      histories to try for a shorter one that still fails (60)
  --story         tell each history, also one without a fault
  --json          the last line is the sum, as JSON
`

const print = (line: string) => process.stdout.write(`${line}\n`)

const read = () => {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      histories: { type: "string" },
      minutes: { type: "string" },
      workers: { type: "string" },
      long: { type: "boolean", default: false },
      bug: { type: "string", default: "" },
      catch: { type: "boolean", default: false },
      with: { type: "string", multiple: true, default: [] },
      without: { type: "string", multiple: true, default: [] },
      shrink: { type: "string", default: "60" },
      story: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false }
    }
  })
  const first = numberOf("seed", values.seed)
  const minutes = values.minutes === undefined ? null : numberOf("minutes", values.minutes)
  const whole = minutes === null ? 100 : Number.MAX_SAFE_INTEGER
  const count = values.histories === undefined ? whole : numberOf("histories", values.histories)
  const cores = values.workers === undefined ? availableParallelism() : numberOf("workers", values.workers)
  return {
    ...values,
    first,
    count,
    minutes,
    elements: values.with.map(elementOf),
    workers: Math.max(1, Math.min(cores, count)),
    shrink: numberOf("shrink", values.shrink)
  }
}

const elementOf = (text: string): Element => {
  const found = Element.literals.find((each) => each === text)
  if (found !== undefined) return found
  throw new Error(`--with is "${text}": known are ${Element.literals.join(", ")}`)
}

const numberOf = (option: string, text: string): number => {
  const value = Number(text)
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value
  throw new Error(`--${option} is "${text}": give it a number of 0 or more`)
}

function* asksOf({ count, elements, first, long, shrink, story, without }: ReturnType<typeof read>): Generator<Ask> {
  for (let index = 0; index < count; index += 1)
    yield {
      seed: first + index,
      isLong: long,
      elements,
      withoutOracles: without,
      shrinkAttempts: shrink,
      hasStory: story
    }
}

const commit = (): string => {
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : "unknown"
}

/** Tells of a failure at once: a long campaign may be ended before it ends. */
const announce = ({ isLong, seed, story, violations }: Answer, at: string) => {
  if (violations.length > 0) {
    print(
      `seed ${seed} (commit ${at}) breaks ${violations.length === 1 ? "a promise" : `${violations.length} promises`}:`
    )
    for (const { birth, message, oracle } of violations.slice(0, 8))
      print(`  ${oracle}: ${birth === null ? "" : `${birth} `}${message}`)
    print(`  replay it: npm run simulate -- --seed ${seed} --histories 1${isLong ? " --long" : ""} --story`)
  }
  if (story !== null) print(story)
}

const sum = ({ answers, lastedMs }: Campaign.Told) => {
  const faults: Record<string, number> = {}
  const hash = createHash("sha256")
  for (const answer of answers) {
    for (const [kind, count] of Object.entries(answer.faults)) faults[kind] = (faults[kind] ?? 0) + count
    hash.update(`${answer.seed} ${answer.traceHash}\n`)
  }
  const total = (count: (answer: Answer) => number) => answers.reduce((all, answer) => all + count(answer), 0)
  return {
    histories: answers.length,
    violations: total(({ violations }) => violations.length),
    failing: answers.filter(({ violations }) => violations.length > 0).map(({ seed }) => seed),
    faults,
    crashes: total(({ crashes }) => crashes),
    turns: total(({ turns }) => turns),
    lockWaits: total(({ lockWaits }) => lockWaits),
    deadlocks: total(({ deadlocks }) => deadlocks),
    historiesPerSecond: lastedMs === 0 ? 0 : Math.round((answers.length * 100_000) / lastedMs) / 100,
    traceHash: hash.digest("hex").slice(0, 16)
  }
}

const main = async (): Promise<number> => {
  const options = read()
  if (options.help) {
    print(usage)
    return 0
  }
  if (options.bug !== "" && options.bug.split(",").some((name) => Mistakes.named(name) === null))
    throw new Error(`--bug is "${options.bug}": known are ${Mistakes.all.map(({ name }) => name).join(", ")}`)
  if (options.catch) {
    const missed: Array<string> = []
    await Effect.runPromise(
      Catching.run({
        mistakes: options.bug === "" ? Mistakes.tried : options.bug.split(","),
        first: options.first,
        histories: options.count,
        workers: options.workers,
        withoutOracles: options.without,
        elements: options.elements,
        onCaught: (caught) => {
          if (caught.after === null) missed.push(caught.mistake)
          print(Catching.line(caught))
        }
      })
    )
    return missed.length === 0 ? 0 : 1
  }
  const at = commit()
  const told = await Effect.runPromise(
    Campaign.run({
      asks: asksOf(options),
      workers: options.workers,
      mistakes: options.bug,
      forMs: options.minutes === null ? Number.MAX_SAFE_INTEGER : options.minutes * 60_000,
      onAnswer: (answer) => announce(answer, at)
    })
  )
  const all = sum(told)
  if (options.json) print(JSON.stringify(all))
  else
    print(
      `${all.histories} histories, ${all.violations} broken promises, ${all.crashes} crashes, ${all.historiesPerSecond} histories a second, trace ${all.traceHash}`
    )
  return all.violations > 0 ? 1 : 0
}

const [verb, text, core] = process.argv.slice(2)
if (verb === "worker" && text !== undefined) {
  const place: Place = JSON.parse(text)
  Worker.serve(place, Number(core))
} else {
  main().then(
    (code) => {
      process.exitCode = code
    },
    (cause: unknown) => {
      process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`)
      process.exitCode = 2
    }
  )
}
