import * as ShopifySandbox from "@syncline/connector-shopify/sandbox"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import example from "../src/ShopifyPostgres.ts"
import * as Stage from "./Stage.ts"

const url = "http://127.0.0.1:4014"

const open = Effect.gen(function* () {
  const shop = yield* ShopifySandbox.open({
    baseUrl: url,
    profile: { bulkMs: 0 },
    size: { customers: 3, products: 8, orders: 3 }
  })
  const stage = yield* Stage.open(
    example,
    {
      shop: {
        url,
        handler: shop.handler,
        config: { shop: shop.domain, accessToken: ShopifySandbox.defaultAccessToken }
      }
    },
    {
      connection: "warehouse",
      captured: ["stock"],
      tables: `
        create schema warehouse;
        create table warehouse.stock (
          id bigint generated always as identity primary key, place text, available integer, on_hand integer, sku text unique
        );
        insert into warehouse.stock (sku) select 'SKU-0000' || n from generate_series(1, 3) n`
    }
  )
  return { shop, ...stage }
})
type World = Effect.Success<typeof open>

/** Read from the stand-in and the tables, without the engine. */
const isEven = Effect.fn(function* ({ query, shop }: World) {
  const levels = [...(yield* shop.truth("inventory_level")).values()]
  const shelf = yield* query("select sku, place, available, on_hand from warehouse.stock")
  assert.deepStrictEqual(
    Stage.told(shelf.map(({ available, on_hand, place, sku }) => [sku, place, available, on_hand])),
    Stage.told(
      levels.map(({ available, item, location, onHand }) => [
        Stage.at(item, "sku"),
        Stage.at(location, "name"),
        available,
        onHand
      ])
    )
  )
  const parcels = yield* query("select id, to_jsonb(p) as row from warehouse.parcels p where _deleted_at is null")
  const shipped = yield* shop.truth("fulfillment")
  assert.deepStrictEqual(
    Stage.told(parcels.map(({ row }) => [Stage.at(row, "id"), Stage.at(row, "name"), Stage.at(row, "status")])),
    Stage.told([...shipped].map(([id, { name, status }]) => [id, name, status]))
  )
})

it.live("a shop and a warehouse count the same, and the warehouse knows each parcel", () =>
  Effect.gen(function* () {
    const world = yield* open
    const { query, shop } = world
    const [order = assert.fail()] = (yield* shop.truth("order")).keys()
    yield* shop.user.create("fulfillment", { order: { id: order }, name: "#1001-F1", quantity: 1 })
    yield* world.sync
    yield* isEven(world)
    yield* world.isQuiet

    const levels = [...(yield* shop.truth("inventory_level")).keys()]
    yield* query("update warehouse.stock set available = available + 5 where sku <= 'SKU-00003'")
    yield* shop.user.edit("inventory_level", levels[5] ?? assert.fail(), { available: 77, on_hand: 77 })
    const [parcel = assert.fail()] = (yield* shop.truth("fulfillment")).keys()
    yield* shop.user.edit("fulfillment", parcel, { status: "CANCELLED" })
    yield* shop.user.create("fulfillment", { order: { id: order }, name: "#1001-F2", quantity: 1 })
    yield* world.sync
    yield* isEven(world)
    yield* world.isQuiet
    const [moved] = yield* query("select count(*)::int as n from warehouse.stock where available = 77")
    assert.strictEqual(moved?.["n"], 1)
  }).pipe(Effect.scoped, Stage.leaping)
)
