import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Postgres } from "@syncline/store"
import { Effect, Fiber, Redacted, Schedule } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Typed from "../test/Typed.ts"
import { inherited } from "../test/Worker.ts"

const here = dirname(fileURLToPath(import.meta.url))

/** Below the package, so that a configuration finds `syncline` and the connectors; git and watchers ignore it. */
const dataFolder = join(here, "..", ".syncline")
mkdirSync(dataFolder, { recursive: true })
const home = mkdtempSync(join(dataFolder, "test-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Settings {
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly onStart?: (child: ChildProcess) => void
}

/** Types a command as a user does: a process of its own, as a few of the commands have here. The others are played in this one. */
const syncline = (words: ReadonlyArray<string>, { environment = {}, folder = home, onStart }: Settings = {}) =>
  Effect.callback<Ended>((resume) => {
    const child = spawn(process.execPath, ["--conditions=@syncline/source", join(here, "main.ts"), ...words], {
      cwd: folder,
      env: { ...inherited, HOME: home, ...environment }
    })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (text) => (stdout += String(text)))
    child.stderr.on("data", (text) => (stderr += String(text)))
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    onStart?.(child)
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** The same command without a process. */
const typed = (words: ReadonlyArray<string>, { environment = {}, folder = home }: Omit<Settings, "onStart"> = {}) =>
  Typed.command(words, folder, environment)

const json = ({ stdout }: Ended): unknown => JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")

const stackFrame = /\n\s+at .*:\d+:\d+/

/** What holds for every mistake: the code, a few lines, nothing of the program's inside. */
const isToldWell = (ended: Ended, code: number, ...parts: ReadonlyArray<string>): void => {
  for (const part of parts) assert.include(ended.stderr, part)
  assert.strictEqual(ended.code, code, ended.stderr)
  assert.isAtMost(ended.stderr.split("\n").length, 24)
  assert.notMatch(ended.stderr + ended.stdout, stackFrame)
}

describe("without a database", () => {
  it.live("--help names the commands and the exit codes", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* syncline(["--help"])
      assert.strictEqual(code, 0)
      for (const part of ["demo", "init", "check", "run", "status", "executions", "failures", "130"]) {
        assert.include(stdout, part)
      }
    })
  )

  it.live("an unknown command is answered with the one that was meant", () =>
    Effect.gen(function* () {
      isToldWell(yield* typed(["statsu"]), 4, `Unknown subcommand "statsu"`, "status", "syncline --help")
    })
  )

  it.live("a folder without a configuration is answered with how to get one", () =>
    Effect.gen(function* () {
      const ended = yield* syncline(["status", "--json"], { folder: mkdtempSync(join(home, "empty-")) })
      isToldWell(ended, 4, "there is no syncline.config.ts in", "syncline init")
      assert.deepInclude(json(ended), { ok: false, exitCode: 4 })
    })
  )
})

describe("with the configuration that init writes", () => {
  const folder = mkdtempSync(join(home, "project-"))
  let url = ""
  beforeAll(async () => {
    url = await storeDatabase()
  })
  const key = "sk_test_notOfThisAccount1234"
  const environment = () => ({ DATABASE_URL: url, STRIPE_API_KEY: key })

  it.live("a key that is not set is named, and so is where it belongs", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* typed(["init"], { folder })).code, 0)
      const ended = yield* typed(["check"], { folder, environment: { DATABASE_URL: url } })
      isToldWell(ended, 4, "STRIPE_API_KEY", "connections.stripe.config.apiKey")
    })
  )

  it.live("a key of another shape is refused without showing it", () =>
    Effect.gen(function* () {
      const secret = "pk_test_public1234567890"
      const ended = yield* typed(["check"], { folder, environment: { DATABASE_URL: url, STRIPE_API_KEY: secret } })
      isToldWell(ended, 4, "sk_")
      assert.notInclude(ended.stderr + ended.stdout, secret)
    })
  )

  it.live("an unknown job is answered with the known ones", () =>
    Effect.gen(function* () {
      isToldWell(yield* typed(["run", "biling"], { folder, environment: environment() }), 4, `"biling"`, `"billing"`)
    })
  )

  const databases: ReadonlyArray<readonly [what: string, url: string, code: number, told: string]> = [
    ["that is none", "mysql://localhost/x", 4, "DATABASE_URL is not the URL of a PostgreSQL database"],
    ["where nobody listens", "postgres://ada:s3cret@127.0.0.1:1/x", 5, "127.0.0.1"]
  ]
  for (const [what, DATABASE_URL, code, told] of databases) {
    it.live(`a DATABASE_URL ${what} is told without its password`, () =>
      Effect.gen(function* () {
        const ended = yield* typed(["status"], { folder, environment: { ...environment(), DATABASE_URL } })
        isToldWell(ended, code, told)
        assert.notInclude(ended.stderr + ended.stdout, "s3cret")
      })
    )
  }
})

