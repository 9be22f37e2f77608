import { globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { importsOf, type Package, type Source, violations } from "./Arrows.ts"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const Names = Schema.Record(Schema.String, Schema.String).pipe(Schema.optionalKey)
const Manifest = Schema.fromJsonString(
  Schema.Struct({ name: Schema.String, dependencies: Names, peerDependencies: Names, devDependencies: Names })
)

const read = (path: string): string => readFileSync(join(root, path), "utf8")
const found = (pattern: string): ReadonlyArray<string> =>
  globSync(pattern, { cwd: root })
    .filter((path) => !/(?:^|\/)(?:node_modules|dist)\//.test(path))
    .sort()

const packageIn = (folder: string): Package => {
  const manifest = Schema.decodeSync(Manifest)(read(`${folder}/package.json`))
  return {
    folder,
    name: manifest.name,
    runtime: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    development: Object.keys(manifest.devDependencies ?? {})
  }
}

const core: Package = { folder: "packages/core", name: "@syncline/core", runtime: ["effect"], development: ["vitest"] }
const store: Package = {
  folder: "packages/store",
  name: "@syncline/store",
  runtime: ["@syncline/core", "effect", "postgres"],
  development: ["vitest"]
}
const stripe: Package = {
  folder: "connectors/stripe",
  name: "@syncline/connector-stripe",
  runtime: ["@syncline/core", "effect"],
  development: ["vitest", "stripe"]
}
const packages = [core, store, stripe]

describe("the repository", () => {
  it("keeps its own rules", () => {
    const folders = found("{packages,connectors,apps}/*/package.json").map((path) => dirname(path))
    const sources = found("{packages,connectors,apps}/*/{src,test,migrations}/**/*.{ts,sql}").map((path): Source => ({
      path,
      text: read(path)
    }))
    assert.isAtLeast(sources.length, 50, "the search for sources finds the house")
    assert.deepStrictEqual(violations(folders.map(packageIn), sources), [])
  })
})

describe("a rule refuses", () => {
  const cases: ReadonlyArray<readonly [what: string, source: Source, named: string]> = [
    [
      "an arrow out of core",
      { path: "packages/core/src/A.ts", text: `import "@syncline/store"` },
      "no arrow goes from packages/core"
    ],
    [
      "a connector that sees the store",
      { path: "connectors/stripe/src/A.ts", text: `export * from "@syncline/store"` },
      "no arrow"
    ],
    [
      "an SDK in a connector",
      { path: "connectors/stripe/src/A.ts", text: `import Stripe from "stripe"` },
      "only effect"
    ],
    [
      "an undeclared dependency",
      { path: "packages/store/src/A.ts", text: `import x from "left-pad"` },
      "package.json does not name it"
    ],
    ["a lazy import", { path: "packages/core/src/A.ts", text: `await import("@syncline/store")` }, "no arrow"],
    [
      "a relative import of another package",
      { path: "packages/core/src/A.ts", text: `import "../../store/src/B.ts"` },
      "leaves the package"
    ],
    [
      "files read in core",
      { path: "packages/core/src/A.ts", text: `import { readFileSync } from "node:fs"` },
      "no input or output"
    ],
    [
      "a test's undeclared import",
      { path: "packages/core/src/A.test.ts", text: `import "postgres"` },
      "does not name it"
    ],
    ["time from the database", { path: "packages/store/src/A.ts", text: "sql`update a set at = now()`" }, "now()"],
    [
      "chance in a migration",
      { path: "packages/store/migrations/1.sql", text: "default gen_random_uuid()" },
      "gen_random_uuid()"
    ],
    ["a file of types", { path: "packages/core/src/Types.ts", text: "" }, `named by "Types"`],
    ["a vague file name", { path: "packages/core/src/DateUtils.ts", text: "" }, `named by "Utils"`],
    ["a file name in another case", { path: "packages/core/src/fingerprint.ts", text: "" }, "PascalCase"],
    [
      "a silenced lint",
      { path: "packages/core/src/A.ts", text: ["// oxlint", "disable-next-line"].join("-") },
      "mend the cause"
    ]
  ]
  it.each(cases)("%s", (_, source, named) => {
    const [first, ...others] = violations(packages, [source])
    assert.include(first, named)
    assert.deepStrictEqual(others, [])
  })

  it("a package without a place", () => {
    assert.include(violations([{ ...core, folder: "packages/extras" }], [])[0], "packages/extras has no rule")
  })

  it("a dependency against the arrows, though nothing imports it", () => {
    const dependent = { ...core, runtime: ["@syncline/store"] }
    assert.deepStrictEqual(violations([dependent, store], []), [
      "packages/core/package.json depends on packages/store: no arrow goes there"
    ])
  })

  it("an unstable part of Effect in two files of one package", () => {
    const text = `import { HttpClient } from "effect/http"`
    const two = ["A", "B"].map((name) => ({ path: `packages/store/src/${name}.ts`, text }))
    assert.include(violations(packages, two)[0], "packages/store/src/A.ts and packages/store/src/B.ts")
    assert.deepStrictEqual(violations(packages, two.slice(1)), [])
  })
})

describe("a rule allows", () => {
  it("what a comment mentions, a test's own tools, a type of something, a random of ours", () => {
    const sources: ReadonlyArray<Source> = [
      { path: "packages/core/src/A.ts", text: `/** import "@syncline/store" */\n// from "postgres", now()` },
      { path: "connectors/stripe/test/Sdk.test.ts", text: `import Stripe from "stripe"` },
      { path: "packages/store/src/ColumnType.ts", text: "" },
      { path: "packages/store/src/B.ts", text: `import { of } from "@syncline/core"\nconst next = Dice.random()` }
    ]
    assert.deepStrictEqual(violations(packages, sources), [])
  })

  it("imports are read over several lines, lazily and for their effect alone", () => {
    const text = `import {\n  a,\n  b\n} from "one"\nimport type { C } from "two"\nimport "three"\nvoid import("four")`
    assert.deepStrictEqual(importsOf(text), ["one", "two", "three", "four"])
  })
})
