/** Packs every public package as a release would, and has its manifest, files and types judged by publint and attw. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "./Toolchain.mjs"

/**
 * @param {string} program
 * @param {ReadonlyArray<string>} args
 * @returns {string} what it printed, when it failed
 */
const complaint = (program, args) => {
  const { error, status, stderr, stdout } = spawnSync(program, [...args], { cwd: root, encoding: "utf8" })
  if (error !== undefined) return error.message
  return status === 0 ? "" : `${stdout}${stderr}`
}

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
  for (const text of packing === "" ? complaints : [packing]) console.error(text)
  console.error(`${tarballs.length} packages packed, ${complaints.length} complaints`)
  process.exitCode = tarballs.length === 0 || complaints.length > 0 ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}
