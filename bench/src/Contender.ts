/** The programs that are compared. Each runs in a process of its own, on a database of its own, and its rows are counted afterwards. */
import { fileURLToPath } from "node:url"
import * as Account from "./Account.ts"
import * as Child from "./Child.ts"
import type { Databases } from "./Databases.ts"

export const contenders = [
  "floor",
  "syncline",
  "elsewhere",
  "rescan",
  "stripeSync",
  "perRow",
  "farFloor",
  "farSyncline"
] as const
export type Contender = (typeof contenders)[number]

/** One run of one program. */
export interface Run extends Child.Usage {
  readonly contender: Contender
  /** Records that it says it handled. */
  readonly n: number
  readonly seconds: number
  /** Rows that are in its table afterwards. */
  readonly rows: number
  readonly apiCalls: number
  /** Rows that it wrote to the mirror and the links; only of a rescan, where there must be none. */
  readonly writes?: number
}

export interface Arena {
  readonly account: Account.Account
  readonly databases: Databases
  readonly records: number
}

/** Ranges read side by side, by whoever can do that: as many as Syncline's own default. */
const ranges = 8

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const worker = file("../../apps/worker/dist/main.js")

/** The empty mirror that the first run of Syncline made: what the baselines fill is the very same table. */
const template = "bench_mirror"

/** Runs Syncline over a small account once, for its table. */
export const prepare = async ({ account, databases }: Arena): Promise<void> => {
  const url = await databases.fresh(template)
  await syncline(account, account.small, url, {})
  await databases.keepEmptyMirror(template)
}

/** Performs one run, and fails when the rows afterwards are not the account's. */
export const perform = async (contender: Contender, arena: Arena): Promise<Run> => {
  const { account, databases, records } = arena
  const address = contender.startsWith("far") ? account.far : account.near
  const before = await Account.calls(address)
  const { said, usage, ...rest } = await start(contender, arena, address)
  const apiCalls = (await Account.calls(address)) - before
  const run: Run = {
    contender,
    ...said,
    ...usage,
    rows: await databases.rows(databaseOf(contender)),
    apiCalls,
    ...rest
  }
  if (run.rows !== records || run.n !== records) {
    throw new Error(
      `${contender} left ${run.rows} rows and tells of ${run.n}, but the account has ${records} customers`
    )
  }
  return run
}

interface Said {
  readonly n: number
  readonly seconds: number
}

interface Started {
  readonly said: Said
  readonly usage: Child.Usage
  readonly writes?: number
}

const databaseOf = (contender: Contender): string =>
  contender === "rescan" ? "bench_syncline" : `bench_${contender.toLowerCase()}`

const start = async (
  contender: Contender,
  { account, databases }: Arena,
  address: Account.Address
): Promise<Started> => {
  const name = databaseOf(contender)
  switch (contender) {
    case "floor":
    case "farFloor":
    case "perRow": {
      // One after the other is what a pipeline without ranges can do; the floor reads as Syncline does.
      const listing = Account.listing(account, address, contender === "perRow" ? 1 : ranges)
      return baseline(contender === "perRow" ? "PerRow" : "Floor", listing, await databases.fresh(name, template))
    }
    case "stripeSync":
      return baseline("StripeSync", Account.listing(account, address, 1), await databases.fresh(name))
    case "syncline":
    case "farSyncline":
      return syncline(account, address, await databases.fresh(name), {})
    case "elsewhere": {
      const target = await databases.fresh(name)
      return syncline(account, address, await databases.fresh("bench_store"), { BENCH_TARGET_URL: target })
    }
    case "rescan": {
      const before = await databases.writes(name)
      const started = await syncline(account, address, await databases.again(name), {}, "--full")
      return { ...started, writes: (await databases.writes(name)) - before }
    }
  }
}

const baseline = async (
  program: string,
  listing: ReturnType<typeof Account.listing>,
  databaseUrl: string
): Promise<Started> => {
  const { said, usage } = await Child.run({
    file: file(`children/${program}.ts`),
    args: [JSON.stringify({ listing, databaseUrl })]
  })
  return { said: saidOf(said), usage }
}

/** The built command as a user runs it; its time is the execution's, from taking the pair to its end. */
const syncline = async (
  { apiKey }: Account.Account,
  { url }: Account.Address,
  databaseUrl: string,
  target: Readonly<Record<string, string>>,
  ...flags: ReadonlyArray<string>
): Promise<Started> => {
  const { said, usage } = await Child.run({
    file: worker,
    args: ["run", "billing", ...flags, "--json", "--config", file("../syncline.config.ts")],
    env: { DATABASE_URL: databaseUrl, BENCH_STRIPE_URL: url, BENCH_STRIPE_KEY: apiKey, ...target }
  })
  return { said: saidOf(executionOf(said)), usage }
}

const executionOf = (report: unknown): unknown => {
  const executions = fieldOf(report, "executions")
  const execution: unknown = Array.isArray(executions) ? executions[0] : undefined
  return {
    n: fieldOf(fieldOf(execution, "counters"), "processed"),
    seconds: Number(fieldOf(execution, "durationMs")) / 1000
  }
}

const saidOf = (said: unknown): Said => ({ n: Number(fieldOf(said, "n")), seconds: Number(fieldOf(said, "seconds")) })

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined
