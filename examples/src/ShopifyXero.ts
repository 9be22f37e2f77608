/**
 * A Shopify shop and its books in Xero. Customers are contacts, both ways; what is sold is an item, both ways; an order becomes a sales
 * invoice and a refund a credit note, as drafts, which an accountant approves.
 *
 * `npx syncline plan sales --config ShopifyXero.ts` tells what would be written, and writes nothing.
 */
import { shopify } from "@syncline/connector-shopify"
import { xero } from "@syncline/connector-xero"
import { defineConfig, secret } from "syncline"

export default defineConfig({
  connections: {
    shop: {
      connector: shopify,
      config: { shop: "example.myshopify.com", accessToken: secret("SHOPIFY_ACCESS_TOKEN") }
    },
    books: {
      connector: xero,
      config: { tenantId: secret("XERO_TENANT_ID"), accessToken: secret("XERO_ACCESS_TOKEN") }
    }
  },
  integrations: {
    sales: {
      source: "shop",
      target: "books",
      // Where both changed the same field of a customer or of an item, Shopify is right…
      strategy: "source_wins",
      entities: [
        { source: "customer", target: "contact", match: [{ source: "email", target: "EmailAddress" }] },
        {
          source: "variant",
          target: "item",
          match: [{ source: "sku", target: "Code" }],
          // An item's price has no currency of its own: right where shop and books have one.
          mapping: [
            {
              source: "price",
              target: "SalesDetails.UnitPrice",
              transform: [{ _tag: "Decimal", scale: 2 }, { _tag: "Number" }]
            }
          ]
        },
        // …but what an accountant has changed in an invoice stays.
        {
          source: "order",
          target: "invoice",
          match: [{ source: "name", target: "InvoiceNumber" }],
          strategy: "target_wins"
        },
        { source: "refund", target: "credit_note", match: [], strategy: "target_wins" }
      ]
    }
  },
  jobs: {
    "sales/customer": { integration: "sales", entity: "customer", direction: "bidirectional" },
    "sales/variant": { integration: "sales", entity: "variant", direction: "bidirectional" },
    "sales/order": { integration: "sales", entity: "order" },
    "sales/refund": { integration: "sales", entity: "refund" }
  }
})
