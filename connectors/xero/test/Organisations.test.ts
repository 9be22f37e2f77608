import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as XeroSandbox from "../src/sandbox/index.ts"
import { Config, xero } from "../src/Xero.ts"
import { connected } from "./Connected.ts"

const other = "11111111-2222-4333-8444-555555555555"

describe("organisations of one consent", () => {
  it.effect("are listed, each with the field that chooses it", () =>
    Effect.gen(function* () {
      const { run } = yield* connected({ alsoReaches: [{ tenantId: other, name: "Harbour Ltd" }] })
      const config = yield* Schema.decodeUnknownEffect(Config)({ accessToken: XeroSandbox.defaultAccessToken })
      assert.deepStrictEqual(yield* run(xero.accounts?.(config) ?? Effect.succeed([])), [
        { name: "Ridgeway Ltd", config: { tenantId: XeroSandbox.defaultTenantId } },
        { name: "Harbour Ltd", config: { tenantId: other } }
      ])
      const { reason } = yield* Effect.flip(run(xero.check(config)))
      if (reason._tag !== "Forbidden") return assert.fail(`it is ${reason._tag}`)
      assert.include(reason.missing, `${other} (Harbour Ltd)`, "a check without one says which there are")
    })
  )

  it.effect("that are not connected, or not any more, are said to be so, and no token is renewed for them", () =>
    Effect.gen(function* () {
      const { entity, run } = yield* connected({}, { tenantId: other })
      const { reason } = yield* Effect.flip(run(entity("contact").source.list.start))
      if (reason._tag !== "Unauthorized") return assert.fail(`it is ${reason._tag}`)
      assert.include(reason.detail, "tenantId")
    })
  )

  const bad: ReadonlyArray<readonly [string, Record<string, Schema.Json>, string]> = [
    ["neither a token nor an app", {}, "accessToken"],
    ["an app without its secret", { clientId: "app" }, "clientSecrets"],
    ["both", { accessToken: "visible", clientId: "app", clientSecrets: ["visible"] }, "either"],
    ["a tenant id that is none", { accessToken: "visible", tenantId: "Ridgeway" }, "tenantId"]
  ]
  for (const [what, input, says] of bad)
    it.effect(`a configuration with ${what} is refused`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Schema.decodeUnknownEffect(Config)(input))
        assert.include(error.message, says)
        assert.notInclude(error.message, "visible")
      })
    )
})
