/** The keys that credentials are sealed with: from the environment, from a file, or one of our own beside the embedded database. */
import { Envelope } from "@syncline/store"
import { Config, Effect, Option, Redacted } from "effect"
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { badInput, type Problem } from "./Problem.ts"
import type { StoreLocation } from "./StoreLocation.ts"

const environment = Config.all({
  keys: Config.option(Config.Redacted("SYNCLINE_MASTER_KEY")),
  file: Config.option(Config.String("SYNCLINE_MASTER_KEY_FILE"))
})

const wayOut = "It is 32 bytes in base64, or several separated by commas; make one with: syncline keys generate"

const parse = (text: string, source: string): Effect.Effect<ReadonlyArray<Envelope.Key>, Problem> =>
  Effect.forEach(
    text.split(/[,\n]/).filter((part) => part.trim() !== ""),
    (part, index) =>
      Option.match(Envelope.parseKey(part), {
        onNone: () => Effect.fail(badInput(`key ${index + 1} of ${source} is not a master key`, wayOut)),
        onSome: Effect.succeed
      })
  )

const readKeys = (path: string, source: string) =>
  Effect.flatMap(
    Effect.tryPromise({
      try: () => readFile(path, "utf8"),
      catch: () => badInput(`${source} names ${path}, which cannot be read`, wayOut)
    }),
    (text) => parse(text, source)
  )

const ownFile = (folder: string): string => join(folder, "master.key")

/** The first seals what is new. Empty where nobody has given one, and then no credentials can be kept. */
export const find = Effect.fn("MasterKey.find")(function* (
  location: StoreLocation
): Effect.fn.Return<ReadonlyArray<Envelope.Key>, Problem> {
  const { file, keys } = yield* Effect.orDie(environment)
  const given = Option.filter(keys, (key) => Redacted.value(key).trim() !== "")
  if (Option.isSome(given)) return yield* parse(Redacted.value(given.value), "SYNCLINE_MASTER_KEY")
  const path = Option.filter(file, (path) => path !== "")
  if (Option.isSome(path)) return yield* readKeys(path.value, "SYNCLINE_MASTER_KEY_FILE")
  if (location._tag === "Url" || !existsSync(ownFile(location.folder))) return []
  return yield* readKeys(ownFile(location.folder), "the data folder")
})

/** Makes a key beside the embedded database, which is ours alone, and says so. Null where there is nothing to make. */
export const make = Effect.fn("MasterKey.make")(function* (location: StoreLocation) {
  if (location._tag === "Url" || (yield* find(location)).length > 0) return null
  const path = ownFile(location.folder)
  yield* Effect.tryPromise({
    try: async () => {
      await mkdir(location.folder, { recursive: true })
      // Never over one that is there: what it has sealed could not be opened any more.
      await writeFile(path, `${Envelope.printKey(randomBytes(Envelope.keyBytes))}\n`, { mode: 0o600, flag: "wx" })
    },
    catch: (error) => badInput(`${path} cannot be written: ${String(error)}`)
  })
  return path
})

/** What a person is told when a key was made. */
export const notice = (path: string): ReadonlyArray<string> => [
  `A master key was made in ${path}: credentials are sealed with it. Whoever has it and the database can read them, and`,
  "without it nobody can: keep a copy apart from the database. In production give your own: SYNCLINE_MASTER_KEY."
]
