import { defineConfig } from "drizzle-kit"

// `pnpm migration` writes the difference between Schema.ts and the newest migration as another one.
export default defineConfig({ dialect: "postgresql", schema: "./Schema.ts", out: "./migrations" })
