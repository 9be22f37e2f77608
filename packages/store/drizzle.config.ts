import { defineConfig } from "drizzle-kit"

// `pnpm migration` writes the difference between schema/ and the newest migration as another one.
export default defineConfig({
  dialect: "postgresql",
  schema: [
    "./schema/Running.ts",
    "./schema/Records.ts",
    "./schema/Writes.ts",
    "./schema/Webhooks.ts",
    "./schema/Reconciling.ts",
    "./schema/Secrets.ts"
  ],
  out: "./migrations"
})
