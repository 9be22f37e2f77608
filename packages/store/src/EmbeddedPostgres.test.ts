import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
import { isAlive } from "./internal/Process.ts"
import * as Postgres from "./Postgres.ts"

const settings = ["fsync=off"]

const make = async () => mkdtemp(join(await realpath(tmpdir()), "syncline-embedded-"))
const baseOf = (folder: string) => realpath(join(folder, "postgres")).catch(() => folder)

const endServer = async (folder: string) => {
  const pid = await readFile(join(await baseOf(folder), "cluster/data/postmaster.pid"), "utf8").then(
    (text) => Number.parseInt(text, 10),
    () => 0
  )
  if (!(pid > 0) || !isAlive(pid)) return
  process.kill(pid, "SIGQUIT")
  await Effect.runPromise(until(() => !isAlive(pid)))
}

const remove = async (folder: string) => {
  await endServer(folder)
  await rm(await baseOf(folder), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  await rm(folder, { recursive: true, force: true })
}

/** An empty data folder, whose server and files are gone afterwards. */
const folder = Effect.acquireRelease(Effect.promise(make), (folder) => Effect.promise(() => remove(folder)))

/** The folder of those who ask nothing of how its cluster is made, since that takes a second. None leaves a server there. */
let shared = ""
beforeAll(async () => {
  shared = await make()
})
afterAll(() => remove(shared))
const sharedFolder = Effect.acquireRelease(
  Effect.sync(() => shared),
  (folder) => Effect.promise(() => endServer(folder))
)

const Started = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, isOurs: Schema.Boolean }))

