/** What has to be true of every history once all is quiet: the sides are the same, nothing is doubled, no edit is lost. */
import { Effect } from "effect"
import * as HistoryModel from "./HistoryModel.ts"
import * as HistoryUsers from "./HistoryUsers.ts"
import { type Field, fields, type HistoryWorld } from "./HistoryWorld.ts"

const shown = 3

/** Each broken promise with the tale of its record. */
export const violationsOf = Effect.fnUntraced(function* (
  world: HistoryWorld,
  stories: ReadonlyMap<string, HistoryModel.Story>,
  deleted: ReadonlySet<string>,
  rules: HistoryModel.Rules
) {
  const sides = {
    source: Map.groupBy(yield* HistoryUsers.people(world, "source"), ({ birth }) => birth),
    target: Map.groupBy(yield* HistoryUsers.people(world, "target"), ({ birth }) => birth)
  }
  const kept = yield* remembered(world)
  const broken: Array<string> = []
  let told = 0
  for (const story of stories.values()) {
    const source = sides.source.get(story.birth) ?? []
    const target = sides.target.get(story.birth) ?? []
    const complaints = complaintsOf(story, source, target, kept, deleted, rules)
    if (complaints.length === 0) continue
    const head = `${story.birth}: ${complaints.join("; ")}`
    const isTold = told++ < shown
    broken.push(isTold ? [head, ...story.tale, ...(yield* stateOf(world, story.birth))].join("\n    ") : head)
  }
  const [companies] = yield* world.query(
    `select coalesce(jsonb_agg(birth), '[]') as births from (
       select birth, count(*) as n, 'c' as side from crm.companies group by birth
       except select birth, count(*), 'c' from app.accounts group by birth) as d`
  )
  if (JSON.stringify(companies?.["births"]) !== "[]")
    broken.push(`companies differ: ${JSON.stringify(companies?.["births"])}`)
  return broken
})

const complaintsOf = (
  story: HistoryModel.Story,
  source: ReadonlyArray<HistoryUsers.Person>,
  target: ReadonlyArray<HistoryUsers.Person>,
  kept: ReadonlySet<string>,
  deleted: ReadonlySet<string>,
  rules: HistoryModel.Rules
): ReadonlyArray<string> => {
  const [mine] = source
  const [theirs] = target
  if (source.length > 1 || target.length > 1) return [`doubled: ${source.length} and ${target.length}`]
  if ((mine === undefined) !== (theirs === undefined))
    return [`only at the ${mine === undefined ? "target" : "source"}`]
  if (story.lives === "no" && mine !== undefined) return ["was deleted, and is there"]
  if (story.lives === "yes" && mine === undefined) return ["is gone, and was not deleted"]
  if (mine === undefined || theirs === undefined) return lost(story, kept)
  return [...fields.flatMap((field) => ofField(story, field, mine, theirs, deleted, rules)), ...lost(story, kept)]
}

const ofField = (
  story: HistoryModel.Story,
  field: Field,
  mine: HistoryUsers.Person,
  theirs: HistoryUsers.Person,
  deleted: ReadonlySet<string>,
  rules: HistoryModel.Rules
): ReadonlyArray<string> => {
  const value = HistoryModel.canonical(field, mine.values[field])
  const other = HistoryModel.canonical(field, theirs.values[field])
  if (value !== other) return [`${field} differs: "${value}" and "${other}"`]
  const isForgotten =
    (field === "company" || field === "manager") &&
    value === "" &&
    story.written.some((each) => each.field === field && deleted.has(each.value))
  const candidates = story.candidates.get(field)
  if (candidates === undefined || candidates.has(value) || isForgotten) return []
  return [
    `${field} is "${value}", not one of ${[...candidates].map((each) => `"${each}"`).join(", ")} (${rules.strategy})`
  ]
}

/** Unique values that users wrote, that no later one took the place of, and that are remembered nowhere. */
const lost = (story: HistoryModel.Story, kept: ReadonlySet<string>): ReadonlyArray<string> =>
  story.written.flatMap(({ field, isWithdrawn, value }, index) => {
    const tokens = value.match(/\d{7}/g) ?? []
    if (isWithdrawn || field === "company" || field === "home" || field === "manager") return []
    const isOverwritten = story.written.some((each, later) => later > index && each.field === field)
    // An amount that a side rounds up to the next whole number may be kept as it was before.
    const isKept = (token: string) => kept.has(token) || (field === "amount" && kept.has(String(Number(token) - 1)))
    const missing = tokens.filter((token) => !isKept(token))
    return isOverwritten || missing.length === 0 ? [] : [`${field} "${value}" is lost`]
  })

/** The unique parts of all values that are at a side, in a conflict or in history. */
const remembered = Effect.fnUntraced(function* (world: HistoryWorld) {
  const rows = yield* world.query(
    `select distinct token[1] as token from (
       select to_jsonb(t)::text as text from crm.people t union all select to_jsonb(t)::text from app.contacts t
       union all select fields::text || coalesce(cause::text, '') from syncline.history
       union all select contested::text || withheld::text || coalesce(source_record::text, '') || coalesce(target_record::text, '') from syncline.conflict
     ) as all_text, regexp_matches(text, '\\d{7}', 'g') as token order by 1`
  )
  return new Set(rows.map(({ token }) => String(token)))
})

/** What the tables and the store hold of a record. */
const stateOf = Effect.fnUntraced(function* (world: HistoryWorld, birth: string) {
  const rows = yield* world.query(
    `with l as (select record_key as key from syncline.link where source_image->>'birth' = $1::text or target_image->>'birth' = $1::text
       union select record_key from syncline.history where fields->'birth'->>'new' = $1::text)
     select kind, data from (
       select 1 as n, 0 as m, 'source now' as kind, to_jsonb(t) as data from crm.people t where birth = $1::text
       union all select 1, 1, 'target now', to_jsonb(t) from app.contacts t where birth = $1::text
       union all select 2, 0, 'link', to_jsonb(t) from syncline.link t where entity = 'people' and record_key in (select key from l)
       union all select 3, ord, 'entry', to_jsonb(t) from syncline.outbox t where entity = 'people' and record_key in (select key from l)
       union all select 3, 0, 'lane', to_jsonb(t) from syncline.lane t where entity = 'people' and record_key in (select key from l)
       union all select 4, 0, 'waiting', to_jsonb(t) from syncline.waiting t where entity = 'people' and record_key in (select key from l)
       union all select 4, 0, 'failure', to_jsonb(t) from syncline.retry_ledger t where entity = 'people' and record_key in (select key from l)
       union all select 5, version * 10 + n, 'history ' || side || ' ' || operation, jsonb_build_object('v', version, 'at', changed_at, 'fields', fields, 'cause', cause) from syncline.history where entity = 'people' and record_key in (select key from l)
       union all select 6, 0, 'conflict', to_jsonb(t) from syncline.conflict t where entity = 'people' and record_key in (select key from l)
     ) as all_rows order by n, m, kind, data::text`,
    [birth]
  )
  return rows.map(({ data, kind }) => `${String(kind)}: ${JSON.stringify(data)}`)
})
