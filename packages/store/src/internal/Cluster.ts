/** A database cluster in a folder, made once. */
import { Effect, Redacted } from "effect"
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { EmbeddedPostgresError } from "../EmbeddedPostgresError.ts"
import type { Binaries, RunUser } from "./Binaries.ts"
import { environment, identity, isAlive } from "./Process.ts"

/** A cluster that exists: its data and, readable by its owner only, the password of its one user. */
export interface Cluster {
  readonly folder: string
  readonly password: string
  readonly user: RunUser | null
  readonly binaries: Binaries
}

const system = <A>(run: () => Promise<A>) => Effect.tryPromise({ try: run, catch: EmbeddedPostgresError.ofSystem })

const give = (path: string, user: RunUser | null) =>
  user === null ? Promise.resolve() : chown(path, user.uid, user.gid)

const initialise = (folder: string, binaries: Binaries, user: RunUser | null) =>
  Effect.callback<void, EmbeddedPostgresError>((resume) => {
    let output = ""
    const child = spawn(
      binaries.initdb,
      [
        `--pgdata=${join(folder, "data")}`,
        // Not "syncline": what a user of that name creates without naming a schema would land among our tables.
        "--username=postgres",
        `--pwfile=${join(folder, "password")}`,
        "--auth=scram-sha-256",
        // The password is random and long, so stretching it would only slow every connection down.
        "--set=scram_iterations=1",
        // Ids sort by their bytes, and words fold case by Unicode's tables, the same on every machine.
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions"
      ],
      { cwd: "/", env: environment, ...identity(user) }
    )
    child.stdout.on("data", (chunk) => {
      output += String(chunk)
    })
    child.stderr.on("data", (chunk) => {
      output += String(chunk)
    })
    child.on("error", (error) => resume(Effect.fail(EmbeddedPostgresError.ofSystem(error))))
    child.on("close", (code) =>
      resume(code === 0 ? Effect.void : Effect.fail(EmbeddedPostgresError.ofServer("initdb", output)))
    )
    return Effect.sync(() => {
      child.kill("SIGKILL")
    })
  })

/** Clusters that a process left half made when it was killed. */
const removeAbandoned = async (base: string) => {
  for (const name of await readdir(base)) {
    const pid = /^cluster\.(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(base, name), { recursive: true, force: true })
  }
}

/** The cluster in `base`, made if there is none. Two processes may try at once: one rename wins, and both use its cluster. */
export const ensure = Effect.fn("Cluster.ensure")(function* (base: string, binaries: Binaries, user: RunUser | null) {
  const folder = join(base, "cluster")
  if (!(yield* system(() => exists(folder)))) {
    yield* system(() => removeAbandoned(base))
    const unfinished = join(base, `cluster.${process.pid}`)
    yield* system(async () => {
      await rm(unfinished, { recursive: true, force: true })
      await mkdir(unfinished, { mode: 0o700 })
      await writeFile(join(unfinished, "password"), randomBytes(24).toString("base64url"), { mode: 0o600 })
      await give(join(unfinished, "password"), user)
      await give(unfinished, user)
    })
    yield* initialise(unfinished, binaries, user).pipe(
      Effect.andThen(system(() => rename(unfinished, folder))),
      Effect.catch((error) =>
        Effect.promise(() => exists(folder)).pipe(Effect.flatMap((lost) => (lost ? Effect.void : Effect.fail(error))))
      ),
      Effect.ensuring(Effect.promise(() => rm(unfinished, { recursive: true, force: true })))
    )
  }
  const password = yield* system(() => readFile(join(folder, "password"), "utf8"))
  const cluster: Cluster = { folder, password: password.trim(), user, binaries }
  return cluster
})

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false
  )

export const url = (cluster: Cluster, port: number, database: string) =>
  Redacted.make(`postgres://postgres:${cluster.password}@127.0.0.1:${port}/${database}`)
