/** What postgres.js takes for a connected socket. What it writes goes to the gateway; what it hears, the world says. */
import { EventEmitter } from "node:events"

export class SimulatedSocket extends EventEmitter {
  /** As of `node:net`: postgres.js asks it before it says goodbye. */
  readyState: "open" | "closed" = "open"
  readonly #received: (bytes: Buffer) => void
  readonly #left: () => void

  /** `left`: the client closes its end. */
  constructor(received: (bytes: Buffer) => void, left: () => void) {
    super()
    this.#received = received
    this.#left = left
  }

  write(bytes: Uint8Array, done?: () => void): boolean {
    if (this.readyState === "open") this.#received(Buffer.from(bytes))
    if (done !== undefined) queueMicrotask(done)
    return true
  }

  end(bytes?: Uint8Array): this {
    if (bytes !== undefined) this.write(bytes)
    return this.destroy()
  }

  destroy(): this {
    if (this.readyState === "closed") return this
    this.readyState = "closed"
    this.#left()
    return this
  }

  /** The server's end is gone. */
  lose(): void {
    this.readyState = "closed"
    this.emit("close", false)
  }

  setKeepAlive(): this {
    return this
  }

  pause(): this {
    return this
  }

  resume(): this {
    return this
  }
}
