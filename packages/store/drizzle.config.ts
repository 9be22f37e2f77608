import { defineConfig } from "drizzle-kit"

// `pnpm migration` writes the difference between src/Schema.ts and the newest migration as another one.
export default defineConfig({ dialect: "postgresql", schema: "./src/Schema.ts", out: "./migrations" })
