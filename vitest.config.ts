import { existsSync, globSync } from "node:fs"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL(".", import.meta.url))
const packages = globSync(["packages/*", "connectors/*", "apps/*", "bench", "examples"], { cwd: root }).filter((path) =>
  existsSync(`${root}${path}/package.json`)
)

const simulation = "packages/simulation"

const project = (name: string, folders: ReadonlyArray<string>, isolate: boolean) => ({
  extends: true as const,
  test: {
    name,
    isolate,
    include: folders.map((folder) => `${folder}/**/*.test.ts`),
    exclude: ["**/node_modules/**", "**/dist/**", "**/.syncline/**"]
  }
})

export default defineConfig({
  root,
  // Tests read the packages' sources, so nothing has to be built before them.
  ssr: { resolve: { conditions: ["@syncline/source", "module", "node", "development|production"] } },
  server: { watch: { ignored: ["**/.syncline/**", "**/dist/**"] } },
  test: {
    // A real PostgreSQL for each worker.
    globalSetup: "tooling/PostgresForTests.ts",
    passWithNoTests: true,
    // Tests that start processes and databases share two cores with all others.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // One more than there are cores: each waits now and then for its PostgreSQL, or for a process that it has started.
    maxWorkers: Math.min(availableParallelism() + 1, 4),
    // A project given as a path would not inherit the conditions above.
    projects: [
      // Modules are loaded once for each worker, not for each file: no test may leave a trace in one.
      project("all", [...packages.filter((path) => path !== simulation), "tooling"], false),
      // Its world has its own clock and chance for all that runs in it.
      project("simulation", [simulation], true)
    ]
  }
})
