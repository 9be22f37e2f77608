/** The demo's configuration, as a user would write it but for the addresses of the sandboxes. */
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import { defineConfig, type Project, type secret } from "@syncline/engine"
import { callsPerSecond } from "./Account.ts"
import * as Crm from "./Crm.ts"
import * as Tables from "./Tables.ts"

/** The account into tables. */
export const copy = "demo"
/** A CRM's table and a second account, edited on both sides. */
export const twoWay = "crm"

type Value = string | ReturnType<typeof secret>

/** How an account is entered; a worker that is a process of its own gets it by its environment. */
export interface Entrance {
  readonly apiKey: Value
  readonly baseUrl: Value
  /** What its webhooks are signed with. */
  readonly webhookSecrets: ReadonlyArray<Value>
}

const entered = (entrance: Entrance) => ({
  connector: stripe,
  config: { ...entrance, requestsPerSecond: callsPerSecond }
})

export const of = (account: Entrance, shop: Entrance): Project =>
  defineConfig({
    connections: {
      stripe: entered(account),
      database: {
        connector: postgres,
        config: { schema: Tables.schema, tables: Object.fromEntries(Tables.all.map(({ table }) => [table, {}])) }
      },
      crm: {
        connector: postgres,
        config: { schema: Crm.schema, tables: { [Crm.table]: { key: "id", capture: "log", onDelete: "delete" } } }
      },
      shop: entered(shop)
    },
    integrations: {
      [copy]: {
        source: "stripe",
        target: "database",
        entities: Tables.all.map(({ entity, table }) => ({ source: entity, target: table }))
      },
      [twoWay]: {
        source: "crm",
        target: "shop",
        strategy: "manual",
        entities: [
          {
            source: Crm.table,
            target: "customer",
            match: [{ source: "email", target: "email" }],
            mapping: Crm.rules
          }
        ]
      }
    },
    // The acts say when something runs.
    jobs: {
      ...Object.fromEntries(
        Tables.all.map(({ entity }) => [`${copy}/${entity}`, { integration: copy, entity, schedule: "manual" }])
      ),
      [`${twoWay}/${Crm.table}`]: {
        integration: twoWay,
        entity: Crm.table,
        direction: "bidirectional",
        schedule: "manual"
      }
    }
  })

/** Each job each second, so that a person who tries it sees it. */
export const withSchedules = (project: Project): Project => ({
  ...project,
  jobs: Object.fromEntries(
    Object.entries(project.jobs ?? {}).map(([name, job]) => [name, { ...job, schedule: { every: "1 second" } }])
  )
})
