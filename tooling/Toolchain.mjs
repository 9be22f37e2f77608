/** The Node, the pnpm and the installed packages that every verb needs, fetched where they are missing. */
import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { perform } from "./Foreground.mjs"

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Fetched when the machine's own Node is older than `nodeMajor`. */
const pinnedNode = "24.21.0"
const nodeMajor = 24
/** The oldest Node that can run these files. */
const oldestMajor = 20

/** @typedef {{ readonly node: string, readonly directories: ReadonlyArray<string> }} Fetched */

/**
 * Which packages npx must fetch, as npm names them.
 * @param {{ readonly nodeVersion: string, readonly pnpmVersion: string | undefined, readonly packageManager: string }} machine
 */
export const missingPackages = ({ nodeVersion, packageManager, pnpmVersion }) => [
  ...(majorOf(nodeVersion) >= nodeMajor ? [] : [`node@${pinnedNode}`]),
  ...(packageManager === `pnpm@${pnpmVersion}` ? [] : [packageManager])
]

/** @param {string} version */
export const majorOf = (version) => Number(version.replace(/^v/, "").split(".")[0])

/**
 * Packages to try next when `node`'s install script cannot run: the bare program, which npm has for Linux on x64 only.
 * @param {ReadonlyArray<string>} packages
 * @param {string} machine such as `linux-x64`
 */
export const withoutInstallScript = (packages, machine) => {
  const replaced = packages.map((name) => name.replace(/^node@/, `node-${machine}@`))
  return machine === "linux-x64" && replaced.join() !== packages.join() ? replaced : undefined
}

/**
 * The line of npm's output that says what went wrong.
 * @param {string} output
 */
export const causeOf = (output) => {
  const lines = output
    .split("\n")
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim())
    .filter((line) => line !== "" && !/^(npm )?(warn|notice)/i.test(line))
  const telling = [/request to/, /ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT|EACCES|ENOSPC|\b40[134]\b/]
  return telling.flatMap((sign) => lines.filter((line) => sign.test(line)))[0] ?? lines[0] ?? "no reason given"
}

/**
 * Makes Node, pnpm and node_modules ready.
 * @returns {Promise<{ readonly node: string, readonly env: NodeJS.ProcessEnv } | { readonly missing: string }>}
 */
export const provide = async () => {
  if (majorOf(process.version) < oldestMajor) {
    return { missing: `Node ${process.version} is too old: install Node ${oldestMajor} or newer (https://nodejs.org)` }
  }
  /** @type {{ packageManager: string }} */
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const env = withWritableHome({ ...process.env, COREPACK_ENABLE_DOWNLOAD_PROMPT: "0", TURBO_TELEMETRY_DISABLED: "1" })
  const packages = missingPackages({ nodeVersion: process.version, pnpmVersion: installedPnpm(env), packageManager })
  const fetched = packages.length === 0 ? { node: process.execPath, directories: [] } : fetchWithNpx(packages, env)
  if ("missing" in fetched) return fetched
  const path = [join(root, "node_modules", ".bin"), ...fetched.directories, dirname(fetched.node), env.PATH].join(
    delimiter
  )
  const ready = { ...env, PATH: path }
  const isFirst = !existsSync(join(root, "node_modules", ".modules.yaml"))
  if (isFirst) console.error("syncline: installing packages, once")
  // A refusal is silent too, so it is heard in a second try.
  for (const reporter of isFirst ? ["append-only"] : ["silent", "append-only"]) {
    // To standard error, so that the last line of `npm start -- --json` stays the only one of its kind.
    const { exitCode, isStopped } = await perform("pnpm", ["install", "--frozen-lockfile", `--reporter=${reporter}`], {
      cwd: root,
      env: ready,
      output: "stderr"
    })
    if (isStopped) return { missing: "stopped while installing packages; the next run continues" }
    if (exitCode === 0) return { node: fetched.node, env: ready }
  }
  return { missing: "installing packages failed for the reason above (no network? `npm ping` tells)" }
}

/** @param {NodeJS.ProcessEnv} env */
const installedPnpm = (env) => {
  const { status, stdout } = spawnSync("pnpm", ["--version"], { cwd: root, env, encoding: "utf8", timeout: 10_000 })
  return status === 0 ? stdout.trim() : undefined
}

/**
 * @param {ReadonlyArray<string>} packages
 * @param {NodeJS.ProcessEnv} env
 * @returns {Fetched | { readonly missing: string }}
 */
const fetchWithNpx = (packages, env) => {
  const remembered = join(root, "node_modules", ".cache", "syncline", `${packages.join("+")}.json`)
  const known = read(remembered)
  if (known !== undefined && [known.node, ...known.directories].every((path) => existsSync(path))) return known
  console.error(`syncline: fetching ${packages.join(" and ")} from the npm registry`)
  const spare = withoutInstallScript(packages, `${process.platform}-${process.arch}`)
  const first = askNpx(packages, env)
  const answer = typeof first === "string" && spare !== undefined && !isNetwork(first) ? askNpx(spare, env) : first
  if (typeof answer === "string") {
    return {
      missing: `could not fetch ${packages.join(" and ")} from the npm registry: ${answer} (check \`npm ping\`, or install them yourself)`
    }
  }
  mkdirSync(dirname(remembered), { recursive: true })
  writeFileSync(remembered, JSON.stringify(answer))
  return answer
}

/** @param {string} cause */
const isNetwork = (cause) => /ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT/.test(cause)

/**
 * What npx put in front of PATH, or the cause of its failure.
 * @param {ReadonlyArray<string>} packages
 * @param {NodeJS.ProcessEnv} env
 * @returns {Fetched | string}
 */
const askNpx = (packages, env) => {
  const { error, status, stderr, stdout } = spawnSync(
    "npx",
    ["--yes", ...packages.flatMap((name) => ["-p", name]), "--", "node", "tooling/run.mjs", "where"],
    {
      cwd: root,
      // npm's own waits, 10 s and more, would look like a program that hangs.
      env: { ...env, npm_config_fetch_retry_mintimeout: "1000", npm_config_fetch_retry_maxtimeout: "4000" },
      encoding: "utf8"
    }
  )
  if (error !== undefined) return error.message
  if (status !== 0) return causeOf(stderr)
  /** @type {{ node: string, path: string }} */
  const { node, path } = JSON.parse(stdout.slice(stdout.indexOf("{")))
  const before = new Set((env.PATH ?? "").split(delimiter))
  // npx also puts the node_modules/.bin of this and every parent folder there.
  const directories = path.split(delimiter).filter((directory) => !before.has(directory) && directory.includes("_npx"))
  return { node, directories }
}

/**
 * @param {string} file
 * @returns {Fetched | undefined}
 */
const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch {
    return undefined
  }
}

/**
 * npm and pnpm keep caches under HOME; a service account's HOME may not exist.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
const withWritableHome = (env) => {
  try {
    accessSync(homedir(), constants.W_OK)
    return env
  } catch {
    const home = join(root, "node_modules", ".cache", "home")
    mkdirSync(home, { recursive: true })
    return { ...env, HOME: home, npm_config_cache: join(home, ".npm") }
  }
}
