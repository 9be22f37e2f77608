/** What each verb of run.mjs runs, as data. */

/** @typedef {{ readonly name: string, readonly program: string, readonly arguments: ReadonlyArray<string> }} Command */

/** @type {Command} */
const types = {
  name: "types",
  program: "turbo",
  arguments: ["run", "check", "--output-logs=errors-only", "--continue"]
}
/** @type {Command} */
const build = { name: "build", program: "turbo", arguments: ["run", "build", "--output-logs=errors-only"] }

/** @type {ReadonlyArray<Command>} */
const quickChecks = [
  types,
  { name: "tooling's types", program: "tsc", arguments: ["-p", "tooling/tsconfig.json"] },
  {
    name: "Effect's diagnostics",
    program: "effect-tsgo",
    arguments: [
      "diagnostics",
      "--project",
      "tsconfig.json",
      "--severity",
      "error,warning",
      "--strict",
      "--format",
      "text"
    ]
  },
  { name: "lint", program: "oxlint", arguments: ["--deny-warnings"] },
  { name: "format", program: "oxfmt", arguments: ["--check"] },
  { name: "unused code", program: "knip", arguments: ["--no-config-hints"] }
]

/**
 * What only a release can break.
 * @type {ReadonlyArray<Command>}
 */
const fullChecks = [build, { name: "packed packages", program: "node", arguments: ["tooling/Packed.mjs"] }]

/**
 * @param {string} file
 * @param {ReadonlyArray<string>} args
 */
const fromSource = (file, args) => ["--conditions=@syncline/source", file, ...args]
const worker = "apps/worker/src/main.ts"

/** @type {Readonly<Record<string, (args: ReadonlyArray<string>) => ReadonlyArray<Command>>>} */
const commandsByVerb = {
  start: (args) => [{ name: "demo", program: "node", arguments: fromSource(worker, ["demo", ...args]) }],
  syncline: (args) => [{ name: "syncline", program: "node", arguments: fromSource(worker, args) }],
  test: (args) => [{ name: "test", program: "vitest", arguments: ["run", ...args] }],
  conformance: (args) => [{ name: "conformance", program: "node", arguments: ["tooling/Conformance.mjs", ...args] }],
  bench: (args) => [build, { name: "bench", program: "node", arguments: fromSource("bench/src/main.ts", args) }],
  simulate: (args) => [
    { name: "simulate", program: "node", arguments: fromSource("packages/simulation/src/main.ts", args) }
  ],
  chaos: (args) => [{ name: "chaos", program: "node", arguments: fromSource("bench/src/chaos/main.ts", args) }],
  check: (args) => (args.includes("--full") ? [...quickChecks, ...fullChecks] : quickChecks),
  build: (args) => [{ ...build, arguments: [...build.arguments, ...args] }],
  format: (args) => [{ name: "format", program: "oxfmt", arguments: args.length === 0 ? ["."] : args }]
}

export const verbs = Object.keys(commandsByVerb)

/**
 * The commands to run one after the other until one fails; undefined for an unknown verb.
 * @param {string} verb
 * @param {ReadonlyArray<string>} args
 * @returns {ReadonlyArray<Command> | undefined}
 */
export const commandsOf = (verb, args) =>
  Object.hasOwn(commandsByVerb, verb) ? commandsByVerb[verb]?.(args) : undefined
