import { assert, beforeAll, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

interface Case {
  readonly file: string
  /** Null: the file is not there. */
  readonly text: string | null
  /** All of these are in the message or in the way out. */
  readonly told: ReadonlyArray<string>
}

const absent = "@acme/connector/thing"

const connector = `{ name: "thing", config: {}, remote: () => {}, entities: () => {} }`

const cases: Readonly<Record<string, Case>> = {
  "that is not there": {
    file: "nowhere.ts",
    text: null,
    told: ["--config: there is no file", "nowhere.ts", "syncline init"]
  },
  "that is no module": { file: "config.json", text: "{}", told: ["config.json is no module", ".ts, .mts, .js, .mjs"] },
  "with a syntax error in TypeScript": {
    file: "syntax.ts",
    text: "const a = 1\nexport default { a: }\n",
    told: ["syntax.ts:2: Expression expected"]
  },
  "with a syntax error in JavaScript": {
    file: "syntax.mjs",
    text: "const a = 1\n\nexport default { a: }\n",
    told: ["syntax.mjs:3: Unexpected token '}'"]
  },
  "with an error in a file that it imports": {
    file: "outer.ts",
    text: `import "./syntax.ts"\nexport default {}\n`,
    told: ["syntax.ts:2: Expression expected"]
  },
  "with TypeScript that is more than types": {
    file: "enum.ts",
    text: "enum Colour { red }\nexport default Colour\n",
    told: ["enum.ts:1: TypeScript enum", "without enum"]
  },
  "that imports a package that is not installed": {
    file: "package.ts",
    text: `import x from ${JSON.stringify(absent)}\nexport default x\n`,
    told: [`imports "@acme/connector", which is not installed`, "npm install @acme/connector"]
  },
  "that imports a file that does not exist": {
    file: "import.ts",
    text: `import x from "./absent.ts"\nexport default x\n`,
    told: ["absent.ts, which does not exist"]
  },
  "that throws": {
    file: "throws.ts",
    text: "const nothing: any = undefined\n\nexport default nothing.x\n",
    told: ["throws.ts:3: TypeError: Cannot read properties of undefined"]
  },
  "that throws what is no error": { file: "text.ts", text: `throw "no"\n`, told: ["text.ts threw no"] },
  "without a default export": {
    file: "named.ts",
    text: "export const config = {}\nexport const other = 1\n",
    told: ["has no default export; it exports config, other", "export default defineConfig"]
  },
  "that exports a function": {
    file: "function.ts",
    text: "export default () => ({})\n",
    told: ["the default export must be an object; it is a function"]
  },
  "without connections": {
    file: "empty.ts",
    text: "export default {}\n",
    told: ["connections is missing", "integrations is missing"]
  },
  "with a misspelt field": {
    file: "misspelt.ts",
    text: "export default { connections: {}, integration: {}, integrations: {} }\n",
    told: ["integration is no field of this; is it misspelt?"]
  },
  "with a connector that is none": {
    file: "connector.ts",
    text: `export default { connections: { stripe: { connector: "stripe", config: {} } }, integrations: {} }\n`,
    told: ["connections.stripe.connector must be a connector, such as `stripe`", "not a string"]
  },
  "with a pair that lacks its target": {
    file: "pair.ts",
    text: `export default { connections: { a: { connector: ${connector}, config: {} } }, integrations: { billing: { source: "a", target: "a", entities: [{ source: "customer" }] } } }\n`,
    told: ["integrations.billing.entities[0].target is missing"]
  },
  "with a strategy that does not exist": {
    file: "strategy.ts",
    text: `export default { connections: {}, integrations: { crm: { source: "a", target: "b", strategy: "newest", entities: [] } } }\n`,
    told: ["integrations.crm.strategy must be a strategy", `"last_write_wins"`, "not a string"]
  },
  "with a match key of one side": {
    file: "match.ts",
    text: `export default { connections: {}, integrations: { crm: { source: "a", target: "b", entities: [{ source: "c", target: "d", match: [{ source: "email" }] }] } } }\n`,
    told: ["integrations.crm.entities[0].match[0].target is missing"]
  },
  "with a number for a name": {
    file: "number.ts",
    text: `export default { connections: {}, integrations: { billing: { source: 7, target: "a", entities: [] } } }\n`,
    told: ["integrations.billing.source must be a string, not a number"]
  }
}

/** Loads each file as Node does, which vitest does not, and tells what came of it. */
const script = `
  import { Effect, Result } from "effect"
  import * as ConfigFile from ${JSON.stringify(new URL("./ConfigFile.ts", import.meta.url).href)}
  const told = {}
  for (const file of JSON.parse(process.argv[2])) {
    const result = await Effect.runPromise(Effect.result(ConfigFile.load(process.argv[1], file)))
    told[file] = Result.isSuccess(result) ? "a project" : result.failure.message + "\\n" + result.failure.wayOut
  }
  console.log(JSON.stringify(told))
`

describe("a configuration", () => {
  let told: Readonly<Record<string, string>> = {}
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), "syncline config "))
    mkdirSync(join(folder, "folder.ts"))
    writeFileSync(
      join(folder, "good.ts"),
      `export default { connections: { a: { connector: ${connector}, config: { key: 1 } } }, integrations: { crm: { source: "a", target: "a", strategy: "latest_wins", entities: [{ source: "c", target: "d", match: [{ source: "email", target: "email" }], strategy: { _tag: "Custom", name: "mine", resolve: () => ({ _tag: "Manual" }) }, mergeFallback: "manual", deletes: "ignore" }] } }, jobs: {} }\n`
    )
    for (const { file, text } of Object.values(cases)) if (text !== null) writeFileSync(join(folder, file), text)
    const files = ["good.ts", "folder.ts", null, ...Object.values(cases).map(({ file }) => file)]
    const output = execFileSync(
      process.execPath,
      [
        "--conditions=@syncline/source",
        "--no-warnings",
        "--input-type=module",
        "-e",
        script,
        "--",
        folder,
        JSON.stringify(files)
      ],
      { cwd: new URL(".", import.meta.url), encoding: "utf8" }
    )
    told = JSON.parse(output)
  })

  it("that is a project is taken as it is", () => assert.strictEqual(told["good.ts"], "a project"))

  it.each(Object.entries(cases))("%s is refused with the way out", (_what, { file, told: parts }) => {
    const message = told[file] ?? ""
    for (const part of parts) assert.include(message, part)
    assert.notMatch(message, /\n\s+at /)
  })

  it("that is a folder is refused", () => assert.include(told["folder.ts"] ?? "", "is a folder"))

  it("that nobody named is looked for by its usual names", () => {
    assert.include(told["null"] ?? "", "there is no syncline.config.ts in")
    assert.include(told["null"] ?? "", "syncline init")
  })
})
