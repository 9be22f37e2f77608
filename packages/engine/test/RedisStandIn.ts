/** As much of a Redis server as remembers links, within the process, so that it can be killed in the middle of a run. */
import { Effect } from "effect"
import { createServer, type Socket } from "node:net"

export interface RedisStandIn {
  readonly url: string
  /** Look-ups so far, and how many of the keys they asked for were there. */
  readonly asked: () => { readonly lookups: number; readonly hits: number }
  /** Closes every connection, and listens no more, when it has answered this many look-ups from now on. */
  readonly killAfter: (lookups: number) => void
  /** From then on it takes what it is sent and answers nothing. */
  readonly hangAfter: (lookups: number) => void
}

const text = (value: string | null): string =>
  value === null ? "$-1\r\n" : `$${Buffer.byteLength(value)}\r\n${value}\r\n`

/** The commands that are whole, and what is left. https://redis.io/docs/latest/develop/reference/protocol-spec/ */
const parse = (data: Buffer): { readonly commands: ReadonlyArray<ReadonlyArray<string>>; readonly rest: Buffer } => {
  const commands: Array<ReadonlyArray<string>> = []
  let begun = 0
  while (true) {
    let at = begun
    const line = (): string | null => {
      const end = data.indexOf("\r\n", at)
      if (end < 0) return null
      const read = data.toString("utf8", at, end)
      at = end + 2
      return read
    }
    const head = line()
    if (head === null) return { commands, rest: data.subarray(begun) }
    const words: Array<string> = []
    for (let left = Number(head.slice(1)); left > 0; left--) {
      const size = line()
      const end = at + Number(size?.slice(1))
      if (size === null || end + 2 > data.length) return { commands, rest: data.subarray(begun) }
      words.push(data.toString("utf8", at, end))
      at = end + 2
    }
    commands.push(words)
    begun = at
  }
}

/** Listens on a free loopback port until the scope closes. */
export const start = Effect.acquireRelease(
  Effect.callback<RedisStandIn & { readonly close: () => void }>((resume) => {
    const values = new Map<string, string>()
    const sockets = new Set<Socket>()
    let [lookups, hits, livesUntil, answersUntil] = [0, 0, Infinity, Infinity]
    const answer = ([name = "", ...words]: ReadonlyArray<string>): string => {
      switch (name.toUpperCase()) {
        case "MGET": {
          const found = words.map((key) => values.get(key) ?? null)
          lookups++
          hits += found.filter((value) => value !== null).length
          return `*${found.length}\r\n${found.map(text).join("")}`
        }
        case "SET":
          values.set(words[0] ?? "", words[1] ?? "")
          return "+OK\r\n"
        case "PING":
          return "+PONG\r\n"
        default:
          return "+OK\r\n"
      }
    }
    const server = createServer((socket) => {
      let rest: Buffer = Buffer.alloc(0)
      sockets.add(socket)
      socket.on("error", () => socket.destroy())
      socket.on("data", (data) => {
        const parsed = parse(Buffer.concat([rest, data]))
        rest = Buffer.from(parsed.rest)
        for (const command of parsed.commands) {
          const reply = answer(command)
          if (lookups > livesUntil) return close()
          if (lookups <= answersUntil) socket.write(reply)
        }
      })
    })
    const close = () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(
        Effect.succeed({
          url: `redis://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
          asked: () => ({ lookups, hits }),
          killAfter: (more) => void (livesUntil = lookups + more),
          hangAfter: (more) => void (answersUntil = lookups + more),
          close
        })
      )
    })
  }),
  ({ close }) => Effect.sync(close)
)