/** A process of its own that holds the folder's server. */
const otherProcess = (folder: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly child: ChildProcess; readonly pid: number; readonly isOurs: boolean }>((resume) => {
      const script = fileURLToPath(new URL("../test/HoldServer.ts", import.meta.url))
      const child = spawn(process.execPath, ["--conditions=@syncline/source", script, folder], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      child.stdout.once("data", (line) =>
        resume(Effect.succeed({ child, ...Schema.decodeUnknownSync(Started)(String(line)) }))
      )
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const end = (child: ChildProcess, signal: "SIGTERM" | "SIGKILL") =>
  Effect.callback<void>((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.kill(signal)
  })

const until = (holds: () => boolean) => Effect.repeat(Effect.sleep("10 millis"), { until: holds })

const ask = (url: Redacted.Redacted, statement: string) =>
  Effect.scoped(Effect.flatMap(Postgres.open({ url, max: 1 }), (postgres) => postgres.query(statement)))

describe("EmbeddedPostgres", () => {
  it.live(
    "keeps its data from one start to the next, durably, and stops when we do",
    () =>
      Effect.gen(function* () {
        const at = yield* sharedFolder
        const first = yield* Effect.scoped(
          Effect.gen(function* () {
            const server = yield* EmbeddedPostgres.start({ folder: at })
            assert.isTrue(server.isOurs)
            yield* ask(server.url, "create table kept (a int); insert into kept values (7)")
            return server
          })
        )
        yield* until(() => !isAlive(first.pid))
        const second = yield* EmbeddedPostgres.start({ folder: at })
        assert.deepStrictEqual([...(yield* ask(second.url, "select a from kept"))], [{ a: 7 }])
        const [row] = yield* ask(
          second.url,
          `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
           current_setting('full_page_writes') as pages, current_setting('server_encoding') as encoding,
           current_setting('max_connections') as connections, 'ä' < 'z' as locale`
        )
        assert.deepStrictEqual(
          { ...row },
          { fsync: "on", commit: "on", pages: "on", encoding: "UTF8", connections: "300", locale: false }
        )
      }),
    90_000
  )

  it.live(
    "lets nobody in without the password, which only its owner can read",
    () =>
      Effect.gen(function* () {
        const at = yield* sharedFolder
        const { url } = yield* EmbeddedPostgres.start({ folder: at, settings })
        const wrong = new URL(Redacted.value(url))
        assert.isAbove(wrong.password.length, 30)
        wrong.password = "guess"
        const error = yield* Effect.flip(ask(Redacted.make(wrong.href), "select 1"))
        assert.strictEqual(error._tag === "SqlError" && error.kind, "permission")
        const { mode } = yield* Effect.promise(() => stat(join(at, "postgres/cluster/password")))
        assert.strictEqual(mode & 0o777, 0o600)
      }),
    90_000
  )

  it.live(
    "a server whose process was killed is found and used again",
    () =>
      Effect.gen(function* () {
        const at = yield* sharedFolder
        const { child, isOurs, pid } = yield* otherProcess(at)
        assert.isTrue(isOurs)
        yield* end(child, "SIGKILL")
        assert.isTrue(isAlive(pid))
        const found = yield* Effect.scoped(EmbeddedPostgres.start({ folder: at, settings }))
        assert.deepInclude(found, { pid, isOurs: false })
        assert.isTrue(isAlive(pid))
      }),
    90_000
  )

  it.live(
    "two processes that start at once share one server, and the first to leave does not take it from the other",
    () =>
      Effect.gen(function* () {
        const at = yield* folder
        const both = yield* Effect.all([otherProcess(at), otherProcess(at)], { concurrency: "unbounded" })
        assert.strictEqual(both[0].pid, both[1].pid)
        const owner = both.find(({ isOurs }) => isOurs)
        assert.isDefined(owner)
        const { isOurs, url } = yield* EmbeddedPostgres.start({ folder: at, settings })
        assert.isFalse(isOurs)
        const mine = yield* Postgres.open({ url })
        if (owner !== undefined) yield* end(owner.child, "SIGTERM")
        assert.strictEqual((yield* mine.query("select 1")).length, 1)
      }),
    90_000
  )

  it.live(
    "after a power cut, the pid file names a process that is somebody else's now",
    () =>
      Effect.gen(function* () {
        const at = yield* sharedFolder
        const { pid } = yield* Effect.scoped(EmbeddedPostgres.start({ folder: at, settings }))
        yield* until(() => !isAlive(pid))
        const file = join(at, "postgres/cluster/data/postmaster.pid")
        yield* Effect.promise(() => writeFile(file, `${process.pid}\n/data\n0\n5432\n\n127.0.0.1\n1 1\nready\n`))
        assert.isTrue((yield* EmbeddedPostgres.start({ folder: at, settings })).isOurs)
      }),
    90_000
  )

  it.live(
    "what an initialisation left half done is made again",
    () =>
      Effect.gen(function* () {
        const at = yield* sharedFolder
        yield* Effect.scoped(EmbeddedPostgres.start({ folder: at, settings }))
        const base = yield* Effect.promise(() => realpath(join(at, "postgres")))
        yield* Effect.promise(async () => {
          await rm(join(base, "cluster"), { recursive: true })
          // No process can have this id: it is above every system's limit.
          await mkdir(join(base, "cluster.99999999/data"), { recursive: true })
        })
        yield* Effect.scoped(EmbeddedPostgres.start({ folder: at, settings }))
        const left = yield* Effect.promise(() =>
          stat(join(base, "cluster.99999999")).then(
            () => true,
            () => false
          )
        )
        assert.isFalse(left)
      }),
    90_000
  )

  it.live("a folder that cannot be is one line with the way out", () =>
    Effect.gen(function* () {
      const at = yield* folder
      yield* Effect.promise(() => writeFile(join(at, "file"), ""))
      const error = yield* Effect.flip(Effect.scoped(EmbeddedPostgres.start({ folder: join(at, "file", "data") })))
      assert.strictEqual(error._tag, "EmbeddedPostgresError")
      assert.include(error.message, "DATABASE_URL")
      assert.notInclude(error.message, "\n")
    })
  )

  it("a full disk is told from the server's own words", () => {
    const error = EmbeddedPostgres.EmbeddedPostgresError.ofServer(
      "postgres",
      'LOG:  starting\n2026-01-01 UTC [1] FATAL:  could not write lock file "postmaster.pid": No space left on device\n'
    )
    assert.strictEqual(error.reason, "disk full")
    assert.include(error.message, "could not write lock file")
    assert.include(error.message, "free some space")
  })
})
