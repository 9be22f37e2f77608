import { assert, describe, layer } from "@effect/vitest"
import { RecordId, Reconciliation, Side } from "@syncline/core"
import { Effect } from "effect"
import * as Pair from "../test/Pair.ts"
import * as World from "../test/World.ts"
import { Deletions } from "./Deletions.ts"
import { Kind, Reconciliations } from "./Reconciliations.ts"
import { Store } from "./Store.ts"

const wanted = { tellsMissed: true, tellsBack: true }
const both = { source: wanted, target: wanted }
const farAheadMs = Number.MAX_SAFE_INTEGER

/** Everything that can be known of an id, beside everything that a listing can say of it. */
const comparisons = [
  null,
  ...["mapped", "stale", "pending"].flatMap((status) =>
    [false, true].flatMap((isGone) =>
      ["no", "made", "touched"].flatMap((fresh) =>
        [false, true].flatMap((isPending) => [null, "v1"].map((mark) => ({ status, isGone, fresh, isPending, mark })))
      )
    )
  )
].flatMap((link) => [null, { mark: null }, { mark: "v1" }, { mark: "v2" }].map((listed) => ({ link, listed })))

const idOf = (index: number) => RecordId.make(`r${String(index).padStart(4, "0")}`)

/** A link for each comparison, as it was before or after `startedAtMs`. */
const plant = Effect.fnUntraced(function* (name: string, startedAtMs: number) {
  const { postgres } = yield* Store
  const key = Pair.keyOf(name)
  const pair = [key.tenant, key.integration, key.entity]
  const rows = comparisons.flatMap(({ link }, index) =>
    link === null ? [] : [{ ...link, id: idOf(index), at: startedAtMs }]
  )
  const before = "to_timestamp((at - 1000) / 1000)"
  yield* postgres.query(
    `insert into syncline.link (tenant_id, integration, entity, record_key, kind, source_id, target_id, version, status, is_deleted,
       created_at, updated_at, deleted_at, source_image, target_image, source_version, target_version, source_observed_at, target_observed_at)
     select $1, $2, $3, id, 'pair', id, id, 1, status, "isGone", made, made, case when "isGone" then made end, image, image, mark, mark,
       touched, touched
     from (select *, case fresh when 'made' then to_timestamp(at / 1000) else ${before} end as made,
         case fresh when 'touched' then to_timestamp(at / 1000) else ${before} end as touched,
         case when "isGone" then null else '{}'::jsonb end as image
       from json_to_recordset($4::text::json) as w (id text, status text, fresh text, "isGone" boolean, mark text, at float8)) as w`,
    [...pair, JSON.stringify(rows)]
  )
  const pending = rows.filter(({ isPending }) => isPending).map(({ id }) => id)
  yield* postgres.query(
    `insert into syncline.outbox (tenant_id, integration, entity, record_key, side, ord, entry_id, operation, changes, is_estimated,
       state, revision, attempts, execution_id, created_at, updated_at)
     select $1, $2, $3, id, side, 1, id || side, 'update', '{}', false, 'pending', 1, 0, 'e', to_timestamp(0), to_timestamp(0)
     from json_array_elements_text($4::text::json) as id cross join unnest(array['source', 'target']) as side`,
    [...pair, JSON.stringify(pending)]
  )
  return key
})

const list = Effect.fnUntraced(function* (
  pair: ReturnType<typeof Pair.keyOf>,
  side: Side.Side,
  listed: ReadonlyArray<readonly [RecordId, string | null]>,
  markedBy: "version" | null = null
) {
  const reconciliations = yield* Reconciliations
  const page = { ids: listed.map(([id]) => id), marks: listed.map(([, mark]) => mark), markedBy, next: null }
  yield* reconciliations.append(pair, side, 0, page)
})

