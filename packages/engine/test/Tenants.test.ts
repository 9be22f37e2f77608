/** Several tenants of one configuration: each has what it is entered with, and what it has other than the configuration says. */
import { defaultTenant, IntegrationName, TenantId } from "@syncline/core"
import { Tenants } from "@syncline/store"
import { HttpClient } from "@syncline/connector"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Tenancy } from "../src/index.ts"
import * as Registries from "../src/Registries.ts"
import * as Fleet from "./Fleet.ts"
import * as TwoTables from "./TwoTables.ts"

const acme = TenantId.make("acme")
const whole = { integration: IntegrationName.make("contacts"), entity: "" }
const people = { ...whole, entity: "people" }

const strategyOf = ({ pairs }: { readonly pairs: ReadonlyArray<{ readonly twoWay: unknown }> }) => pairs[0]?.twoWay

describe("a tenant", () => {
  it.live("has its own settings from the next turn on, and the others have theirs", () =>
    Effect.gen(function* () {
      const { project, services } = yield* TwoTables.open({ schedule: "manual" })
      const work = Effect.gen(function* () {
        yield* (yield* Tenants.Tenants).add(acme)
        const registries = yield* Registries.make(project)
        const trouble: Array<string> = []
        const refresh = registries.refresh((tenant, { message }) =>
          Effect.sync(() => void trouble.push(`${tenant}: ${message}`))
        )
        yield* refresh
        const before = yield* registries.of(acme)
        assert.deepInclude(strategyOf(before), {
          policy: { ...before.pairs[0]?.twoWay?.policy, strategy: "source_wins" }
        })

        yield* Tenancy.override(project, acme, whole, { tie: "manual" })
        yield* Tenancy.override(project, acme, people, { strategy: "target_wins" })
        yield* refresh
        assert.isFalse(registries.isCurrent(acme, before))
        const [pair] = (yield* registries.of(acme)).pairs
        assert.deepInclude(pair?.twoWay?.policy, { strategy: "target_wins", tie: "manual" })
        const [other] = (yield* registries.of(defaultTenant)).pairs
        assert.deepInclude(other?.twoWay?.policy, { strategy: "source_wins", tie: "source" })

        yield* Tenancy.override(project, acme, people, null)
        yield* refresh
        assert.deepInclude((yield* registries.of(acme)).pairs[0]?.twoWay?.policy, {
          strategy: "source_wins",
          tie: "manual"
        })
        assert.deepStrictEqual(trouble, [])
      })
      yield* work.pipe(Effect.provideContext(services), Effect.provide(HttpClient.layer))
    }).pipe(Effect.scoped)
  )

  it.live("is not given settings that its project cannot have", () =>
    Effect.gen(function* () {
      const { project, services } = yield* TwoTables.open({ schedule: "manual" })
      const refused = (place: typeof whole, settings: Tenancy.Settings) =>
        Effect.map(Effect.flip(Tenancy.override(project, acme, place, settings)), ({ message }) => message)
      const work = Effect.gen(function* () {
        assert.include(yield* refused({ ...whole, entity: "orders" }, { tie: "manual" }), `no entity "orders"`)
        assert.include(yield* refused(people, { dependencies: {} }), "of a whole integration")
        assert.include(yield* refused(whole, { dependencies: { add: [{ entity: "people", on: "nobody" }] } }), "nobody")
        assert.deepStrictEqual(yield* Tenancy.overrides(acme), [])
      })
      yield* work.pipe(Effect.provideContext(services), Effect.provide(HttpClient.layer))
    }).pipe(Effect.scoped)
  )

  it.live("that is added while a worker runs is driven by it", () =>
    Effect.gen(function* () {
      const { project, query, services } = yield* TwoTables.open({ schedule: { every: "1 second" } })
      const { troubles } = yield* Fleet.start(project, services)
      yield* Effect.provideContext(
        Effect.flatMap(Tenants.Tenants, ({ add }) => add(acme)),
        services
      )
      yield* Fleet.until(
        Effect.map(
          query("select from syncline.execution where tenant_id = 'acme' and status = 'completed'"),
          (rows) => rows.length > 0
        )
      )
      assert.deepStrictEqual(troubles, [])
    }).pipe(Effect.scoped)
  )
})
