/** A network between us and PostgreSQL that can be cut. */
import { Effect } from "effect"
import { connect, createServer, type Socket } from "node:net"

export interface Proxy {
  readonly url: string
  /** Closes every connection, now. */
  readonly cut: Effect.Effect<void>
  /** From now on lets a statement that contains `text` through and closes the connection in place of its answer. */
  readonly loseAnswerTo: (text: string) => Effect.Effect<void>
}

/** A proxy before the server of `url`. */
export const before = (url: string) =>
  Effect.acquireRelease(
    Effect.callback<Proxy & { readonly close: Effect.Effect<void> }>((resume) => {
      const to = new URL(url)
      const sockets = new Set<Socket>()
      let lost: string | null = null
      const server = createServer((client) => {
        const upstream = connect(Number(to.port), to.hostname)
        const close = () => {
          client.destroy()
          upstream.destroy()
        }
        let isDoomed = false
        sockets.add(client).add(upstream)
        client.on("data", (data) => {
          if (lost !== null && data.includes(lost)) isDoomed = true
          upstream.write(data)
        })
        upstream.on("data", (data) => (isDoomed ? close() : client.write(data)))
        for (const socket of [client, upstream]) socket.on("error", close).on("close", close)
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const here = new URL(url)
        here.port = String(typeof address === "object" && address !== null ? address.port : 0)
        const cut = Effect.sync(() => {
          for (const socket of sockets) socket.destroy()
          sockets.clear()
        })
        resume(
          Effect.succeed({
            url: here.href,
            cut,
            loseAnswerTo: (text) =>
              Effect.sync(() => {
                lost = text
              }),
            close: Effect.andThen(
              cut,
              Effect.sync(() => {
                server.close()
              })
            )
          })
        )
      })
    }),
    ({ close }) => close
  )
