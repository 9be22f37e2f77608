import { defineConfig } from "drizzle-kit"

// `pnpm migration` writes the difference between migrations/Schema.ts and the newest migration as another one.
export default defineConfig({ dialect: "postgresql", schema: "./migrations/Schema.ts", out: "./migrations" })
