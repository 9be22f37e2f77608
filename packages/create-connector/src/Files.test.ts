import { assert, describe, it } from "vitest"
import { files } from "./Files.ts"

describe("a new connector", () => {
  it("has its name wherever the template has acme's, and the versions that belong together", () => {
    const template = {
      "src/acme.ts": 'export const acme = "Acme"',
      "package.json": '{ "effect": "version of effect", "x": "version of x" }'
    }
    assert.deepEqual(files(template, "globex", { effect: "4.1.0" }), {
      "src/globex.ts": 'export const globex = "Globex"',
      "package.json": '{ "effect": "4.1.0", "x": "*" }'
    })
  })

  it("has a name that a package can have", () => {
    for (const name of ["", "A", "a b", "../x", "9"]) assert.isNull(files({}, name, {}))
  })
})
