import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as OAuthServer from "./OAuthServer.ts"

const client = { clientId: "app", clientSecret: "app-secret" }

const open = Effect.fnUntraced(function* (options: Omit<OAuthServer.Options, "clientId" | "clientSecret">) {
  const server = OAuthServer.make({ ...client, ...options })
  const post = (fields: Readonly<Record<string, string>>) =>
    Effect.map(
      Effect.orDie(
        server.handler({
          method: "POST",
          path: "/token",
          query: "",
          headers: {},
          body: JSON.stringify({ client_id: client.clientId, client_secret: client.clientSecret, ...fields })
        })
      ),
      ({ body, status }) => ({ status, answer: Object(JSON.parse(String(body))) })
    )
  const refresh = (token: string) => post({ grant_type: "refresh_token", refresh_token: token })
  return { server, post, refresh, granted: yield* server.grant }
})

describe("an authorization server", () => {
  it.effect("ends access tokens by its clock", () =>
    Effect.gen(function* () {
      const { granted, server } = yield* open({ lifetimeMs: 60_000 })
      assert.isTrue(yield* server.isValid(granted.access))
      yield* TestClock.adjust(60_000)
      assert.isFalse(yield* server.isValid(granted.access))
    })
  )

  it.effect("a spent refresh token gives the same answer again within its grace, and none after it", () =>
    Effect.gen(function* () {
      const { granted, refresh, server } = yield* open({ graceMs: 1000 })
      const first = yield* refresh(granted.refresh)
      assert.notStrictEqual(first.answer["refresh_token"], granted.refresh)
      assert.deepStrictEqual(yield* refresh(granted.refresh), first)
      yield* TestClock.adjust(1001)
      assert.deepStrictEqual(yield* refresh(granted.refresh), { status: 400, answer: { error: "invalid_grant" } })
      assert.deepStrictEqual([...(yield* server.spends)], [[granted.refresh, 3]])
    })
  )

  it.effect("its grace may end with the first use of what it was exchanged for", () =>
    Effect.gen(function* () {
      const { granted, refresh, server } = yield* open({ graceMs: 86_400_000, graceEndsWithUse: true })
      const { answer } = yield* refresh(granted.refresh)
      assert.strictEqual((yield* refresh(granted.refresh)).status, 200)
      assert.isTrue(yield* server.isValid(String(answer["access_token"])))
      assert.strictEqual((yield* refresh(granted.refresh)).status, 400)
    })
  )

  it.effect("one that does not rotate stays good", () =>
    Effect.gen(function* () {
      const { granted, refresh } = yield* open({ rotates: false })
      assert.strictEqual((yield* refresh(granted.refresh)).answer["refresh_token"], granted.refresh)
      assert.strictEqual((yield* refresh(granted.refresh)).status, 200)
    })
  )

  it.effect("keeps what was consented to through refreshes", () =>
    Effect.gen(function* () {
      const { post, refresh, server } = yield* open({})
      const query = new URLSearchParams({ redirect_uri: "https://a.test/back", scope: "read,write", state: "s" })
      const reply = yield* Effect.orDie(
        server.handler({ method: "GET", path: "/authorize", query: query.toString(), headers: {}, body: "" })
      )
      const code = new URL(reply.headers["Location"] ?? "").searchParams.get("code") ?? ""
      const { answer } = yield* post({ grant_type: "authorization_code", code, redirect_uri: "https://a.test/back" })
      const { answer: later } = yield* refresh(String(answer["refresh_token"]))
      assert.deepStrictEqual(server.scopesOf(String(later["access_token"])), ["read", "write"])
    })
  )
})
