/** The project that is measured, as a user would write it; the addresses are the bench's. */
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { defineConfig, secret } from "syncline"

const { BENCH_STRIPE_URL, BENCH_TARGET_URL } = process.env

export default defineConfig({
  connections: {
    stripe: {
      connector: stripe,
      config: {
        apiKey: secret("BENCH_STRIPE_KEY"),
        baseUrl: BENCH_STRIPE_URL,
        concurrency: 8,
        requestsPerSecond: 1_000_000
      }
    },
    warehouse: {
      connector: postgres,
      config: {
        schema: "stripe",
        tables: { customers: {} },
        ...(BENCH_TARGET_URL === undefined ? {} : { url: secret("BENCH_TARGET_URL") })
      }
    }
  },
  integrations: {
    billing: { source: "stripe", target: "warehouse", entities: [{ source: "customer", target: "customers" }] }
  }
})
