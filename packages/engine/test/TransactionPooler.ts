/**
 * What a pooler in transaction mode does not bear: whatever a session is to keep beyond its transaction, since the next one has another.
 * It passes on all that clients send, and ends whoever prepares a statement by a name or listens.
 */
import { Effect } from "effect"
import { connect, createServer, type Socket } from "node:net"

export interface TransactionPooler {
  readonly url: string
  /** What clients wanted to keep. */
  readonly kept: ReadonlyArray<string>
}

/** A message of the protocol: a letter, the length of what follows with itself, and that. https://www.postgresql.org/docs/18/protocol-message-formats.html */
const headBytes = 5

/** What a message keeps in its session, or null. */
const keptBy = (letter: string, body: Buffer): string | null => {
  if (letter !== "P" && letter !== "Q") return null
  const [name = "", text = ""] = letter === "Q" ? ["", body.toString()] : body.toString().split("\0")
  if (name !== "") return `prepared: ${text}`
  return /^\s*listen\b/i.test(text) ? text : null
}

/** Told of each message after the first, which has no letter. */
const reader = (onMessage: (letter: string, body: Buffer) => void) => {
  let rest = Buffer.alloc(0)
  let hasStarted = false
  return (data: Buffer) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= headBytes) {
      const length = hasStarted ? 1 + rest.readInt32BE(1) : rest.readInt32BE(0)
      if (rest.length < length) return
      if (hasStarted) onMessage(rest.toString("latin1", 0, 1), rest.subarray(headBytes, length))
      hasStarted = true
      rest = rest.subarray(length)
    }
  }
}

/** One before the server of `url`. */
export const before = Effect.fn("TransactionPooler.before")(function* (url: string) {
  const to = new URL(url)
  const sockets = new Set<Socket>()
  const kept: Array<string> = []
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname)
    const close = () => {
      client.destroy()
      upstream.destroy()
    }
    sockets.add(client).add(upstream)
    const read = reader((letter, body) => {
      const what = keptBy(letter, body)
      if (what === null) return
      kept.push(what)
      close()
    })
    client.on("data", (data) => {
      read(Buffer.from(data))
      upstream.write(data)
    })
    upstream.on("data", (data) => client.write(data))
    for (const socket of [client, upstream]) socket.on("error", close).on("close", close)
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
  )
  const address = server.address()
  const here = new URL(url)
  here.port = String(typeof address === "object" && address !== null ? address.port : 0)
  const pooler: TransactionPooler = { url: here.href, kept }
  return pooler
})
