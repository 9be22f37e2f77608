import { assert, describe, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import * as Pair from "../test/Pair.ts"
import * as World from "../test/World.ts"
import type { WaitOn } from "./Batch.ts"
import { Commit } from "./Commit.ts"
import { Lanes } from "./Lanes.ts"
import { PairLinks } from "./PairLinks.ts"
import { Waiting } from "./Waiting.ts"

/** A record of orders, seen at the source, waits. */
const wait = (orders: Effect.Success<ReturnType<typeof Pair.held>>, name: string, on: ReadonlyArray<WaitOn>) =>
  orders.commit([], { waiting: [{ key: World.key(name), side: "source", id: World.id(name), on }] })

const readyOf = (orders: Effect.Success<ReturnType<typeof Pair.held>>) =>
  Effect.flatMap(Waiting, (waiting) =>
    Effect.map(waiting.ready(orders.key, "source", 10), (records) => records.map(({ id }) => id))
  )

describe("Waiting", () => {
  layer(World.layer, { excludeTestServices: true })((it) => {
    it.effect("a child that waits for its parent's id is ready in the transaction that stores it", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact")
        const orders = yield* Pair.held("order")
        yield* contacts.decide("p", { name: "P" })
        yield* wait(orders, "o", [{ _tag: "Reference", entity: contacts.key.entity, key: World.key("p") }])
        assert.deepStrictEqual(yield* readyOf(orders), [])
        const [listed] = yield* (yield* Waiting).list(orders.key, 10)
        assert.deepStrictEqual(listed?.on, [{ _tag: "Reference", entity: contacts.key.entity, key: World.key("p") }])
        const [sent] = yield* contacts.send(1)
        yield* contacts.settle(sent, "applied")
        assert.deepStrictEqual(yield* readyOf(orders), [World.id("o")])
        yield* wait(orders, "o", [])
        assert.deepStrictEqual(yield* readyOf(orders), [])
        yield* contacts.release
        yield* orders.release
      })
    )

    it.effect("a child may wait for a record that nobody has seen; it is no link until then", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact 2")
        const orders = yield* Pair.held("order 2")
        const { entity } = contacts.key
        yield* wait(orders, "o", [{ _tag: "Unlinked", entity, side: "source", id: World.id("new") }])
        assert.deepStrictEqual(yield* (yield* PairLinks).count(contacts.key), { live: 0, deleted: 0 })
        const before = yield* contacts.situation("new")
        assert.deepInclude(before, { link: null, version: 1 })
        yield* contacts.decide("new", { name: "N" })
        assert.deepStrictEqual(yield* readyOf(orders), [World.id("o")])
        // Decided again, it now waits for the id at the other side.
        yield* wait(orders, "o", [{ _tag: "Reference", entity, key: World.key("new") }])
        assert.deepStrictEqual(yield* readyOf(orders), [])
        // Of an id that another record has by the target's answer.
        yield* wait(orders, "o", [{ _tag: "Unlinked", entity, side: "target", id: Pair.made("new") }])
        const [sent] = yield* contacts.send(1)
        yield* contacts.settle(sent, "applied")
        assert.deepStrictEqual(yield* readyOf(orders), [World.id("o")])
        yield* contacts.release
        yield* orders.release
      })
    )

    it.effect("a decision that did not know that somebody waits for its record stores it all the same", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact 3")
        const orders = yield* Pair.held("order 3")
        const unaware = yield* contacts.situation("x")
        yield* wait(orders, "o", [{ _tag: "Reference", entity: contacts.key.entity, key: World.key("x") }])
        const { moved } = yield* contacts.decideOn(contacts.source, unaware, { name: "X" })
        assert.strictEqual(moved.size, 0)
        assert.deepInclude((yield* contacts.situation("x")).link, { status: "pending", sourceId: World.id("x") })
        yield* contacts.release
        yield* orders.release
      })
    )

    it.effect("a mirror's record wakes who waits for it", () =>
      Effect.gen(function* () {
        const orders = yield* Pair.held("order 4")
        const lease = yield* World.running
        yield* wait(orders, "o", [{ _tag: "Reference", entity: World.customers.entity, key: World.key("m") }])
        const commit = yield* Commit
        yield* commit.commit(World.batchOf(lease, ["m"]), () => Effect.succeed(World.created(["m"])))
        assert.deepStrictEqual(yield* readyOf(orders), [World.id("o")])
        const wanted = [{ entity: World.customers.entity, side: "target" as const, id: World.id("m") }]
        const resolved = yield* (yield* PairLinks).resolveReferences(World.tenant, World.integration, wanted)
        assert.deepStrictEqual(
          resolved.map(({ key, sourceId, targetId }) => [key, sourceId, targetId]),
          [[World.key("m"), World.id("m"), World.id("m")]]
        )
        yield* orders.release
      })
    )

    it.effect("no wake-up is lost when parent and child are committed at the same moment", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact 5")
        const orders = yield* Pair.held("order 5")
        const names = Array.from({ length: 24 }, (_, n) => `r${n}`)
        yield* Effect.forEach(
          names,
          (name, n) => {
            const parent = contacts.decide(name, { name })
            const on: WaitOn =
              n % 2 === 0
                ? { _tag: "Unlinked", entity: contacts.key.entity, side: "source", id: World.id(name) }
                : { _tag: "Reference", entity: contacts.key.entity, key: World.key(name) }
            const settled = Effect.gen(function* () {
              yield* parent
              if (n % 2 === 0) return
              const sent = yield* contacts.send(50)
              for (const each of sent) yield* contacts.settle(each, "applied")
            })
            return Effect.all([settled, wait(orders, name, [on])], { concurrency: "unbounded" })
          },
          { concurrency: 4 }
        )
        for (const each of yield* contacts.send(50)) yield* contacts.settle(each, "applied")
        const ready = yield* (yield* Waiting).ready(orders.key, "source", 100)
        assert.deepStrictEqual(ready.map(({ key }) => key).toSorted(), names.map(World.key).toSorted())
        assert.strictEqual(yield* (yield* Waiting).sweep(orders.key), 0)
        yield* contacts.release
        yield* orders.release
      })
    )

    it.effect("a child that waits while its parent is being written is held up until it is, and then ready", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact 6")
        const orders = yield* Pair.held("order 6")
        yield* contacts.decide("p", { name: "P" })
        const [sent] = yield* contacts.send(1)
        const inside = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const settling = yield* Effect.forkChild(
          contacts.settle(
            sent,
            "applied",
            undefined,
            Deferred.succeed(inside, undefined).pipe(Effect.andThen(Deferred.await(go)))
          )
        )
        yield* Deferred.await(inside)
        const waiting = yield* Effect.forkChild(
          wait(orders, "o", [{ _tag: "Reference", entity: contacts.key.entity, key: World.key("p") }])
        )
        yield* Deferred.succeed(go, undefined)
        yield* Fiber.join(settling)
        yield* Fiber.join(waiting)
        assert.deepStrictEqual(yield* readyOf(orders), [World.id("o")])
        yield* contacts.release
        yield* orders.release
      })
    )

    it.effect("a record that waits for its own write is ready when that is settled; in doubt is not settled", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact 7")
        yield* contacts.decide("a", { name: "A" })
        const [sent] = yield* contacts.send(1)
        yield* wait(contacts, "a", [{ _tag: "Unsettled", side: "target" }])
        yield* wait(contacts, "stranger", [{ _tag: "Doubted", side: "target" }])
        assert.deepStrictEqual(yield* readyOf(contacts), [World.id("stranger")])
        yield* contacts.settle(sent, "in_doubt")
        yield* wait(contacts, "stranger", [{ _tag: "Doubted", side: "target" }])
        assert.deepStrictEqual(yield* readyOf(contacts), [])
        yield* contacts.settle(sent, "applied")
        assert.deepStrictEqual((yield* readyOf(contacts)).toSorted(), [World.id("a"), World.id("stranger")])
        yield* contacts.release
      })
    )

    it.effect("an entry held for a reference is sent when that is known", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact 8")
        const orders = yield* Pair.held("order 8")
        yield* contacts.decide("p", { name: "P" })
        yield* orders.decide("o", { contact: "cus_p" })
        const lanes = yield* Lanes
        const hold = lanes.send(orders.target, 10, (_, claimed) =>
          Effect.succeed(
            claimed.map(({ entry }) => ({
              _tag: "Hold" as const,
              entry: entry.id,
              why: "contact",
              on: [{ _tag: "Reference" as const, entity: contacts.key.entity, key: World.key("p") }]
            }))
          )
        )
        assert.deepStrictEqual(yield* hold, [])
        assert.deepStrictEqual(yield* orders.send(10), [])
        const [sent] = yield* contacts.send(1)
        yield* contacts.settle(sent, "applied")
        assert.strictEqual((yield* orders.send(10)).length, 1)
        yield* contacts.release
        yield* orders.release
      })
    )

    it.effect("tells whom others have waited for and no link has, but not those that wait themselves", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact 9")
        const orders = yield* Pair.held("order 9")
        const { entity } = contacts.key
        const on = (id: string): WaitOn => ({ _tag: "Unlinked", entity, side: "source", id: World.id(id) })
        yield* wait(orders, "o", [on("seen"), on("unseen"), on("waits")])
        yield* wait(contacts, "waits", [{ _tag: "Unsettled", side: "target" }])
        yield* contacts.decide("seen", { name: "S" })
        const unseen = (side: "source" | "target", beforeMs: number) =>
          Effect.flatMap(Waiting, (waiting) => waiting.unseen(contacts.key, side, beforeMs, 10))
        const everMs = Number.MAX_SAFE_INTEGER / 1000
        assert.deepStrictEqual(yield* unseen("source", everMs), [World.id("unseen")])
        assert.deepStrictEqual(yield* unseen("target", everMs), [])
        assert.deepStrictEqual(yield* unseen("source", 0), [])
        yield* contacts.release
        yield* orders.release
      })
    )
  })
})
