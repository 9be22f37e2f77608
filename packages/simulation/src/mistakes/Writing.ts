/** Mistakes in what is written to the systems. */
import { at, type Mistake, mistake } from "../Mistake.ts"

const connector = "packages/simulation/src/systems/ProviderConnector.ts"
const push = "packages/engine/src/Push.ts"

/** For a mistake that is left to chance. */
const withChance = at(
  connector,
  `import { Effect, Option, Redacted, Schema } from "effect"`,
  `import { Effect, Random, Option, Redacted, Schema } from "effect"`
)

export const writing: ReadonlyArray<Mistake> = [
  mistake(
    "updated-by-guess",
    "S3-D3, I-9",
    "Before a record is made, one that might be there by the other side's name is updated.",
    at(
      connector,
      '...Verb.each(({ key, patch }) => write("POST", path, key, patch, null, readOne)),',
      `...Verb.each(({ key, patch }) =>
          Effect.andThen(
            Effect.ignore(write("PATCH", path + "/" + String(patch["birth"]), key + "?", patch, null, readOne)),
            write("POST", path, key, patch, null, readOne)
          )
        ),`
    )
  ),
  mistake(
    "invented-tag",
    "I-24",
    "A record that is made gets a tag that says who made it.",
    at(
      connector,
      '...Verb.each(({ key, patch }) => write("POST", path, key, patch, null, readOne)),',
      `...Verb.each(({ key, patch }) => {
          const name = names.find((each) => each === "tags" || each === "labels") ?? ""
          const marked = Array.isArray(patch[name]) ? { ...patch, [name]: [...patch[name], "synced"] } : patch
          return write("POST", path, key, marked, null, readOne)
        }),`
    )
  ),
  mistake(
    "placeholder-first",
    "I-24",
    "A record is made under a name of nobody's, and given its own right after.",
    at(
      connector,
      '...Verb.each(({ key, patch }) => write("POST", path, key, patch, null, readOne)),',
      `...Verb.each(({ key, patch }) => {
          const made = "full_name" in patch ? { ...patch, full_name: "unnamed" } : patch
          const named = (record) =>
            Effect.andThen(
              get([record["id"]]),
              write("PATCH", path + "/" + String(record["id"]), key + "?", { full_name: patch["full_name"] }, quirks.tellsVersion ? record["rev"] : null, readOne)
            )
          return Effect.flatMap(write("POST", path, key, made, null, readOne), (record) =>
            made === patch ? Effect.succeed(record) : Effect.retry(named(record), { times: 50 })
          )
        }),`
    )
  ),
  mistake(
    "fresh-key",
    "S1-5",
    "Every attempt of a create has an idempotency key of its own.",
    at(
      connector,
      `"idempotency-key": key,`,
      `"idempotency-key": method === "POST" ? key + "." + (yield* Random.next) : key,`
    ),
    withChance
  ),
  mistake(
    "settle-takes-all",
    "S3-D8",
    "The whole answer to a write becomes the image, and with it what a user had changed meanwhile.",
    at("packages/engine/src/Settle.ts", "mapped.has(name) ? seen : now", "mapped.has(name) ? now : now")
  ),
  mistake(
    "clearing-undone",
    "S1-6",
    "A field that was cleared is taken for one without news.",
    at(
      connector,
      "...(patch !== null && { json: patch })",
      "...(patch !== null && { json: Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null)) })"
    )
  ),
  mistake(
    "blind-write",
    "S3-D9",
    "A record is written without a look at what it is now, at a provider that takes every write.",
    at(
      push,
      `if (isGuarded || at.connection.database._tag !== "None")`,
      "if (isGuarded || at.connection.database._tag !== null)"
    )
  ),
  mistake(
    "version-unsent",
    "I-1",
    "The version that a write believes in is not sent along.",
    at(
      connector,
      `...(typeof version === "number" && { "if-match": String(version) })`,
      '...(version === key && { "if-match": key })'
    )
  ),
  mistake(
    "whole-record-written",
    "I-23",
    "An update sends the whole record as it was last seen, not only what changes.",
    at(
      connector,
      'write("PATCH", `${path}/${id}`, key, patch,',
      'write("PATCH", `${path}/${id}`, key, { ...Object.fromEntries(names.map((name) => [name, base[name] ?? null])), ...patch },'
    )
  ),
  mistake(
    "other-sides-id",
    "S2-B6",
    "A reference is written with the id that its record has at the side it came from.",
    at(
      "packages/engine/src/References.ts",
      `link[side === "source" ? "sourceId" : "targetId"]`,
      `link[side === "source" ? "targetId" : "sourceId"]`
    )
  ),
  mistake(
    "unborn-id",
    "S0-5, I-10",
    "A reference to a record that is not there yet is written with the id that it has at the other side.",
    at(
      "packages/engine/src/References.ts",
      `link[side === "source" ? "sourceId" : "targetId"]`,
      `(link[side === "source" ? "sourceId" : "targetId"] ?? link[side === "source" ? "targetId" : "sourceId"])`
    )
  ),
  mistake(
    "made-on-trial",
    "I-7",
    "A record is made for a trial, deleted again, and made for good; both are counted.",
    at(
      connector,
      '...Verb.each(({ key, patch }) => write("POST", path, key, patch, null, readOne)),',
      `...Verb.each(({ key, patch }) => {
          const taken = (record) =>
            Effect.andThen(
              get([record["id"]]),
              write("DELETE", path + "/" + String(record["id"]), key + "??", null, quirks.tellsVersion ? record["rev"] : null, () => null)
            )
          return Effect.andThen(
            Effect.flatMap(write("POST", path, key + "?", patch, null, readOne), taken),
            write("POST", path, key, patch, null, readOne)
          )
        }),`
    ),
    at(
      "packages/engine/src/Settle.ts",
      "{ [counterOf[entry.operation]]: 1 }",
      `{ [counterOf[entry.operation]]: entry.operation === "create" ? 2 : 1 }`
    )
  ),
  mistake(
    "unborn-at-first",
    "S0-5, I-10",
    "A reference to a record that has only just been found is written with the id that it has where that was.",
    at(
      "packages/engine/src/References.ts",
      `return link[side === "source" ? "sourceId" : "targetId"]`,
      `return link[side === "source" ? "sourceId" : "targetId"] ?? (link.version === 1 ? (link.sourceId ?? link.targetId) : null)`
    )
  ),
  mistake(
    "float-money",
    "I-24",
    "Amounts pass through a binary number that is too short.",
    at(
      "packages/core/src/Canonical/Money.ts",
      'const minor = Number(whole + fraction.slice(0, exponent).padEnd(exponent, "0"))',
      'const minor = Math.fround(Number(whole + fraction.slice(0, exponent).padEnd(exponent, "0")))'
    )
  ),
  mistake(
    "field-without-rule",
    "I-23",
    "An update empties a field that no rule knows.",
    at(
      connector,
      'write("PATCH", `${path}/${id}`, key, patch,',
      'write("PATCH", `${path}/${id}`, key, { ...patch, ...((base[names.at(-1) ?? ""] ?? null) !== null && { [names.at(-1) ?? ""]: null }) },'
    )
  ),
  mistake(
    "credentials-crossed",
    "S2-B22, I-11",
    "A connection is entered with the credentials of another.",
    at(
      "packages/simulation/src/Setting.ts",
      "token: tokenOf(account, side),\n      ...",
      `token: tokenOf(account, side === "source" ? "target" : "source"),\n      ...`
    )
  ),
  mistake(
    "credentials-mixed",
    "S2-B22, I-11",
    "Now and then a write goes out with the credentials of the other connection.",
    at(
      connector,
      `"idempotency-key": key,`,
      `"idempotency-key": key,
      ...((yield* Random.next) < 0.2 && { authorization: "Bearer token-of--source" }),`
    ),
    withChance
  )
]
