import { assert, describe, it } from "@effect/vitest"
import { Client } from "@hubspot/api-client"
import { Server } from "@syncline/connector/sandbox"
import { Effect } from "effect"
import * as HubSpotSandbox from "../src/sandbox/index.ts"

const world = Effect.fn(function* (options: HubSpotSandbox.Options = {}) {
  const portal = yield* HubSpotSandbox.open(options)
  const { url } = yield* Effect.orDie(Server.listen(portal.handler))
  const client = new Client({
    accessToken: HubSpotSandbox.defaultAccessToken,
    basePath: url,
    numberOfApiCallRetries: 0
  })
  const call = <A>(run: (client: Client) => Promise<A>) => Effect.promise(() => run(client))
  const refused = (run: (client: Client) => Promise<unknown>) =>
    Effect.promise(() =>
      run(client).then(
        () => Promise.reject(new Error("the call succeeded")),
        (cause: unknown) => String(cause)
      )
    )
  return { portal, call, refused }
})

/** HubSpot's own client, of the version that is pinned, on the sandbox. It speaks v3 and v4. */
describe("@hubspot/api-client", () => {
  it.live("pages through all contacts, searches, and is stopped at the cap", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { call, refused } = yield* world({ size: 230 })
        const all = yield* call((client) => client.crm.contacts.getAll(100, undefined, ["email", "firstname"]))
        assert.strictEqual(new Set(all.map(({ id }) => id)).size, 230)
        const [first] = all
        assert.instanceOf(first?.createdAt, Date)
        const search = { properties: ["email"], limit: 200, sorts: ["hs_object_id"] }
        const found = yield* call((client) =>
          client.crm.contacts.searchApi.doSearch({ ...search, after: "0", filterGroups: [] })
        )
        assert.deepInclude(found, { total: 230 })
        assert.strictEqual(found.paging?.next?.after, "200")
        assert.match(
          yield* refused((client) =>
            client.crm.contacts.searchApi.doSearch({ ...search, after: "9900", filterGroups: [] })
          ),
          /10000/
        )
      })
    )
  )

  it.live("creates, upserts, is told what is wrong, archives and merges", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { call, portal, refused } = yield* world()
        const ada = yield* call((client) =>
          client.crm.contacts.basicApi.create({ properties: { email: "Ada@Example.com" }, associations: [] })
        )
        assert.strictEqual(ada.properties["email"], "ada@example.com")
        assert.match(
          yield* refused((client) =>
            client.crm.contacts.basicApi.create({ properties: { email: "ada@example.com" }, associations: [] })
          ),
          new RegExp(`409[^]*Existing ID: ${ada.id}`)
        )
        const upserted = yield* call((client) =>
          client.crm.contacts.batchApi.upsert({
            inputs: [
              { id: "ada@example.com", idProperty: "email", properties: { firstname: "Ada" }, objectWriteTraceId: "a" },
              { id: "bea@example.com", idProperty: "email", properties: { firstname: "Bea" }, objectWriteTraceId: "b" }
            ]
          })
        )
        assert.deepStrictEqual(
          upserted.results
            .map((result) => `${result.objectWriteTraceId} ${"_new" in result ? String(result._new) : ""}`)
            .toSorted(),
          ["a false", "b true"]
        )
        const bea = upserted.results.find(({ id }) => id !== ada.id)?.id ?? ""
        yield* call((client) =>
          client.apiRequest({
            method: "POST",
            path: "/crm/v3/objects/contacts/merge",
            body: { primaryObjectId: ada.id, objectIdToMerge: bea }
          })
        )
        const read = yield* call((client) => client.crm.contacts.basicApi.getById(bea))
        assert.strictEqual(read.id, ada.id)
        yield* call((client) => client.crm.contacts.basicApi.archive(ada.id))
        assert.strictEqual(yield* portal.count("contact"), 0)
      })
    )
  )

  it.live("associates a contact with its primary company", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { call, portal } = yield* world()
        const company = yield* portal.user.create("company", { name: "Acme" })
        const contact = yield* portal.user.create("contact", { firstname: "Ada", company_id: company })
        const { results } = yield* call((client) =>
          client.crm.associations.v4.batchApi.getPage("contacts", "companies", { inputs: [{ id: contact }] })
        )
        assert.deepStrictEqual(
          results.flatMap(({ to }) =>
            to.map(({ associationTypes, toObjectId }) => [
              toObjectId,
              associationTypes.map(({ typeId }) => typeId).toSorted((one, two) => one - two)
            ])
          ),
          [[company, [1, 279]]]
        )
      })
    )
  )

  it.live("refreshes a token, enters with it, and is told of one that was withdrawn", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { call, portal, refused } = yield* world({ size: 1 })
        const { refresh } = yield* portal.authorization.grant
        const refreshed = (client: Client) =>
          client.oauth.tokensApi.create(
            "refresh_token",
            undefined,
            undefined,
            HubSpotSandbox.defaultClientId,
            HubSpotSandbox.defaultClientSecret,
            refresh
          )
        const { accessToken, expiresIn, refreshToken } = yield* call(refreshed)
        assert.deepStrictEqual([expiresIn, refreshToken], [1800, refresh])
        const { results } = yield* call((client) => {
          client.setAccessToken(accessToken)
          return client.crm.contacts.basicApi.getPage(10)
        })
        assert.strictEqual(results.length, 1)
        yield* portal.authorization.revokeAll
        assert.match(yield* refused(refreshed), /BAD_REFRESH_TOKEN/)
        assert.match(yield* refused((client) => client.crm.contacts.basicApi.getPage(10)), /EXPIRED_AUTHENTICATION/)
      })
    )
  )
})
