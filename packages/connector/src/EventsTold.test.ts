import { assert, describe, it } from "@effect/vitest"
import * as EventsTold from "./EventsTold.ts"

const eventAt = (atMs: number, id = `event ${atMs}`): EventsTold.Event => ({ id, atMs })

describe("events that were told of", () => {
  it("are passed by, however pages cut them; what has no event is always told", () => {
    const first = EventsTold.sift(EventsTold.none, ["a", "b"], [eventAt(1_100), eventAt(1_200)])
    assert.deepStrictEqual(first.items, ["a", "b"])
    const second = EventsTold.sift(first.told, ["b", "c", "d"], [eventAt(1_200), eventAt(1_300), null])
    assert.deepStrictEqual(second.items, ["c", "d"])
  })

  it("are forgotten once no walk looks back to them, its own second apart", () => {
    const { told } = EventsTold.sift(EventsTold.none, ["a", "b"], [eventAt(1_900), eventAt(2_100)])
    const left = EventsTold.since(told, 2_500)
    assert.deepStrictEqual(EventsTold.sift(left, ["a", "b"], [eventAt(1_900), eventAt(2_100)]).items, ["a"])
  })

  it("are kept up to a bound, the newest", () => {
    const events = Array.from({ length: 23_000 }, (_, index) => eventAt(index * 100))
    const { told } = EventsTold.sift(EventsTold.none, events, events)
    const left = EventsTold.since(told, 0)
    const { items } = EventsTold.sift(left, events, events)
    assert.deepStrictEqual(items, events.slice(0, 3_000))
  })

  it("are kept in five minutes of sixty events a second, in less than 200 kB", () => {
    const events = Array.from({ length: 18_000 }, (_, index) => eventAt(Math.floor(index / 60) * 1000, `evt_${index}`))
    const { told } = EventsTold.sift(EventsTold.none, events, events)
    const left = EventsTold.since(told, 0)
    assert.deepStrictEqual(EventsTold.sift(left, events, events).items, [])
    assert.isBelow(JSON.stringify(left).length, 200_000)
  })
})
