/** A network between workers and PostgreSQL that loses the answer to a COMMIT. */
import { Effect, type Scope } from "effect"
import { connect, createServer, type Socket } from "node:net"

export interface Cuts {
  readonly url: string
  /** The next COMMIT arrives, its answer does not, and every connection is gone. */
  readonly loseNextCommit: Effect.Effect<void>
  /** How many were lost so far. */
  readonly lost: Effect.Effect<number>
}

export const before = Effect.fn("Cuts.before")(function* (url: string): Effect.fn.Return<Cuts, never, Scope.Scope> {
  const to = new URL(url)
  const sockets = new Set<Socket>()
  let isArmed = false
  let lost = 0
  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname)
    let isDoomed = false
    const close = () => {
      client.destroy()
      upstream.destroy()
    }
    sockets.add(client).add(upstream)
    client.on("data", (data) => {
      if (isArmed && data.includes("commit")) {
        isArmed = false
        isDoomed = true
      }
      upstream.write(data)
    })
    upstream.on("data", (data) => {
      if (!isDoomed) return void client.write(data)
      lost++
      cutAll()
    })
    for (const socket of [client, upstream]) socket.on("error", close).on("close", close)
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.sync(() => {
        cutAll()
        server.close()
      })
  )
  const address = server.address()
  const here = new URL(url)
  here.port = String(typeof address === "object" && address !== null ? address.port : 0)
  return {
    url: here.href,
    loseNextCommit: Effect.sync(() => {
      isArmed = true
    }),
    lost: Effect.sync(() => lost)
  }
})
