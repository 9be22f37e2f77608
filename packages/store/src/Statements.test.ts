import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL("..", import.meta.url))
const files = globSync(["src/**/*.ts", "migrations/*.sql"], { cwd: folder, exclude: ["src/**/*.test.ts"] })

// What a database decides by itself, a simulation cannot repeat.
const undecided =
  /\b(now|random|gen_random_uuid|uuidv7|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(|\bcurrent_(timestamp|date|time)\b/i

// Such a join is planned by what the server believes of a table, and of one that is just being filled it believes nothing.
const joined = /\b(using|join)\s+json_|\bupdate syncline\.[^`]*?\bfrom json_/

describe("Statements", () => {
  it("find rows by the keys of a batch through `given`, whatever the server knows of the table", () => {
    assert.match("delete from t using json_to_recordset($1)", joined)
    const guilty = files.filter((file) => joined.test(readFileSync(`${folder}/${file}`, "utf8")))
    assert.deepStrictEqual(guilty, [])
  })

  it("ask the database for no time and no chance, but for StoreClock", () => {
    const guilty = files.filter((file) => undecided.test(readFileSync(`${folder}/${file}`, "utf8")))
    assert.deepStrictEqual(guilty, ["src/StoreClock.ts"])
  })
})
