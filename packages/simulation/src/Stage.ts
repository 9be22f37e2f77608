/** What a worker plays histories on: a database with the store's tables, and sessions with it. */
import { Effect, type Scope } from "effect"
import * as BackendPool from "./BackendPool.ts"
import * as DatabaseReset from "./DatabaseReset.ts"
import type { Stage } from "./History.ts"
import * as ServerStatements from "./ServerStatements.ts"

export const open = (place: BackendPool.Place): Effect.Effect<Stage, never, Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* Effect.acquireRelease(
      Effect.promise(() => BackendPool.make(place)),
      (opened) => Effect.sync(opened.close)
    )
    const reset = yield* Effect.promise(() => DatabaseReset.make(pool))
    return { pool, reset, statements: ServerStatements.make() }
  })