describe("with a table of an application", () => {
  const folder = mkdtempSync(join(home, "application-"))
  let url = ""
  beforeAll(async () => {
    url = await storeDatabase()
    writeFileSync(
      join(folder, "syncline.config.ts"),
      `import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { defineConfig } from "syncline"

export default defineConfig({
  connections: {
    stripe: { connector: stripe, config: { apiKey: "sk_test_nobody12345" } },
    crm: { connector: postgres, config: { schema: "crm", tables: { contacts: { key: "id", capture: "log" } } } }
  },
  integrations: {}
})
`
    )
    await Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(Postgres.open({ url: Redacted.make(url) }), ({ query }) =>
          query("create schema crm; create table crm.contacts (id bigint primary key, name text)")
        )
      )
    )
  })
  const command = (...words: ReadonlyArray<string>) => typed(words, { folder, environment: { DATABASE_URL: url } })

  it.live("capture installs, tells and removes", () =>
    Effect.gen(function* () {
      const installed = yield* command("capture", "install", "crm.contacts")
      assert.strictEqual(installed.code, 0, installed.stderr)
      assert.deepInclude(json(yield* command("capture", "status", "crm.contacts", "--json")), { isCaptured: true })
      const removed = yield* command("capture", "remove", "crm.contacts")
      assert.include(removed.stdout, "no longer captured")
    })
  )

  const mistakes: ReadonlyArray<readonly [words: ReadonlyArray<string>, told: ReadonlyArray<string>]> = [
    [["capture", "install", "contacts"], ["a connection and a table, such as crm.contacts"]],
    [
      ["capture", "install", "erp.contacts"],
      [`there is no connection "erp"`, `"crm"`]
    ],
    [["capture", "install", "stripe.customers"], ["no PostgreSQL database"]],
    [
      ["apply", "absent.json"],
      ["there is no file", "syncline plan"]
    ],
    [
      ["conflicts", "show", "0"],
      [`there is no conflict "0"`, "syncline conflicts list"]
    ],
    [
      ["conflicts", "resolve", "0", "name=source"],
      ["--seen", "conflicts show 0"]
    ],
    [["explain", "customer:1"], [`there is no entity or job "customer"`]],
    [["deadletters", "retry", "0"], [`there is no dead letter "0"`]]
  ]
  for (const [words, told] of mistakes) {
    it.live(`${words.join(" ")} is answered with the way out`, () =>
      Effect.gen(function* () {
        isToldWell(yield* command(...words), 4, ...told)
      })
    )
  }
})

