/** The store that all checks of one connector share: a database, opened once, in which each check is a tenant of its own. */
import { EmbeddedPostgres, Envelope, type Postgres, Store } from "@syncline/store"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

type Services = Layer.Success<ReturnType<typeof Store.layer>>

export interface StoreServices {
  readonly layer: Layer.Layer<Services>
  readonly postgres: Postgres.Postgres
}

/** Opens the store in this database, or in an embedded server that is started for the checks and removed after them. */
export const open = Effect.fn("StoreServices.open")(function* (
  url: string | null
): Effect.fn.Return<StoreServices, unknown, Scope.Scope> {
  const place = url === null ? yield* embedded : Redacted.make(url)
  const services = yield* Layer.build(Store.layer({ url: place, masterKeys: [Envelope.keyOf(Buffer.alloc(32, 1))] }))
  const { postgres } = yield* Effect.provideContext(Store.Store, services)
  return { layer: Layer.succeedContext(services), postgres }
})

// Nothing of a check outlives it, so the disk need not be waited for.
const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]

const embedded = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(async () => mkdtemp(join(await realpath(tmpdir()), "syncline-conformance-"))),
    (folder) =>
      Effect.promise(async () => {
        // Where the server runs as another user, its data is elsewhere.
        await rm(await realpath(join(folder, "postgres")).catch(() => folder), { recursive: true, force: true })
        await rm(folder, { recursive: true, force: true })
      })
  )
  return (yield* EmbeddedPostgres.start({ folder, settings })).url
})
