/** What the workers of the chaos run: a CRM's table and a Stripe account, both ways, looked at each second. */
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { defineConfig, secret } from "@syncline/engine"

export const crm = { schema: "crm", tables: { contacts: { key: "id", capture: "log", onDelete: "delete" } } }

export const project = defineConfig({
  connections: {
    crm: { connector: postgres, config: crm },
    shop: {
      connector: stripe,
      config: { apiKey: secret("CHAOS_API_KEY"), baseUrl: secret("CHAOS_URL"), requestsPerSecond: 100 }
    }
  },
  integrations: {
    crm: {
      source: "crm",
      target: "shop",
      strategy: "source_wins",
      entities: [
        {
          source: "contacts",
          target: "customer",
          mapping: [
            { source: "full_name", target: "name" },
            { source: "email", target: "email" },
            { source: "phone", target: "phone" },
            { source: "note", target: "description" }
          ],
          match: [{ source: "email", target: "email" }]
        }
      ]
    }
  },
  jobs: {
    contacts: {
      integration: "crm",
      entity: "contacts",
      direction: "bidirectional",
      schedule: { every: "1 second" }
    }
  }
})
