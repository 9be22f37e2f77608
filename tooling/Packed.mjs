/**
 * Packs every public package as a release would, and has its manifest, files and types judged by publint and attw. Then, outside of
 * the workspace and from these packages alone, begins a new connector and tries it, and the connectors that we publish.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "./Toolchain.mjs"

/**
 * @param {string} program
 * @param {ReadonlyArray<string>} args
 * @param {string} [cwd]
 * @returns {string} what it printed, when it failed
 */
const complaint = (program, args, cwd = root) => {
  const { error, status, stderr, stdout } = spawnSync(program, [...args], { cwd, encoding: "utf8" })
  if (error !== undefined) return error.message
  return status === 0 ? "" : `${stdout}${stderr}`
}

/** `syncline-connector-0.0.0.tgz` is of package `@syncline/connector`; `syncline-0.0.0.tgz` of `syncline`. */
const packageOf = (/** @type {string} */ tarball) => {
  const name = tarball.replace(/-\d+\.\d+\.\d+.*$/, "")
  return name.startsWith("syncline-") ? `@syncline/${name.slice("syncline-".length)}` : name
}

/**
 * A project outside of the workspace that finds our packages as tarballs, and all others where the registry's are.
 * @param {string} project
 * @param {ReadonlyArray<string>} tarballs
 */
const install = (project, tarballs) => {
  const overrides = tarballs.map((name) => `  "${packageOf(name)}": "file:${join(folder, name)}"`)
  const builds =
    readFileSync(join(root, "pnpm-workspace.yaml"), "utf8").match(/^allowBuilds:\n(?: {2}.*\n)+/m)?.[0] ?? ""
  writeFileSync(join(project, "pnpm-workspace.yaml"), `packages: []\noverrides:\n${overrides.join("\n")}\n${builds}`)
  return complaint("pnpm", ["install", "--prefer-offline", "--no-frozen-lockfile"], project)
}

/**
 * @param {ReadonlyArray<string>} tarballs
 * @returns {ReadonlyArray<string>} what went wrong
 */
const triedOutside = (tarballs) => {
  const outside = mkdtempSync(join(tmpdir(), "syncline-outside-"))
  try {
    const startedMs = performance.now()
    const create = tarballs.find((name) => packageOf(name) === "@syncline/create-connector") ?? ""
    const acme = join(outside, "acme")
    const steps = [
      () => complaint("tar", ["-xzf", join(folder, create)], outside),
      () => complaint("node", ["package/dist/main.js", "acme"], outside),
      () => install(acme, tarballs),
      () => complaint("pnpm", ["exec", "tsc"], acme),
      () => complaint("pnpm", ["exec", "vitest", "run"], acme),
      () => complaint("pnpm", ["pack"], acme)
    ]
    const failed = steps.reduce((text, step) => (text === "" ? step() : text), "")
    console.error(`a new connector from nothing to green: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
    return [failed, published(outside, tarballs)].filter((text) => text !== "")
  } finally {
    rmSync(outside, { recursive: true, force: true })
  }
}

/**
 * The connectors that we publish, each with its sandbox and the checks, in a project that has nothing else.
 * @param {string} outside
 * @param {ReadonlyArray<string>} tarballs
 */
const published = (outside, tarballs) => {
  const project = join(outside, "published")
  const connectors = tarballs.map(packageOf).filter((name) => name.startsWith("@syncline/connector-"))
  const { vitest, effect, typescript, "@types/node": types } = catalog()
  mkdirSync(project)
  const dependencies = Object.fromEntries([...connectors, "@syncline/conformance"].map((name) => [name, "*"]))
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({
      type: "module",
      dependencies: { ...dependencies, vitest, effect, typescript, "@types/node": types }
    })
  )
  const compilerOptions = {
    module: "NodeNext",
    target: "ES2024",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: ["node"]
  }
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
  for (const name of connectors) {
    const short = name.replace("@syncline/connector-", "")
    writeFileSync(
      join(project, `${short}.test.ts`),
      `import { conformance } from "@syncline/conformance"\nimport { ${short} } from "${name}"\nimport { sandbox } from "${name}/sandbox"\n\nconformance(${short}, sandbox)\n`
    )
  }
  const installed = install(project, tarballs)
  if (installed !== "") return installed
  const typed = complaint("pnpm", ["exec", "tsc"], project)
  return typed === ""
    ? complaint("pnpm", ["exec", "vitest", "run", "--testNamePattern", "group: (Declaration|Read)"], project)
    : typed
}

/** @returns {Readonly<Record<string, string>>} versions by package */
const catalog = () =>
  Object.fromEntries(
    [...readFileSync(join(root, "pnpm-workspace.yaml"), "utf8").matchAll(/^ {2}"?([@\w/-]+)"?: (\d\S*)$/gm)].map(
      ([, name = "", version = ""]) => [name, version]
    )
  )

const folder = mkdtempSync(join(tmpdir(), "syncline-packed-"))
try {
  const packing = complaint("pnpm", [
    "--recursive",
    "--filter=./packages/*",
    // Private: never published.
    "--filter=!./packages/simulation",
    "--filter=./connectors/*",
    "--filter=./apps/*",
    "pack",
    "--pack-destination",
    folder
  ])
  const tarballs = packing === "" ? readdirSync(folder).filter((name) => name.endsWith(".tgz")) : []
  const complaints = tarballs.flatMap((name) =>
    [
      complaint("publint", ["--strict", join(folder, name)]),
      // Our packages are ES modules only, which attw otherwise reports for CommonJS callers.
      complaint("attw", [join(folder, name), "--profile", "esm-only", "--format", "ascii"])
    ].filter((text) => text !== "")
  )
  const outside = packing === "" ? triedOutside(tarballs) : []
  complaints.push(...outside)
  for (const text of packing === "" ? complaints : [packing]) console.error(text)
  console.error(`${tarballs.length} packages packed, ${complaints.length} complaints`)
  process.exitCode = tarballs.length === 0 || complaints.length > 0 ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}
