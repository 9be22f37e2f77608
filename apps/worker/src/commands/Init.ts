/** `syncline init`: writes a configuration to start from. Overwrites nothing. */
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { appendFile, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Command } from "../Cli.ts"
import * as Invocation from "../Invocation.ts"
import { Output } from "../Output.ts"
import { badInput, Problem } from "../Problem.ts"
import * as ExitCode from "../ExitCode.ts"
import { Shell } from "../Shell.ts"

const configuration = `import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { defineConfig, secret } from "syncline"

export default defineConfig({
  // The systems, each under a name of your choice. A value of secret() is read from the environment when Syncline starts.
  connections: {
    stripe: {
      connector: stripe,
      config: { apiKey: secret("STRIPE_API_KEY") }
    },
    // Without a url the tables are in Syncline's own database. Your own: url: secret("TARGET_DATABASE_URL")
    database: {
      connector: postgres,
      config: {
        schema: "stripe",
        // An empty {} is a table that Syncline creates and keeps like the provider's records.
        tables: { customers: {}, products: {}, prices: {}, subscriptions: {}, invoices: {} }
      }
    }
  },
  // Which records of the source become which records of the target.
  integrations: {
    billing: {
      source: "stripe",
      target: "database",
      entities: [
        { source: "customer", target: "customers" },
        { source: "product", target: "products" },
        { source: "price", target: "prices" },
        { source: "subscription", target: "subscriptions" },
        { source: "invoice", target: "invoices" }
      ]
    }
  }
})
`

const variables = `# Copy to .env, fill in, and load it into your shell: set -a; . ./.env; set +a

# A key that may read: https://dashboard.stripe.com/apikeys
STRIPE_API_KEY=

# Where Syncline keeps its state. Empty: a PostgreSQL server of its own in .syncline/
DATABASE_URL=
`

const ignored: ReadonlyArray<string> = [".syncline/", ".env"]

const files: ReadonlyArray<readonly [name: string, text: string]> = [
  ["syncline.config.ts", configuration],
  [".env.example", variables]
]

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, Problem> =>
  Effect.tryPromise({
    try: run,
    catch: (error) =>
      new Problem({
        message: `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        wayOut: "",
        exitCode: ExitCode.failed
      })
  })

/** The lines that a .gitignore lacks, as text to put at its end. */
export const missingLines = (gitignore: string): string => {
  const present = new Set(gitignore.split(/\r?\n/).map((line) => line.trim()))
  const missing = ignored.filter((line) => !present.has(line) && !present.has(line.replace(/\/$/, "")))
  if (missing.length === 0) return ""
  return `${gitignore === "" || gitignore.endsWith("\n") ? "" : "\n"}${missing.join("\n")}\n`
}

/** Writes the files into `folder` and says which. */
export const write = Effect.fn("init")(function* (folder: string): Effect.fn.Return<ReadonlyArray<string>, Problem> {
  const present = files.filter(([name]) => existsSync(join(folder, name)))
  if (present.length > 0) {
    return yield* badInput(
      `${present.map(([name]) => name).join(" and ")} is in ${folder} already; nothing was written`,
      "Remove it first, or run syncline init in another folder"
    )
  }
  for (const [name, text] of files) {
    const path = join(folder, name)
    yield* attempt(path, () => writeFile(path, text, { flag: "wx" }))
  }
  const gitignore = join(folder, ".gitignore")
  const added = missingLines(existsSync(gitignore) ? yield* attempt(gitignore, () => readFile(gitignore, "utf8")) : "")
  if (added !== "") yield* attempt(gitignore, () => appendFile(gitignore, added))
  return [...files.map(([name]) => name), ...(added === "" ? [] : [".gitignore"])]
})

const nextSteps: ReadonlyArray<string> = [
  "",
  "Next:",
  ...[
    ...Invocation.installing,
    "export STRIPE_API_KEY=sk_test_…",
    Invocation.of("check"),
    Invocation.of("run", "billing")
  ].map((line) => `  ${line}`)
]

export const init = Command.make(
  "init",
  {},
  Effect.fn("init")(function* () {
    const output = yield* Output
    const written = yield* write((yield* Shell).folder)
    yield* output.print([...written.map((name) => `wrote ${name}`), ...nextSteps])
    yield* output.result({ ok: true, written })
  })
).pipe(
  Command.withShortDescription("Write a configuration to start from"),
  Command.withDescription(
    "Writes syncline.config.ts and .env.example into this folder, and adds to .gitignore what must not be committed. Overwrites nothing."
  )
)
