/**
 * A real PostgreSQL server that needs no installation: npm's binaries, data in a folder, reachable on this machine only.
 *
 * It listens on a free loopback port with a random password, which a file that only its owner can read keeps beside the data: that
 * works on every system and with any client, and no other user of the machine gets in, as they would with `trust`.
 * A server that a killed process left running is found and used again.
 */
import { Effect, type Redacted, type Scope } from "effect"
import { createHash } from "node:crypto"
import { lstat, mkdir, readFile, readlink, stat, symlink } from "node:fs/promises"
import { join, resolve } from "node:path"
import { EmbeddedPostgresError, isDiskFull } from "./EmbeddedPostgresError.ts"
import { locate, runUser } from "./internal/Binaries.ts"
import { ensure, url } from "./internal/Cluster.ts"
import { find, stop } from "./internal/Server.ts"

export { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"

export interface Options {
  /** Where the data lives, such as `.syncline`. Made when missing. */
  readonly folder: string
  /** Further settings of the server, `name=value`. It is durable as it comes. */
  readonly settings?: ReadonlyArray<string>
}

export interface EmbeddedPostgres {
  readonly url: Redacted.Redacted
  /** False when the server was running already. */
  readonly isOurs: boolean
  readonly pid: number
  /** What the server's log knows of a lost connection, to tell a person; null when it knows nothing. */
  readonly whyLost: Effect.Effect<string | null>
}

/**
 * Finds the folder's server or starts one, and stops with the scope what it started, unless another process uses it then.
 * The first start takes about a second, each further one about 0.2 s.
 */
export const start = Effect.fn("EmbeddedPostgres.start")(function* (
  options: Options
): Effect.fn.Return<EmbeddedPostgres, EmbeddedPostgresError, Scope.Scope> {
  const user = yield* runUser
  const folder = resolve(options.folder)
  const base = yield* Effect.tryPromise({
    try: () => (user === null ? ownFolder(folder) : stagingFolder(folder)),
    catch: (cause) => (cause instanceof EmbeddedPostgresError ? cause : EmbeddedPostgresError.ofSystem(cause))
  })
  const cluster = yield* ensure(base, yield* locate(base, user), user)
  const { server, isOurs } = yield* Effect.acquireRelease(
    Effect.interruptible(find(cluster, options.settings ?? [])),
    (found) => (found.isOurs ? stop(cluster, found.server) : Effect.void)
  )
  const whyLost = Effect.promise(() => readFile(join(cluster.folder, "log"), "utf8").catch(() => "")).pipe(
    Effect.map((log) =>
      isDiskFull(log) ? `the disk of ${folder} is full: free some space, then run again; nothing was lost` : null
    )
  )
  return { url: url(cluster, server.port, "syncline"), isOurs, pid: server.pid, whyLost }
})

const ownFolder = async (folder: string): Promise<string> => {
  const base = join(folder, "postgres")
  await mkdir(base, { recursive: true, mode: 0o700 })
  return base
}

/**
 * Root's server runs as another user, who may not enter a home folder of mode 0700. So everything of it lives in a folder that this
 * user can reach, named after the data folder and linked from there.
 */
const stagingFolder = async (folder: string): Promise<string> => {
  const base = join("/var/tmp", `syncline-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`)
  await mkdir(folder, { recursive: true })
  // One that is there already is looked at below, whoever made it.
  await mkdir(base, { mode: 0o755 }).catch((cause: unknown) => stat(base).catch(() => Promise.reject(cause)))
  const found = await lstat(base)
  // Anyone may make folders in /var/tmp: data only goes where nobody but root can put something else in its place.
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new EmbeddedPostgresError({
      reason: "permission",
      message: `${base} belongs to another user: remove it, set SYNCLINE_HOME to another folder, or set DATABASE_URL to a server of yours`
    })
  }
  const link = join(folder, "postgres")
  if (
    await readlink(link).then(
      (to) => to !== base,
      () => true
    )
  )
    await symlink(base, link).catch(() => undefined)
  return base
}
