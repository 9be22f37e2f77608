/** What a person does with dead letters, tenants and invitations, word by word. */
import { assert, describe, it } from "@effect/vitest"
import { Postgres } from "@syncline/store"
import { Effect, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import * as PeopleProject from "./PeopleProject.ts"
import * as Typed from "./Typed.ts"

const ddl = `
  create schema crm; create schema app;
  create table crm.people (id bigint generated always as identity primary key, name text);
  create table app.contacts (id bigint generated always as identity primary key, full_name text check (length(full_name) < 10));
  insert into crm.people (name) values ('Augusta Ada King'), ('Grace Brewster'), ('Katherine Johnson')`

/** As if three executions had tried in vain. */
const kill = `update syncline.outbox set state = 'dead'; update syncline.retry_ledger set state = 'dead'`

const Ids = Schema.fromJsonString(Schema.Struct({ ids: Schema.Array(Schema.String) }))

/** The writes by what they carry: who is to be called so. */
const writes = `select entry_id as id, changes -> 'full_name' ->> 'value' as name, state from syncline.outbox order by name`

const given = Effect.gen(function* () {
  const folder = yield* PeopleProject.open
  const DATABASE_URL = yield* Effect.promise(() => storeDatabase())
  const { query } = yield* Postgres.open({ url: Redacted.make(DATABASE_URL), max: 1 })
  yield* query(ddl)
  const environment = { DATABASE_URL, SYNCLINE_MASTER_KEY: randomBytes(32).toString("base64") }
  const command = (...words: ReadonlyArray<string>) => Typed.command(words, folder, environment)
  const succeeds = Effect.fnUntraced(function* (...words: ReadonlyArray<string>) {
    const ended = yield* command(...words)
    assert.strictEqual(ended.code, 0, ended.stderr + ended.stdout)
    return ended.stdout.trimEnd()
  })
  const refused = Effect.fnUntraced(function* (words: ReadonlyArray<string>, ...told: ReadonlyArray<string>) {
    const ended = yield* command(...words)
    assert.strictEqual(ended.code, 4, ended.stderr + ended.stdout)
    for (const part of told) assert.include(ended.stderr, part)
  })
  return { query, command, succeeds, refused }
})

describe("syncline", () => {
  it.live(
    "edits one dead letter, tries those of its cause again, and gives one up, by whose word and why",
    () =>
      Effect.gen(function* () {
        const { command, query, succeeds } = yield* given
        yield* command("run", "contacts")
        yield* query(kill)
        const states = Effect.map(query(writes), (rows) =>
          rows.map(({ name, state }) => `${String(name)} ${String(state)}`)
        )
        const idOf = (wanted: string) =>
          Effect.map(query(writes), (rows) => String(rows.find(({ name }) => name === wanted)?.["id"]))

        const ada = yield* idOf("Augusta Ada King")
        yield* succeeds("deadletters", "edit", ada, "full_name=Ada")
        assert.deepStrictEqual(yield* states, ["Ada pending", "Grace Brewster dead", "Katherine Johnson dead"])

        const grace = yield* idOf("Grace Brewster")
        const katherine = yield* idOf("Katherine Johnson")
        const retried = yield* Schema.decodeEffect(Ids)(
          yield* succeeds("deadletters", "retry", "--cause", grace, "--json")
        )
        assert.sameMembers([...retried.ids], [grace, katherine])
        assert.deepStrictEqual(yield* states, ["Ada pending", "Grace Brewster pending", "Katherine Johnson pending"])

        yield* query(kill)
        yield* succeeds("deadletters", "discard", katherine, "--by", "ada", "--why", "she has left")
        assert.include(yield* succeeds("deadletters", "list", "--discarded"), "by ada: she has left")
      }).pipe(Effect.scoped),
    180_000
  )

  it.live(
    "gives a tenant settings of its own and takes them back, and invites somebody else to consent",
    () =>
      Effect.gen(function* () {
        const { refused, succeeds } = yield* given
        const own = ["tenants", "override", "acme", "contacts/people"]
        yield* succeeds("tenants", "add", "acme")
        yield* refused([...own, "strategy=nobody_wins"], "strategy", "source_wins", `got "nobody_wins"`)
        yield* succeeds(...own, "strategy=target_wins")
        assert.include(yield* succeeds("tenants", "overrides", "acme"), `contacts/people  {"strategy":"target_wins"}`)

        const invite = (connection: string, ...more: ReadonlyArray<string>) => [
          "connections",
          "invite",
          connection,
          "--tenant",
          "acme",
          ...more
        ]
        yield* refused(invite("books"), "SYNCLINE_PUBLIC_URL")
        const at = ["--url", "https://sync.example.com/"]
        yield* refused(invite("app", ...at), `"app" (postgres)`, "nobody can consent", "syncline connections add app")
        assert.include(yield* succeeds(...invite("books", ...at)), "https://sync.example.com/connect/books?")
      }).pipe(Effect.scoped),
    180_000
  )
})
