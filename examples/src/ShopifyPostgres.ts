/**
 * A Shopify shop and an application's own database. What is on the shelf is counted by both; parcels are told to the application, into a
 * table that Syncline makes.
 *
 * The application's table, and the log of its changes:
 *
 *     create table warehouse.stock (
 *       id bigint generated always as identity primary key,
 *       variant text, place text, available integer, on_hand integer, sku text unique
 *     )
 *     npx syncline capture install warehouse.stock --config ShopifyPostgres.ts
 */
import { postgres } from "@syncline/connector-postgres"
import { shopify } from "@syncline/connector-shopify"
import { defineConfig, secret } from "syncline"

export default defineConfig({
  connections: {
    shop: {
      connector: shopify,
      config: { shop: "example.myshopify.com", accessToken: secret("SHOPIFY_ACCESS_TOKEN") }
    },
    // Without a url the tables are in Syncline's own database: url: secret("WAREHOUSE_DATABASE_URL")
    warehouse: {
      connector: postgres,
      config: { schema: "warehouse", tables: { stock: { key: "id", capture: "log" }, parcels: {} } }
    }
  },
  integrations: {
    shelves: {
      source: "shop",
      target: "warehouse",
      strategy: "last_write_wins",
      estimated: true,
      entities: [
        {
          source: "inventory_level",
          target: "stock",
          match: [{ source: "item.sku", target: "sku" }],
          mapping: [
            { source: "item.sku", target: "sku", direction: "source_to_target" },
            { source: "location.name", target: "place", direction: "source_to_target" },
            { source: "onHand", target: "on_hand", direction: "source_to_target" },
            { source: "available", target: "available" }
          ]
        },
        { source: "fulfillment", target: "parcels" }
      ]
    }
  },
  jobs: {
    "shelves/inventory_level": { integration: "shelves", entity: "inventory_level", direction: "bidirectional" },
    "shelves/fulfillment": { integration: "shelves", entity: "fulfillment" }
  }
})
