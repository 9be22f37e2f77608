/** Where the store is: a database that the user names, or a server of our own in a folder. */
import type { Store } from "@syncline/store"
import { Config, Effect, Option, Redacted } from "effect"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import type { Problem } from "./Problem.ts"
import { badInput } from "./Problem.ts"

export type StoreLocation =
  /** `directUrl` leads past a pooler that stands before `url`. */
  | { readonly _tag: "Url"; readonly url: Redacted.Redacted; readonly directUrl?: Redacted.Redacted }
  /** `folder` is absolute; the server is started when it does not run. */
  | { readonly _tag: "Embedded"; readonly folder: string }

const environment = Config.all({
  databaseUrl: Config.option(Config.Redacted("DATABASE_URL")),
  directUrl: Config.option(Config.Redacted("DATABASE_URL_DIRECT")),
  home: Config.option(Config.String("SYNCLINE_HOME")),
  redisUrl: Config.option(Config.Redacted("REDIS_URL"))
})

const isNotEmpty = (text: string): boolean => text !== ""

/** `~` is the shell's, and what comes from a file or a container has not met a shell. */
const expand = (path: string): string => (path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path)

/** The folder for all that Syncline keeps: `SYNCLINE_HOME`, else `.syncline` in `folder`. */
export const dataFolder = Effect.fn("StoreLocation.dataFolder")(function* (folder: string): Effect.fn.Return<string> {
  const { home } = yield* Effect.orDie(environment)
  return resolve(folder, expand(Option.getOrElse(Option.filter(home, isNotEmpty), () => ".syncline")))
})

/**
 * `--database-url`, else `DATABASE_URL`, else a server in the data folder. `DATABASE_URL_DIRECT` says that the former is a pooler's, which
 * may give each transaction another session, and how the server itself is reached.
 */
export const find = Effect.fn("StoreLocation.find")(function* (
  folder: string,
  flag: Option.Option<Redacted.Redacted>
): Effect.fn.Return<StoreLocation, Problem> {
  const { databaseUrl, directUrl } = yield* Effect.orDie(environment)
  const isGiven = (value: Redacted.Redacted) => isNotEmpty(Redacted.value(value))
  const url = Option.filter(
    Option.orElse(flag, () => databaseUrl),
    isGiven
  )
  const direct = Option.filter(directUrl, isGiven)
  if (Option.isNone(url)) return { _tag: "Embedded", folder: yield* dataFolder(folder) }
  yield* readable(Option.isSome(flag) ? "--database-url" : "DATABASE_URL", url.value)
  if (Option.isNone(direct)) return { _tag: "Url", url: url.value }
  yield* readable("DATABASE_URL_DIRECT", direct.value)
  return { _tag: "Url", url: url.value, directUrl: direct.value }
})

const readable = (source: string, url: Redacted.Redacted): Effect.Effect<void, Problem> => {
  const text = Redacted.value(url)
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
    ? Effect.void
    : badInput(
        `${source} is not the URL of a PostgreSQL database`,
        "It looks like postgres://user:password@host:5432/database; characters such as @ in a password are written %40"
      )
}

/** How the store is opened. */
export const optionsOf = (location: StoreLocation): Store.Options =>
  location._tag === "Embedded" ? { embedded: { folder: location.folder } } : location

/** `REDIS_URL`, for look-ups of links; none without it. */
export const redis: Effect.Effect<Option.Option<Redacted.Redacted>, Problem> = Effect.gen(function* () {
  const { redisUrl } = yield* Effect.orDie(environment)
  const url = Option.filter(redisUrl, (value) => isNotEmpty(Redacted.value(value)))
  if (Option.isNone(url)) return url
  const text = Redacted.value(url.value)
  if (/^rediss?:\/\//.test(text) && URL.canParse(text)) return url
  return yield* badInput(
    "REDIS_URL is not the URL of a Redis",
    "It looks like redis://user:password@host:6379/0; without it nothing but speed is lost"
  )
})
