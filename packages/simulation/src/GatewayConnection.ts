/** One connection of a process with the server: what its client has sent and what is still to happen with it. */
import * as ClientRequest from "./ClientRequest.ts"
import type * as ServerSession from "./ServerSession.ts"
import { SimulatedSocket } from "./SimulatedSocket.ts"
import type { Process } from "./World.ts"

export interface GatewayConnection {
  readonly id: number
  readonly process: Process
  readonly socket: SimulatedSocket
  readonly reader: ClientRequest.Reader
  readonly pending: Array<ClientRequest.ClientRequest>
  session: ServerSession.ServerSession | null
  /** A unit is on its way, at the server, or waits there. */
  isBusy: boolean
  /** The tables that the open transaction has changed. */
  readonly changed: Set<string>
  /** Nobody is at the client's end. */
  isLeft: boolean
  /** The session has been given back. */
  isOver: boolean
  deliveredAtMs: number
  readonly undelivered: Array<Buffer>
  cancelIdling: () => void
}

export interface Options extends Pick<GatewayConnection, "id" | "process"> {
  readonly rewrite: (sql: string) => string
  readonly received: (connection: GatewayConnection, bytes: Buffer) => void
  /** The client closes its end. */
  readonly left: (connection: GatewayConnection) => void
}

export const make = ({ id, left, process, received, rewrite }: Options): GatewayConnection => {
  const connection: GatewayConnection = {
    id,
    process,
    socket: new SimulatedSocket(
      (bytes) => received(connection, bytes),
      () => left(connection)
    ),
    reader: ClientRequest.reader(rewrite),
    pending: [],
    session: null,
    isBusy: false,
    changed: new Set(),
    isLeft: false,
    isOver: false,
    deliveredAtMs: 0,
    undelivered: [],
    cancelIdling: () => {}
  }
  return connection
}
