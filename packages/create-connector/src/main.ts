#!/usr/bin/env node
/** `npm create @syncline/connector acme`: writes the folder `acme` with a connector that works. */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { files } from "./Files.ts"

const folder = fileURLToPath(new URL("../template", import.meta.url))
const manifest = fileURLToPath(new URL("../package.json", import.meta.url))
const [name = ""] = process.argv.slice(2)

const refuse = (why: string): void => {
  process.stderr.write(`create-connector: ${why}\n`)
  process.exitCode = 1
}

const template = Object.fromEntries(
  globSync("**/*.template", { cwd: folder }).map((path) => [
    path.replaceAll("\\", "/").replace(/\.template$/, ""),
    readFileSync(join(folder, path), "utf8")
  ])
)
// A release writes into our own manifest which versions belong together.
const { devDependencies } = Object(JSON.parse(readFileSync(manifest, "utf8")))
const written = files(template, name, Object(devDependencies))

if (written === null) refuse(`"${name}" is no name for a connector: small letters and digits, such as acme`)
else if (existsSync(name)) refuse(`the folder ${name} is there already`)
else {
  for (const [path, text] of Object.entries(written)) {
    mkdirSync(dirname(join(name, path)), { recursive: true })
    writeFileSync(join(name, path), text)
  }
  process.stdout.write(`${name}/ is there. Next: cd ${name} && npm install && npm test\n`)
}