describe.each(World.servers)("Reconciliations on $name", ({ url }) => {
  layer(World.layerOn(url), { excludeTestServices: true })((it) => {
    it.effect("of every id the rows say what the pure comparison says", () =>
      Effect.gen(function* () {
        const reconciliations = yield* Reconciliations
        yield* World.declare()
        const pair = Pair.keyOf("compared")
        const begun = yield* reconciliations.begin(pair, "source", { nowMs: farAheadMs })
        yield* reconciliations.begin(pair, "target", { nowMs: begun.startedAtMs })
        yield* plant("compared", begun.startedAtMs)
        const listed = comparisons.flatMap(({ listed }, index) =>
          listed === null ? [] : [[idOf(index), listed.mark] as const]
        )
        for (const side of Side.Side.literals) yield* list(pair, side, listed, "version")
        yield* reconciliations.compare(pair, both)
        for (const side of Side.Side.literals) {
          const told = new Map<string, string>()
          for (const kind of Kind.literals)
            for (const { id } of yield* reconciliations.differences(pair, { side, kind, after: null, limit: 1000 }))
              told.set(id, kind)
          for (const [index, { link, listed }] of comparisons.entries()) {
            const known =
              link === null
                ? null
                : {
                    isMapped: link.status !== "pending",
                    isDeleted: link.isGone,
                    createdAtMs: link.fresh === "made" ? 10 : 0,
                    touchedAtMs: link.fresh === "touched" ? 10 : 0,
                    isPending: link.isPending,
                    mark: link.mark
                  }
            const step = Reconciliation.stepOf({ link: known, listed }, 10, "complete")
            const expected = step._tag === "Nothing" ? undefined : step._tag === "Confirm" ? "unlisted" : step.why
            assert.strictEqual(told.get(idOf(index)), expected, JSON.stringify({ side, link, listed }))
          }
        }
      })
    )

    it.effect("a listing goes on at its last page, and of two who read it one stops", () =>
      Effect.gen(function* () {
        const reconciliations = yield* Reconciliations
        yield* World.declare()
        const pair = Pair.keyOf("resumed")
        yield* reconciliations.begin(pair, "source", { nowMs: farAheadMs })
        const page = { ids: [idOf(1)], marks: null, markedBy: null, next: "after 1" }
        yield* reconciliations.append(pair, "source", 0, page)
        const again = yield* reconciliations.begin(pair, "source", { nowMs: farAheadMs })
        assert.deepInclude(again, { position: "after 1", pages: 1, ids: 1, isComplete: false })
        const error = yield* Effect.flip(reconciliations.append(pair, "source", 0, page))
        assert.strictEqual(error._tag, "Overtaken")
        yield* reconciliations.append(pair, "source", 1, { ...page, ids: [], next: null })
        assert.isTrue((yield* reconciliations.begin(pair, "source", { nowMs: farAheadMs })).isComplete)
      })
    )

    it.effect("what is held is lifted when it is listed again, and what was rejected is not told again", () =>
      Effect.gen(function* () {
        const reconciliations = yield* Reconciliations
        const deletions = yield* Deletions
        const held = yield* Pair.held("held")
        yield* held.decideAll(["a", "b"])
        const { postgres } = yield* Store
        yield* postgres.query(
          "update syncline.link set status = 'mapped', created_at = to_timestamp(0), source_observed_at = to_timestamp(0) where entity = $1",
          [held.key.entity]
        )
        const round = Effect.fnUntraced(function* (ids: ReadonlyArray<RecordId>) {
          yield* reconciliations.begin(held.key, "source", { nowMs: farAheadMs, isNew: true })
          yield* list(
            held.key,
            "source",
            ids.map((id) => [id, null])
          )
          const { source } = yield* reconciliations.compare(held.key, both)
          return source.unlisted
        })
        assert.strictEqual(yield* round([]), 2)
        assert.strictEqual(yield* deletions.hold(held.source, "source"), 2)
        assert.strictEqual(yield* round([World.id("a")]), 1)
        const listed = yield* deletions.list(World.tenant, { entity: held.key.entity }, 10)
        assert.deepStrictEqual(
          listed.map(({ id, state }) => [id, state]),
          [[World.id("b"), "held"]]
        )
        assert.strictEqual(yield* deletions.decide(held.key, null, "rejected", "ada"), 1)
        assert.strictEqual(yield* round([World.id("a")]), 0)
        yield* reconciliations.finish(held.source, { mapped: 2 })
        yield* held.release
      })
    )
  })
})
