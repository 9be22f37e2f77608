/**
 * The floor: nothing that ends with these rows in this table can be much faster. Pages are fetched and parsed while thousands of
 * rows go in by COPY; there is no id map, no cursor, no check, and a second run would fail.
 */

import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { type Customer, pages } from "../Listing.ts"
import * as Driver from "./Driver.ts"
import * as Job from "./Job.ts"
import * as Mirror from "./Mirror.ts"

const batchSize = 1000
/** Pages wait while so many batches are on their way into the database. */
const mostWaiting = 4

const { databaseUrl, listing } = Job.given()
const sql = Driver.open(databaseUrl)
const columns = await Mirror.columns(sql)
const now = new Date().toISOString()

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }
const escaped = (text: string): string =>
  /[\\\n\r\t]/.test(text) ? text.replace(/[\\\n\r\t]/g, (each) => escapes[each] ?? each) : text

const line = (customer: Customer): string => {
  let text = ""
  for (const { name } of columns) {
    const value = name === Mirror.syncedAt ? now : customer[name]
    if (text !== "") text += "\t"
    if (value === null || value === undefined) text += "\\N"
    else if (typeof value === "object") text += escaped(JSON.stringify(value))
    else text += typeof value === "string" ? escaped(value) : String(value)
  }
  return `${text}\n`
}

const copy = async (text: string): Promise<void> => {
  const target = await sql.unsafe(`copy ${Mirror.table} (${Mirror.quoted(columns)}) from stdin`).writable()
  await pipeline(Readable.from([text]), target)
}

await Job.timed(async () => {
  let n = 0
  let lines: Array<string> = []
  let waiting = 0
  let copied: Promise<unknown> = Promise.resolve()
  const flush = () => {
    const text = lines.join("")
    lines = []
    waiting += 1
    copied = copied
      .then(() => copy(text))
      .then(() => {
        waiting -= 1
      })
  }
  await pages(listing, async (customers) => {
    for (const customer of customers) lines.push(line(customer))
    n += customers.length
    if (lines.length >= batchSize) flush()
    if (waiting > mostWaiting) await copied
  })
  if (lines.length > 0) flush()
  await copied
  return n
})
await sql.end()
