/** What a simple pipeline does: each record an upsert of its own, each in its own transaction, one after the other. */

import { type Customer, pages } from "../Listing.ts"
import * as Driver from "./Driver.ts"
import * as Job from "./Job.ts"
import * as Mirror from "./Mirror.ts"

const { databaseUrl, listing } = Job.given()
const sql = Driver.open(databaseUrl)
const columns = await Mirror.columns(sql)
const now = new Date().toISOString()

const upsert = `insert into ${Mirror.table} (${Mirror.quoted(columns)})
  values (${columns.map(({ type }, index) => (type === "jsonb" ? `$${index + 1}::text::jsonb` : `$${index + 1}`)).join(", ")})
  on conflict (id) do update set ${columns.map(({ name }) => `"${name}" = excluded."${name}"`).join(", ")}`

const parameter = (value: Customer[string] | undefined, type: string): string | null => {
  if (value === null || value === undefined) return null
  return type === "jsonb" || typeof value === "object" ? JSON.stringify(value) : String(value)
}

await Job.timed(async () => {
  let n = 0
  await pages(listing, async (customers) => {
    for (const customer of customers) {
      const values = columns.map(({ name, type }) => parameter(name === Mirror.syncedAt ? now : customer[name], type))
      await sql.unsafe(upsert, values, { prepare: true })
      n += 1
    }
  })
  return n
})
await sql.end()
