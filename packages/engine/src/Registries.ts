/**
 * The project as each tenant has it: opened when it is first wanted, kept open, and opened anew when what the tenant is entered with
 * or has other than the configuration was changed. Whoever uses the former one uses it to his end.
 */
import type { TenantId } from "@syncline/core"
import { Fleet, type Jobs, type SqlError } from "@syncline/store"
import { Effect, Exit, Scope, Semaphore } from "effect"
import type { InvalidProject } from "./EngineError.ts"
import type { Project } from "./Project.ts"
import type { Registry } from "./Registry.ts"
import * as Tenancy from "./Tenancy.ts"

/** What the store gives to them. */
export type Services = Tenancy.Services | Fleet.Fleet | Jobs.Jobs

type Needs = Services | Tenancy.Needs

export interface Registries {
  /** The tenant's, open at least as long as the scope. */
  readonly of: (tenant: TenantId) => Effect.Effect<Registry, InvalidProject | SqlError, Needs | Scope.Scope>
  /** False once there is a newer one. */
  readonly isCurrent: (tenant: TenantId, registry: Registry) => boolean
  /** Looks which tenants have changed, and writes what their projects declare; `onTrouble` is told of those that cannot be opened. */
  readonly refresh: (
    onTrouble: (tenant: TenantId, error: InvalidProject | SqlError) => Effect.Effect<void>
  ) => Effect.Effect<void, SqlError, Needs>
}

interface Open {
  readonly registry: Registry
  readonly scope: Scope.Closeable
  users: number
  isRetired: boolean
}

/** All that is open is closed with the scope. */
export const make = Effect.fnUntraced(function* (project: Project): Effect.fn.Return<Registries, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const opened = new Map<TenantId, Open>()
  const revisions = new Map<TenantId, number>()
  const turn = Semaphore.makeUnsafe(1)

  const open = Effect.fnUntraced(function* (tenant: TenantId) {
    const known = opened.get(tenant)
    if (known !== undefined) return known
    const own = yield* Scope.fork(scope)
    const registry = yield* Tenancy.open(project, tenant).pipe(
      Effect.provideService(Scope.Scope, own),
      Effect.onError(() => Scope.close(own, Exit.void))
    )
    const made: Open = { registry, scope: own, users: 0, isRetired: false }
    opened.set(tenant, made)
    return made
  })

  const take = (tenant: TenantId) =>
    turn.withPermits(1)(
      Effect.map(open(tenant), (each) => {
        each.users++
        return each
      })
    )

  const closeUnused = (each: Open) =>
    Effect.suspend(() => (each.isRetired && each.users === 0 ? Scope.close(each.scope, Exit.void) : Effect.void))

  const giveBack = (each: Open) =>
    Effect.suspend(() => {
      each.users--
      return closeUnused(each)
    })

  const retire = (tenant: TenantId) =>
    Effect.suspend(() => {
      const each = opened.get(tenant)
      if (each === undefined) return Effect.void
      opened.delete(tenant)
      each.isRetired = true
      return closeUnused(each)
    })

  return {
    of: (tenant) => Effect.map(Effect.acquireRelease(take(tenant), giveBack), ({ registry }) => registry),
    isCurrent: (tenant, registry) => opened.get(tenant)?.registry === registry,
    refresh: Effect.fn("Registries.refresh")(function* (onTrouble) {
      const { revisions: read } = yield* Fleet.Fleet
      for (const [tenant, revision] of yield* read) {
        const before = revisions.get(tenant)
        if (before === revision) continue
        revisions.set(tenant, revision)
        if (before !== undefined) yield* retire(tenant)
        yield* Effect.catch(Tenancy.declare(project, tenant), (error) => onTrouble(tenant, error))
      }
    })
  }
})
