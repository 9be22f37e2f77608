/** What a worker plays histories on: a database with the store's tables, and sessions with it. */
import { Effect, type Scope } from "effect"
import * as BackendPool from "./BackendPool.ts"
import * as Core from "./Core.ts"
import * as FreshTenant from "./FreshTenant.ts"
import * as Snapshot from "./oracles/Snapshot.ts"
import * as ServerStatements from "./ServerStatements.ts"

/** What histories share, one after another. */
export interface Stage {
  readonly pool: BackendPool.BackendPool
  readonly statements: ServerStatements.ServerStatements
  readonly tenants: FreshTenant.FreshTenant
}

export const open = (place: BackendPool.Place, core: number | null): Effect.Effect<Stage, never, Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* Effect.acquireRelease(
      Effect.promise(() => BackendPool.make(place, Snapshot.prepared, (pid) => Core.keep(pid, core))),
      (opened) => Effect.sync(opened.close)
    )
    const tenants = yield* Effect.promise(() => FreshTenant.make(pool))
    return { pool, tenants, statements: ServerStatements.make() }
  })
