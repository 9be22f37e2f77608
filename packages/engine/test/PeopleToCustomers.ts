/** The configuration that joins an application's people with the customers of a Stripe account. */
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { defineConfig, type Policies } from "../src/index.ts"

export const crm = { schema: "crm", tables: { people: { key: "id", capture: "log", onDelete: "delete" } } }

const mapping = [
  { source: "name", target: "name" },
  { source: "email", target: "email" },
  { source: "note", target: "description" }
]

export const projectOf = (apiKey: string, baseUrl: string, policies: Policies = {}) =>
  defineConfig({
    connections: {
      crm: { connector: postgres, config: crm },
      stripe: { connector: stripe, config: { apiKey, baseUrl, requestsPerSecond: 1_000_000 } }
    },
    integrations: {
      customers: {
        source: "crm",
        target: "stripe",
        strategy: "source_wins",
        ...policies,
        entities: [{ source: "people", target: "customer", mapping, match: [] }]
      }
    },
    jobs: { people: { integration: "customers", entity: "people", direction: "bidirectional" } }
  })
