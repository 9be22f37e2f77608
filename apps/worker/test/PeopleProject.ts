/** A folder with a project of two tables, people and contacts, and of books that somebody may consent to, in which commands are typed. */
import { Effect } from "effect"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** Below the package, so that a configuration finds `syncline` and the connectors; git and watchers ignore it. */
const dataFolder = join(dirname(fileURLToPath(import.meta.url)), "..", ".syncline")

const config = `import { postgres } from "@syncline/connector-postgres"
import { xero } from "@syncline/connector-xero"
import { defineConfig } from "syncline"

export default defineConfig({
  connections: {
    crm: { connector: postgres, config: { schema: "crm", tables: { people: { key: "id" } } } },
    app: { connector: postgres, config: { schema: "app", tables: { contacts: { key: "id" } } } },
    books: { connector: xero, config: { clientId: "app", clientSecrets: ["secret"] } }
  },
  integrations: {
    contacts: {
      source: "crm",
      target: "app",
      strategy: "source_wins",
      entities: [
        { source: "people", target: "contacts", match: [], mapping: [{ source: "name", target: "full_name" }] }
      ]
    }
  },
  jobs: { people: { integration: "contacts", entity: "people", direction: "bidirectional" } }
})
`

/** Answers the folder, which is gone when the scope closes. */
export const open = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(dataFolder, { recursive: true })
    const folder = mkdtempSync(join(dataFolder, "people-"))
    writeFileSync(join(folder, "syncline.config.ts"), config)
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)
