/** Two tables whose sides are driven by two processes: the tables, the engine of each process, and what one seed plays on them. */
import { HttpClient, Sql } from "@syncline/connector"
import { Capture, postgres } from "@syncline/connector-postgres"
import { Side } from "@syncline/core"
import { Postgres, Store } from "@syncline/store"
import { Effect, Layer, Redacted, Schema } from "effect"
import { defineConfig, Engine, type Policies } from "../src/index.ts"
import * as SqlRemote from "../src/SqlRemote.ts"
import * as SideProcess from "./SideProcess.ts"

export const strategies = ["source_wins", "target_wins", "merge"] as const
export type Strategy = (typeof strategies)[number]

const ddl = `
  create schema crm; create schema app;
  create table crm.people (id uuid primary key default gen_random_uuid(), birth text not null unique, name text, email text, phone text);
  create table app.contacts (id bigint generated always as identity primary key, birth text not null unique, full_name text, mail text, phone text)`

const columns = {
  source: { table: "crm.people", name: "name", email: "email", phone: "phone" },
  target: { table: "app.contacts", name: "full_name", email: "mail", phone: "phone" }
} as const

const fields = ["name", "email", "phone"] as const
type Field = (typeof fields)[number]

const configs = {
  crm: { schema: "crm", tables: { people: { key: "id", capture: "log", onDelete: "delete" } } },
  app: { schema: "app", tables: { contacts: { key: "id", capture: "log", onDelete: "delete" } } }
} as const

const projectOf = (policies: Policies) =>
  defineConfig({
    connections: {
      crm: { connector: postgres, config: configs.crm },
      app: { connector: postgres, config: configs.app }
    },
    integrations: {
      contacts: {
        source: "crm",
        target: "app",
        entities: [
          {
            source: "people",
            target: "contacts",
            match: [],
            mapping: [
              { source: "birth", target: "birth" },
              { source: "name", target: "full_name" },
              { source: "email", target: "mail" },
              { source: "phone", target: "phone" }
            ]
          }
        ],
        ...policies
      }
    },
    jobs: { people: { integration: "contacts", entity: "people", direction: "bidirectional" } }
  })

