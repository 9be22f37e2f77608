/** `@supabase/stripe-sync-engine` as its README uses it, with its own tables; only its Stripe client is pointed at the sandbox. */
import type * as Engine from "@supabase/stripe-sync-engine"
import { createRequire } from "node:module"
import { Stripe } from "stripe"
import * as Job from "./Job.ts"

// Its ES module looks for its migrations with __dirname, which ES modules do not have: they are then left out without an error.
const require = createRequire(import.meta.url)
const engine: typeof Engine = require("@supabase/stripe-sync-engine")

const { databaseUrl, listing } = Job.given()
await engine.runMigrations({ databaseUrl, schema: "stripe" })
const sync = new engine.StripeSync({
  poolConfig: { connectionString: databaseUrl },
  stripeSecretKey: listing.apiKey,
  stripeWebhookSecret: "unused",
  schema: "stripe"
})
const { hostname, port } = new URL(listing.url)
// It has no option for the address, but its client is a public field.
sync.stripe = new Stripe(listing.apiKey, { host: hostname, port, protocol: "http" })

await Job.timed(async () => (await sync.syncCustomers()).synced)
await sync.postgresClient.close()
