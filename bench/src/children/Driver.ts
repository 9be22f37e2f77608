/** The baselines' connection. With postgres.js's own socket every batch would wait 40 ms for an acknowledgement (Nagle's algorithm). */
import { connect, type Socket } from "node:net"
import postgres from "postgres"

type Options = postgres.Options<Record<string, postgres.PostgresType>> & { readonly socket: () => Socket }

export const open = (databaseUrl: string): postgres.Sql => {
  const { hostname, port } = new URL(databaseUrl)
  const options: Options = {
    max: 1,
    socket: () =>
      Object.assign(connect({ host: hostname, port: Number(port), noDelay: true }), {
        host: hostname,
        port: Number(port)
      })
  }
  return postgres(databaseUrl, options)
}