describe("with a sandbox account", () => {
  const size: StripeSandbox.Size = {
    customers: 350,
    products: 5,
    prices: 20,
    subscriptions: 0,
    invoices: 0,
    paymentIntents: 0
  }

  /** A project on a fresh account and a fresh database. */
  const given = Effect.gen(function* () {
    const account = yield* StripeSandbox.open({ size })
    const { url } = yield* StripeSandbox.serve(account)
    const folder = mkdtempSync(join(home, "sandbox-"))
    writeFileSync(
      join(folder, "syncline.config.ts"),
      `import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { defineConfig, secret } from "syncline"

export default defineConfig({
  connections: {
    stripe: { connector: stripe, config: { apiKey: secret("STRIPE_API_KEY"), baseUrl: "${url}", requestsPerSecond: 1000 } },
    database: { connector: postgres, config: { schema: "stripe", tables: { customers: {}, products: {} } } }
  },
  integrations: {
    billing: {
      source: "stripe",
      target: "database",
      entities: [{ source: "customer", target: "customers" }, { source: "product", target: "products" }]
    }
  }
})
`
    )
    const DATABASE_URL = yield* Effect.promise(() => storeDatabase())
    const environment = { DATABASE_URL, STRIPE_API_KEY: account.apiKey }
    return {
      account,
      command: (words: ReadonlyArray<string>, settings: Settings = {}) =>
        syncline(words, { folder, ...settings, environment: { ...environment, ...settings.environment } }),
      played: (words: ReadonlyArray<string>, more: Settings["environment"] = {}) =>
        typed(words, { folder, environment: { ...environment, ...more } })
    }
  })

  it.live("a wrong key fails the check and the run, and is not shown", () =>
    Effect.gen(function* () {
      const { played } = yield* given
      const environment = { STRIPE_API_KEY: "sk_test_ofAnotherAccount987654" }
      for (const [words, code] of [
        [["check"], 5],
        [["run", "billing"], 5]
      ] as const) {
        const ended = yield* played(words, environment)
        assert.strictEqual(ended.code, code, ended.stdout + ended.stderr)
        assert.include(ended.stdout, "✗")
        assert.notInclude(ended.stdout + ended.stderr, environment.STRIPE_API_KEY)
        assert.notMatch(ended.stdout + ended.stderr, stackFrame)
      }
    })
  )

  it.live("a run syncs, and status, executions and failures tell of it", () =>
    Effect.gen(function* () {
      const { account, command, played } = yield* given
      const live = yield* account.count("customer")
      const ran = yield* command(["run", "billing", "--json"])
      assert.strictEqual(ran.code, 0, ran.stderr)
      assert.strictEqual(ran.stdout.split("\n").length, 2, "one line of JSON alone")
      assert.include(ran.stderr, `customer  ${live} records: ${live} created`)
      assert.include((yield* played(["status"])).stdout, "billing/customer")
      const executions = yield* played(["executions", "billing/customer", "--json"])
      assert.include(JSON.stringify(json(executions)), `"status":"completed"`)
      assert.include((yield* played(["failures"])).stdout, "No record has failed.")
    })
  )

  it.live("Ctrl-C stops a run in order, and the next goes on from there", () =>
    Effect.gen(function* () {
      const { account, command, played } = yield* given
      const { faults } = account
      const all = 100
      yield* faults.next(all, ({ path }) => path === "/v1/customers", { _tag: "DelayBefore", ms: 60_000 })
      let child: ChildProcess | null = null
      const running = yield* Effect.forkScoped(command(["run", "billing"], { onStart: (started) => (child = started) }))
      yield* Effect.repeat(faults.pending, {
        until: (pending) => pending < all,
        schedule: Schedule.spaced("20 millis")
      }).pipe(Effect.timeout("40 seconds"))
      yield* Effect.sync(() => child?.kill("SIGINT"))
      const ended = yield* Fiber.join(running).pipe(Effect.timeout("15 seconds"))
      assert.strictEqual(ended.code, 130, ended.stderr)
      assert.include(ended.stdout, "Stopped. What was committed stays.")
      assert.include(ended.stdout, "run billing")
      assert.include(JSON.stringify(json(yield* played(["executions", "--json"]))), `"status":"cancelled"`)
      yield* faults.clear
      assert.strictEqual((yield* played(["run", "billing"])).code, 0)
    })
  )
})
