import { assert, describe, layer } from "@effect/vitest"
import { Counters, OpKey } from "@syncline/core"
import { Effect, Option } from "effect"
import * as Pair from "../test/Pair.ts"
import * as World from "../test/World.ts"
import { Conflicts } from "./Conflicts.ts"
import { History } from "./History.ts"
import { Lanes } from "./Lanes.ts"
import { PairLinks } from "./PairLinks.ts"
import { Store } from "./Store.ts"

describe.each(World.servers)("Lanes on $name", ({ url }) => {
  layer(World.layerOn(url), { excludeTestServices: true })((it) => {
    it.effect("a decision's link, entry and history are stored together, and found by id and by key", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("story")
        yield* pair.decide("a", { name: "Ada" })
        const links = yield* PairLinks
        const [byId, byKey, never] = [
          ...(yield* links.situations(pair.key, { side: "source", ids: [World.id("a")] })),
          ...(yield* links.situations(pair.key, { keys: [World.key("a")] })),
          ...(yield* links.situations(pair.key, { side: "target", ids: [World.id("a")] }))
        ]
        assert.deepStrictEqual(byId, byKey)
        assert.deepInclude(byId?.link, { sourceId: World.id("a"), targetId: null, status: "pending", version: 1 })
        assert.deepStrictEqual(byId?.link?.source?.record, { name: "Ada" })
        assert.strictEqual(byId?.link?.target, null)
        assert.deepStrictEqual(byId?.laneVersions, { source: 0, target: 1 })
        assert.deepInclude(byId?.entries[0], { side: "target", state: "pending", operation: "create", revision: 1 })
        assert.strictEqual(never?.link, null)
        assert.strictEqual(never?.key, "~tcus_a")
        yield* pair.release
      })
    )

    it.effect("a later decision replaces the entry that was never sent, and an edited create stays a create", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("supersede")
        yield* pair.decide("a", { name: "Ada" })
        yield* pair.decide("a", { name: "Ada Lovelace" })
        const entries = yield* (yield* Lanes).of(pair.key, World.key("a"))
        assert.strictEqual(entries.length, 1)
        assert.deepInclude(entries[0], { operation: "create", revision: 2, ord: 0 })
        assert.strictEqual(entries[0]?.changes["name"]?.value, "Ada Lovelace")
        yield* pair.commit([], { entries: [{ key: World.key("a"), side: "target", draft: null }] })
        assert.deepStrictEqual(yield* (yield* Lanes).of(pair.key, World.key("a")), [])
        assert.deepStrictEqual(yield* pair.send(10), [])
        yield* pair.release
      })
    )

    it.effect("one entry of a record is in flight; what is decided meanwhile waits behind it", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("order")
        yield* pair.decide("a", { name: "1" })
        const [first] = yield* pair.send(10)
        assert.deepInclude(first?.entry, { operation: "create", state: "in_flight" })
        yield* pair.decide("a", { name: "2" })
        assert.deepStrictEqual(yield* pair.send(10), [])
        yield* pair.settle(first, "applied")
        const [second] = yield* pair.send(10)
        assert.deepInclude(second?.entry, { operation: "update", ord: 1 })
        yield* pair.settle(second, "applied")
        const [situation] = yield* (yield* PairLinks).situations(pair.key, { side: "target", ids: [Pair.made("a")] })
        assert.deepStrictEqual(situation?.entries, [])
        assert.deepInclude(situation?.link, { status: "mapped", sourceId: World.id("a"), targetId: Pair.made("a") })
        const history = yield* (yield* History).of(pair.key, World.key("a"), 10)
        assert.deepStrictEqual(
          history.map(({ side }) => side),
          ["target", "target", "source", "source"]
        )
        yield* pair.release
      })
    )

    it.effect("a write that was not made joins what was decided meanwhile", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("join")
        yield* pair.decide("a", { name: "1", phone: "1" })
        const [first] = yield* pair.send(10)
        yield* pair.decide("a", { name: "2" })
        yield* pair.settle(first, "pending")
        const [joined] = yield* (yield* Lanes).of(pair.key, World.key("a"))
        assert.deepInclude(joined, { operation: "create", state: "pending" })
        assert.strictEqual(joined?.changes["name"]?.value, "2")
        assert.strictEqual(joined?.changes["phone"]?.value, "1")
        const [again] = yield* pair.send(10)
        assert.strictEqual(again?.entry.id, joined?.id)
        yield* pair.settle(again, "applied")
        yield* pair.release
      })
    )

    it.effect(
      "what was taken back while a write of it was not made is not written, and a write of nothing else is gone",
      () =>
        Effect.gen(function* () {
          const pair = yield* Pair.held("back")
          yield* pair.decide("a", { name: "1", phone: "1" })
          const [made] = yield* pair.send(10)
          yield* pair.settle(made, "applied")
          yield* pair.decide("a", { name: "2", phone: "2" })
          const [first] = yield* pair.send(10)
          yield* pair.decide("a", { name: "1" })
          yield* pair.settle(first, "pending", undefined, undefined, ["name"])
          const [left] = yield* (yield* Lanes).of(pair.key, World.key("a"))
          assert.deepStrictEqual(Object.keys(left?.changes ?? {}), ["phone"])
          const [again] = yield* pair.send(10)
          yield* pair.decide("a", { phone: "1" })
          yield* pair.settle(again, "pending", undefined, undefined, ["phone"])
          assert.deepStrictEqual(yield* (yield* Lanes).of(pair.key, World.key("a")), [])
          yield* pair.decide("a", { name: "3" })
          const [last] = yield* pair.send(10)
          assert.deepStrictEqual(Object.keys(last?.entry.changes ?? {}), ["name"])
          yield* pair.settle(last, "applied")
          yield* pair.release
        })
    )

    it.effect("an update in doubt that its record does not show is sent as another write, without what it shows", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("undone")
        yield* pair.decide("a", { name: "1", phone: "1" })
        const [made] = yield* pair.send(10)
        yield* pair.settle(made, "applied")
        yield* pair.decide("a", { name: "2", phone: "2" })
        const revisions: Array<number | undefined> = []
        for (const shown of [["name"], [], ["phone"]]) {
          const [sent] = yield* pair.send(10)
          revisions.push(sent?.entry.revision)
          yield* pair.settle(sent, "in_doubt")
          yield* pair.settle(sent, "pending", undefined, undefined, shown)
        }
        assert.deepStrictEqual(revisions, [1, 2, 3])
        assert.deepStrictEqual(yield* (yield* Lanes).of(pair.key, World.key("a")), [])
        yield* pair.release
      })
    )

    it.effect("who takes a side over has in doubt what was in flight, with the very request", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("takeover")
        yield* pair.decide("a", { name: "1" })
        yield* pair.decide("b", { name: "1" })
        yield* pair.send(1)
        const lanes = yield* Lanes
        assert.deepStrictEqual(yield* lanes.doubts(pair.target, 10), [])
        const next = yield* Pair.held("takeover")
        const doubts = yield* lanes.doubts(next.target, 10)
        assert.strictEqual(doubts.length, 1)
        assert.deepInclude(doubts[0], { batch: OpKey.make("batch-1"), request: { name: "1" } })
        assert.strictEqual(doubts[0]?.entry.state, "in_doubt")
        const [other] = yield* next.send(10)
        assert.strictEqual(other?.entry.key, World.key("b"))
        const late = yield* Effect.flip(pair.settle(doubts[0], "applied"))
        assert.strictEqual(late._tag, "Fenced")
        yield* next.settle(doubts[0], "applied")
        assert.deepStrictEqual(yield* lanes.doubts(next.target, 10), [])
        yield* next.release
      })
    )

    it.effect("two drivers that decide on one record: one of them finds that it moved", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("race")
        yield* pair.decide("a", { name: "1" })
        const [first] = yield* pair.send(10)
        yield* pair.settle(first, "applied")
        const situation = yield* pair.situation("a")
        const results = yield* Effect.all(
          [pair.source, pair.target].map((lease) => pair.decideOn(lease, situation, { name: lease.side })),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(results.filter(({ moved }) => moved.size === 1).length, 1)
        yield* pair.release
      })
    )

    it.effect("a send between reading and committing is noticed by the lane's version", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("lane version")
        yield* pair.decide("a", { name: "1" })
        const situation = yield* pair.situation("a")
        yield* pair.send(1)
        const { moved } = yield* pair.decideOn(pair.source, situation, { name: "2" })
        assert.deepStrictEqual([...moved], [World.key("a")])
        yield* pair.release
      })
    )

    it.effect("an id belongs to one record, and who has it is told", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("taken")
        yield* pair.decide("a", { name: "1" })
        yield* pair.decide("b", { name: "1" })
        const sent = yield* pair.send(2)
        yield* pair.settle(sent[0], "applied")
        const error = yield* Effect.flip(pair.settle(sent[1], "applied", Pair.made("a")))
        assert.strictEqual(error._tag, "IdTaken")
        assert.deepInclude(error._tag === "IdTaken" ? error.taken[0] : undefined, {
          key: World.key("b"),
          holder: World.key("a"),
          side: "target",
          id: Pair.made("a")
        })
        const situation = yield* pair.situation("b")
        assert.strictEqual(situation.entries[0]?.state, "in_flight")
        yield* pair.release
      })
    )

    it.effect("a refused entry is tried by two more executions, then it is dead until a person says", () =>
      Effect.gen(function* () {
        const lanes = yield* Lanes
        const states: Array<unknown> = []
        for (let run = 0; run < 3; run++) {
          const pair = yield* Pair.held("dead")
          if (run === 0) yield* pair.decide("a", { name: "1" })
          yield* lanes.retryFailed(pair.target)
          const [sent] = yield* pair.send(10)
          yield* pair.settle(sent, "failed")
          states.push((yield* lanes.of(pair.key, World.key("a"))).map(({ attempts, state }) => [attempts, state])[0])
          assert.strictEqual(yield* lanes.retryFailed(pair.target), 0)
          assert.deepStrictEqual(yield* pair.send(10), [])
          yield* pair.release
        }
        assert.deepStrictEqual(states, [
          [1, "failed"],
          [2, "failed"],
          [3, "dead"]
        ])
        const [letter] = yield* lanes.deadLetters(World.tenant, { entity: Pair.keyOf("dead").entity }, 10)
        assert.deepInclude(letter, { blocks: 0 })
        if (letter === undefined) return assert.fail("it is listed")
        assert.isTrue(Option.isSome(yield* lanes.retry(World.tenant, letter.entry.id, {})))
        const pair = yield* Pair.held("dead")
        const [sent] = yield* pair.send(10)
        yield* pair.settle(sent, "failed")
        const givingUp = { by: "ada", why: "of no use" }
        assert.isTrue(yield* lanes.discard(World.tenant, letter.entry.id, givingUp))
        assert.isFalse(yield* lanes.discard(World.tenant, letter.entry.id, givingUp))
        assert.deepStrictEqual(yield* lanes.of(pair.key, letter.entry.key), [])
        yield* pair.release
      })
    )

    it.effect("what was refused is another write once the refused one cannot arrive any more", () =>
      Effect.gen(function* () {
        const lanes = yield* Lanes
        const { postgres } = yield* Store
        const pair = yield* Pair.held("refused anew")
        yield* pair.decide("a", { name: "1" })
        const revisions: Array<unknown> = []
        const refused = Effect.fnUntraced(function* () {
          const [sent] = yield* pair.send(10)
          yield* pair.settle(sent, "dead")
          const [entry] = yield* lanes.of(pair.key, World.key("a"))
          if (entry === undefined) return assert.fail("it is there")
          revisions.push(entry.revision)
          return entry.id
        })
        yield* lanes.retry(World.tenant, yield* refused(), {})
        const id = yield* refused()
        yield* postgres.query("update syncline.outbox set sent_at = sent_at - interval '61 s' where entry_id = $1", [
          id
        ])
        yield* lanes.retry(World.tenant, id, {})
        yield* refused()
        assert.deepStrictEqual(revisions, [1, 1, 2])
        yield* pair.release
      })
    )

    it.effect("a conflict opens once, is replaced while open, and is resolved with who and what", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("conflict")
        yield* pair.decide("a", { name: "1" })
        const open = (source: string) =>
          pair.commit([], {
            conflicts: [
              {
                _tag: "Open",
                key: World.key("a"),
                conflict: Pair.conflict(source),
                records: { source: { name: source }, target: null },
                strategy: "manual"
              }
            ],
            counters: Counters.of({ conflicted: 1 })
          })
        yield* open("1")
        yield* open("2")
        const conflicts = yield* Conflicts
        const [found, ...more] = yield* conflicts.list(World.tenant, { entity: pair.key.entity, status: "open" }, 10)
        assert.deepStrictEqual(more, [])
        assert.strictEqual(found?.conflict.contested["name"]?.source, "2")
        const situation = yield* pair.situation("a")
        assert.strictEqual(situation.conflict?.id, found?.id)
        assert.strictEqual(situation.version, found?.version)
        yield* pair.commit([], {
          conflicts: [{ _tag: "Resolve", key: World.key("a"), resolution: { name: "source" }, by: "grace" }]
        })
        const resolved = Option.getOrThrow(yield* conflicts.get(World.tenant, found?.id ?? ""))
        assert.deepInclude(resolved, { resolvedBy: "grace", resolution: { name: "source" } })
        assert.isNull((yield* pair.situation("a")).conflict)
        yield* open("3")
        assert.strictEqual((yield* conflicts.list(World.tenant, { entity: pair.key.entity }, 10)).length, 2)
        yield* pair.release
      })
    )

    it.effect("the claim looks at lanes, whatever the length of a record's queue", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("deep")
        const names = Array.from({ length: 200 }, (_, index) => `n${index}`)
        yield* pair.decideAll(names)
        const { postgres } = yield* Store
        const append = (from: number, count: number) =>
          postgres.query(
            `with longer as (
               update syncline.lane set pending = pending + ${count} where entity = $1 and record_key = 'cus_n0' and side = 'target'
             ) insert into syncline.outbox (tenant_id, integration, entity, record_key, side, ord, entry_id, operation, changes, is_estimated,
               state, revision, attempts, execution_id, is_appended, created_at, updated_at)
             select 'acme', 'billing', $1, 'cus_n0', 'target', ${from} + n, 'e' || (${from} + n), 'update', '{}', false, 'pending', 1, 0, 'x', true,
               to_timestamp(1), to_timestamp(1) from generate_series(1, ${count}) n`,
            [pair.key.entity]
          )
        const buffers = Effect.gen(function* () {
          yield* postgres.query("vacuum analyze syncline.outbox, syncline.lane")
          return yield* Pair.claimBuffers(pair.target, 100)
        })
        yield* append(0, 1000)
        const shallow = yield* buffers
        yield* append(1000, 4000)
        const deep = yield* buffers
        // The index may have become one level deeper.
        assert.isAtMost(deep, shallow + 100)
        assert.isAtMost(deep, 500)
        yield* pair.release
      })
    )
  })
})
