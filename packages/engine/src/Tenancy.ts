/** A project for a tenant: its rows, and what the tenant has other than the configuration says. */
import type { HttpLayer } from "@syncline/connector"
import type { IntegrationName, TenantId } from "@syncline/core"
import { type Credentials, Jobs, type SqlError, Store, Tenants } from "@syncline/store"
import { Effect, type Scope } from "effect"
import type { InvalidProject, NotFound, Refused } from "./EngineError.ts"
import * as Connect from "./Connect.ts"
import * as Overrides from "./Overrides.ts"
import type { Project } from "./Project.ts"
import * as Registry from "./Registry.ts"

export { Settings } from "./Overrides.ts"

/** What the store gives to it. */
export type Services = Store.Store | Tenants.Tenants | Credentials.Credentials

/** What a tenant's project is opened with. */
export type Needs = Services | HttpLayer.Transport

/** The project as the tenant has it, open as long as the scope. */
export const open = Effect.fn("Tenancy.open")(function* (project: Project, tenant: TenantId) {
  const { postgres } = yield* Store.Store
  return yield* Registry.load(project, tenant, postgres, yield* Overrides.read(tenant))
})

/** Writes its connections, integrations and jobs, so that workers run them. */
export const declare = Effect.fn("Tenancy.declare")(function* (
  project: Project,
  tenant: TenantId
): Effect.fn.Return<void, InvalidProject | SqlError, Needs | Jobs.Jobs | Scope.Scope> {
  const registry = yield* open(project, tenant)
  yield* (yield* Jobs.Jobs).declare(tenant, Registry.declaration(project, registry))
}, Effect.scoped)

/** Fails where a worker would refuse whoever comes to consent to the connection. */
export const consentable = Effect.fn("Tenancy.consentable")(function* (
  project: Project,
  tenant: TenantId,
  connection: string
): Effect.fn.Return<void, InvalidProject | NotFound | Refused | SqlError, Needs | Scope.Scope> {
  yield* Connect.consented(yield* open(project, tenant), connection)
}, Effect.scoped)

/** Everything that the tenant has other than the configuration says. */
export const overrides = Overrides.read

/**
 * Gives the tenant other settings for an integration, or a pair of it by the source's entity; null: as the configuration says again.
 * Nothing is changed where the project would be invalid with it.
 */
export const override = Effect.fn("Tenancy.override")(function* (
  project: Project,
  tenant: TenantId,
  place: { readonly integration: IntegrationName; readonly entity: string },
  settings: Overrides.Settings | null
): Effect.fn.Return<void, InvalidProject | SqlError, Needs | Scope.Scope> {
  const { postgres } = yield* Store.Store
  const others = (yield* Overrides.read(tenant)).filter(
    ({ entity, integration }) => entity !== place.entity || integration !== place.integration
  )
  const wanted = settings === null ? others : [...others, { ...place, settings }]
  yield* Registry.load(project, tenant, postgres, wanted)
  yield* (yield* Tenants.Tenants).override(tenant, place, settings === null ? null : { ...settings })
}, Effect.scoped)
