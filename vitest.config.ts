import { existsSync, globSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL(".", import.meta.url))
const packages = globSync(["packages/*", "connectors/*", "apps/*", "bench"], { cwd: root }).filter((path) =>
  existsSync(`${root}${path}/package.json`)
)

export default defineConfig({
  root,
  // Tests read the packages' sources, so nothing has to be built before them.
  ssr: { resolve: { conditions: ["@syncline/source", "module", "node", "development|production"] } },
  server: { watch: { ignored: ["**/.syncline/**", "**/dist/**"] } },
  test: {
    // One real PostgreSQL for the whole run.
    globalSetup: "tooling/PostgresForTests.ts",
    passWithNoTests: true,
    // Tests that start processes and databases share two cores with all others.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A project given as a path would not inherit the conditions above.
    projects: [...packages, "tooling"].map((path) => ({
      extends: true,
      test: {
        name: path,
        include: [`${path}/**/*.test.ts`],
        exclude: ["**/node_modules/**", "**/dist/**", "**/.syncline/**"]
      }
    }))
  }
})