/** The engine of one process. */
export const engine = (url: string, strategy: Strategy) =>
  Layer.build(
    Engine.layer(projectOf({ strategy, estimated: true })).pipe(
      Layer.provide(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(HttpClient.layer)
    )
  ).pipe(Effect.flatMap((services) => Effect.provideContext(Engine, services)))

const recordsOfSeed = 4

/** Makes the tables in an empty database with the records of all seeds, the same at both sides, and starts both processes. */
export const open = Effect.fn("SideBySide.open")(function* (
  url: string,
  strategy: Strategy,
  seeds: ReadonlyArray<number>
) {
  const pool = yield* Postgres.open({ url: Redacted.make(url) })
  yield* pool.query(ddl)
  for (const config of Object.values(configs)) {
    const decoded = yield* Effect.orDie(Schema.decodeUnknownEffect(postgres.config)(config))
    for (const table of Capture.tables(decoded))
      yield* Effect.provideService(Capture.install(decoded, table), Sql, SqlRemote.onDatabase(pool))
  }
  yield* pool.query(
    `insert into crm.people (birth, name, email, phone) select b, b || '-name', b || '-email', b || '-phone'
     from jsonb_array_elements_text($1::text::jsonb) as b`,
    [JSON.stringify(seeds.flatMap(birthsOf))]
  )
  // The first match needs both sides in one process.
  yield* Effect.scoped(Effect.flatMap(engine(url, strategy), (both) => both.run("contacts")))
  const drivers = yield* Effect.forEach(Side.Side.literals, (side) => SideProcess.start(url, strategy, side))
  /** Both sides at one instant, but for what one of them is held back. */
  const drive = (heldMs: Readonly<Record<Side.Side, number>>) =>
    Effect.forEach(drivers, ({ run, side }) => run(heldMs[side]), { concurrency: "unbounded", discard: true })
  return { drive, query: pool.query, strategy }
})

type World = Effect.Success<ReturnType<typeof open>>

const birthsOf = (seed: number): ReadonlyArray<string> =>
  Array.from({ length: recordsOfSeed }, (_, index) => `s${seed}r${index}`)

/** What a user did to a record at one side. */
type Act =
  | { readonly _tag: "Edits"; readonly values: Readonly<Partial<Record<Field, string>>> }
  | { readonly _tag: "Deletes" }

interface Acts {
  readonly birth: string
  readonly source: Act
  readonly target: Act
}

/** The same numbers for the same seed (mulberry32). */
const dice = (seed: number) => {
  let state = seed * 0x9e3779b1
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const actsOf = (seed: number, random: () => number): ReadonlyArray<Acts> =>
  birthsOf(seed).map((birth) => {
    const act = (side: Side.Side): Act => {
      if (random() < 0.08) return { _tag: "Deletes" }
      const edited = fields.filter(() => random() < 0.5)
      return { _tag: "Edits", values: Object.fromEntries(edited.map((field) => [field, `${birth}-${field}-${side}`])) }
    }
    return { birth, source: act("source"), target: act("target") }
  })

const perform = Effect.fnUntraced(function* ({ query }: World, side: Side.Side, acts: ReadonlyArray<Acts>) {
  const { table, ...names } = columns[side]
  const edits = acts.flatMap(({ birth, [side]: act }) => (act._tag === "Edits" ? [{ birth, ...act.values }] : []))
  const doomed = acts.flatMap(({ birth, [side]: act }) => (act._tag === "Deletes" ? [birth] : []))
  yield* query(
    `update ${table} t set ${fields.map((field) => `${names[field]} = coalesce(u.${field}, t.${names[field]})`).join(", ")}
     from jsonb_to_recordset($1::text::jsonb) as u(birth text, name text, email text, phone text)
     where u.birth = t.birth and coalesce(u.name, u.email, u.phone) is not null`,
    [JSON.stringify(edits)]
  )
  yield* query(`delete from ${table} where birth in (select jsonb_array_elements_text($1::text::jsonb))`, [
    JSON.stringify(doomed)
  ])
})

type Values = Readonly<Record<Field, string | null>>

const shown = Effect.fnUntraced(function* ({ query }: World, side: Side.Side, births: ReadonlyArray<string>) {
  const { table, ...names } = columns[side]
  const rows = yield* query(
    `select birth, ${fields.map((field) => `${names[field]} as ${field}`).join(", ")} from ${table}
     where birth in (select jsonb_array_elements_text($1::text::jsonb)) order by birth`,
    [JSON.stringify(births)]
  )
  const textOf = (value: unknown) => (typeof value === "string" ? value : null)
  return new Map(
    rows.map(({ birth, email, name, phone }): [string, Values] => [
      String(birth),
      { name: textOf(name), email: textOf(email), phone: textOf(phone) }
    ])
  )
})

/** What each field may be in the end; null: the record is gone. */
const endingOf = (
  { birth, source, target }: Acts,
  strategy: Strategy
): Readonly<Record<Field, ReadonlyArray<string>>> | null => {
  const winner = strategy === "merge" ? null : strategy === "source_wins" ? "source" : "target"
  const valuesOf = (act: Act) => (act._tag === "Edits" ? act.values : {})
  const isEdited = (act: Act) => Object.keys(valuesOf(act)).length > 0
  if (source._tag === "Deletes" || target._tag === "Deletes") {
    const deleter = source._tag === "Deletes" ? "source" : "target"
    const isKept = isEdited(deleter === "source" ? target : source) && winner !== deleter
    if (!isKept) return null
  }
  const endings = fields.map((field): [Field, ReadonlyArray<string>] => {
    const mine = valuesOf(source)[field]
    const theirs = valuesOf(target)[field]
    if (mine === undefined || theirs === undefined) return [field, [mine ?? theirs ?? `${birth}-${field}`]]
    return [field, winner === null ? [mine, theirs] : [winner === "source" ? mine : theirs]]
  })
  return { name: [], email: [], phone: [], ...Object.fromEntries(endings) }
}

const complaintsOf = Effect.fnUntraced(function* (world: World, acts: ReadonlyArray<Acts>) {
  const births = acts.map(({ birth }) => birth)
  const source = yield* shown(world, "source", births)
  const target = yield* shown(world, "target", births)
  return acts.flatMap((each): ReadonlyArray<string> => {
    const mine = source.get(each.birth)
    const theirs = target.get(each.birth)
    const ending = endingOf(each, world.strategy)
    const told = `${JSON.stringify(each)}: ${JSON.stringify(mine)} and ${JSON.stringify(theirs)}`
    if (ending === null) return mine === undefined && theirs === undefined ? [] : [`not deleted: ${told}`]
    if (mine === undefined || theirs === undefined) return [`missing: ${told}`]
    return fields.flatMap((field) =>
      mine[field] === theirs[field] && ending[field].includes(mine[field] ?? "") ? [] : [`${field}: ${told}`]
    )
  })
})

/** Values that users wrote, that are at neither side, and that nothing remembers. */
const lostOf = Effect.fnUntraced(function* (world: World, acts: ReadonlyArray<Acts>) {
  const written = acts.flatMap(({ source, target }) =>
    [source, target].flatMap((act) => (act._tag === "Edits" ? Object.values(act.values) : []))
  )
  const rows = yield* world.query(
    `with written as (select jsonb_array_elements_text($1::text::jsonb) as value)
     select value from written where not exists (
       select from crm.people p where value in (p.name, p.email, p.phone)
     ) and not exists (
       select from syncline.history h, jsonb_each(h.fields) as f (name, change)
       where f.change->>'new' = value or f.change->>'old' = value
     ) and not exists (
       select from syncline.conflict c where strpos(c.contested::text, '"' || value || '"') > 0
     ) order by 1`,
    [JSON.stringify(written)]
  )
  return rows.map(({ value }) => `nobody remembers "${String(value)}"`)
})

/** Rounds in which what was decided on something that had moved is decided again. */
const maxRounds = 5

/** Plays one seed: users of both sides edit the same records, then both processes are let go at once. Answers the broken promises. */
export const play = Effect.fn("SideBySide.play")(function* (world: World, seed: number) {
  const random = dice(seed)
  const acts = actsOf(seed, random)
  for (const side of Side.Side.literals) yield* perform(world, side, acts)
  // Most often at the same instant; else so much later that the other one is deciding, or sending.
  const heldMs = () => (random() < 0.5 ? 0 : Math.floor(random() * 60))
  let complaints: ReadonlyArray<string> = ["not driven"]
  for (let round = 0; round < maxRounds && complaints.length > 0; round++) {
    yield* world.drive({ source: heldMs(), target: heldMs() })
    complaints = yield* complaintsOf(world, acts)
  }
  return [...complaints, ...(yield* lostOf(world, acts))].map((each) => `seed ${seed} (${world.strategy}): ${each}`)
})

/** What both change logs hold: each write of each row. */
export const writes = ({ query }: World) =>
  Effect.map(
    query(
      "select (select count(*)::int from crm.syncline_change) + (select count(*)::int from app.syncline_change) as n"
    ),
    ([row]) => Number(row?.["n"])
  )
