/**
 * HubSpot and an application's own CRM, both ways: companies, people and deals, and which company they belong to.
 *
 * The application's tables, and the logs of their changes, one command each:
 *
 *     create schema crm;
 *     create table crm.companies (id bigint generated always as identity primary key, name text, domain text unique);
 *     create table crm.contacts (id bigint generated always as identity primary key, email text unique, first_name text,
 *       last_name text, phone text, company_id bigint references crm.companies);
 *     create table crm.deals (id bigint generated always as identity primary key, name text, amount numeric(12, 2), stage text,
 *       company_id bigint references crm.companies);
 *
 *     npx syncline capture install crm.companies --config HubSpotPostgres.ts
 */
import { hubspot } from "@syncline/connector-hubspot"
import { postgres } from "@syncline/connector-postgres"
import { defineConfig, secret } from "syncline"

const log = { key: "id", capture: "log", onDelete: "delete" } as const
const company = { company_id: "companies" } as const

export default defineConfig({
  connections: {
    hubspot: { connector: hubspot, config: { accessToken: secret("HUBSPOT_ACCESS_TOKEN") } },
    // Without a url the tables are in Syncline's own database: url: secret("CRM_DATABASE_URL")
    crm: {
      connector: postgres,
      config: {
        schema: "crm",
        tables: { companies: log, contacts: { ...log, references: company }, deals: { ...log, references: company } }
      }
    }
  },
  integrations: {
    crm: {
      source: "hubspot",
      target: "crm",
      // The later change wins. When a row changed is not in the row, so the time it was first seen counts.
      strategy: "last_write_wins",
      estimated: true,
      entities: [
        {
          source: "company",
          target: "companies",
          match: [{ source: "domain", target: "domain" }],
          mapping: [
            { source: "name", target: "name" },
            { source: "domain", target: "domain" }
          ]
        },
        {
          source: "contact",
          target: "contacts",
          match: [{ source: "email", target: "email" }],
          mapping: [
            { source: "email", target: "email", transform: [{ _tag: "Trim" }, { _tag: "Lower" }] },
            { source: "firstname", target: "first_name" },
            { source: "lastname", target: "last_name" },
            { source: "phone", target: "phone" },
            { source: "company_id", target: "company_id" }
          ]
        },
        {
          source: "deal",
          target: "deals",
          match: [{ source: "dealname", target: "name" }],
          mapping: [
            { source: "dealname", target: "name" },
            // 1200 at HubSpot, 1200.00 in the table.
            { source: "amount", target: "amount", transform: { _tag: "Decimal", scale: 2 } },
            { source: "dealstage", target: "stage" },
            { source: "company_id", target: "company_id" }
          ]
        }
      ]
    }
  },
  jobs: Object.fromEntries(
    ["company", "contact", "deal"].map((entity) => [
      `crm/${entity}`,
      { integration: "crm", entity, direction: "bidirectional" }
    ])
  )
})
