import { existsSync, globSync } from "node:fs"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL(".", import.meta.url))
const packages = globSync(["packages/*", "connectors/*", "apps/*"], { cwd: root }).filter((path) =>
  existsSync(`${root}${path}/package.json`)
)
// One real PostgreSQL for the whole run; absent only while the repository is being put together.
const globalSetup = ["tooling/PostgresForTests.ts"].filter((path) => existsSync(`${root}${path}`))

export default defineConfig({
  root,
  // Tests read the packages' sources, so nothing has to be built before them.
  ssr: { resolve: { conditions: ["@syncline/source", "module", "node", "development|production"] } },
  server: { watch: { ignored: ["**/.syncline/**", "**/dist/**"] } },
  test: {
    globalSetup,
    passWithNoTests: true,
    // A project given as a path would not inherit the conditions above.
    projects: [...packages, "tooling"].map((path) => ({
      extends: true,
      test: {
        name: path === "tooling" ? path : `${path.split("/")[0]}/${basename(path)}`,
        include: [`${path}/**/*.test.ts`],
        exclude: ["**/node_modules/**", "**/dist/**", "**/.syncline/**"]
      }
    }))
  }
})
