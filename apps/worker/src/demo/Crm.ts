/** The second act's other system: an application's own table of contacts, and what its users do in it. */
import type { Fields, RecordId } from "@syncline/core"
import type { Postgres } from "@syncline/store"
import { Effect } from "effect"
import type { Row } from "./Comparison.ts"

export const schema = "crm"
export const table = "contacts"

const path = `"${schema}"."${table}"`

/** As an application would have made it, long before it heard of Syncline. */
const creating = `
  create schema if not exists "${schema}";
  create table ${path} (
    id bigint generated always as identity primary key,
    full_name text,
    email text unique,
    phone text,
    note text
  )`

/** Which field of a contact is which of a customer. */
export const rules = [
  { source: "full_name", target: "name" },
  { source: "email", target: "email" },
  { source: "phone", target: "phone" },
  { source: "note", target: "description" }
] as const

const filling = `
  insert into ${path} (full_name, email, phone, note)
  select full_name, email, phone, note
  from jsonb_to_recordset($1::text::jsonb) as c (place int, full_name text, email text, phone text, note text)
  order by place`

/** Of five customers the CRM knows four, and as many people again as it lacks are unknown to Stripe. */
const unknownEvery = 5
/** Of every eighth contact that it knows it has no phone number, so that the first match has something to fill. */
const phonelessEvery = 8

/** The contacts of a CRM beside an account with these customers. */
export const contactsBeside = (customers: ReadonlyArray<Fields>): ReadonlyArray<Row> => {
  const known = customers.filter(({ email }, index) => typeof email === "string" && index % unknownEvery !== 0)
  const own = Math.floor(customers.length / unknownEvery)
  return [
    ...known.map(({ description, email, name, phone }, index) => ({
      full_name: name ?? null,
      email,
      phone: index % phonelessEvery === 0 ? null : (phone ?? null),
      note: description ?? null
    })),
    ...Array.from({ length: own }, (_, index) => ({
      full_name: `Lead ${index + 1}`,
      email: `lead.${index + 1}@example.net`,
      phone: null,
      note: "met at the fair"
    }))
  ].map((contact, place) => ({ place, ...contact }))
}

/** Makes and fills the table where it is not there yet: both or neither. */
export const prepare = Effect.fn("Crm.prepare")(function* (
  postgres: Postgres.Postgres,
  customers: ReadonlyMap<RecordId, Fields>
) {
  const [there] = yield* postgres.query(`select to_regclass('${schema}.${table}') is not null as there`)
  if (there?.["there"] === true) return
  yield* postgres.transaction(
    Effect.fnUntraced(function* ({ query }) {
      yield* query(creating)
      yield* query(filling, [JSON.stringify(contactsBeside([...customers.values()]))])
    })
  )
})

/** The contacts whose email address is also a customer's, in the order in which the CRM met them. */
export const shared = Effect.fn("Crm.shared")(function* (
  postgres: Postgres.Postgres,
  customers: ReadonlyMap<RecordId, Fields>
) {
  const customersByEmail = new Map([...customers].map(([id, { email }]) => [email, id]))
  const rows = yield* postgres.query(`select id::text as id, email from ${path} where email is not null order by id`)
  return rows.flatMap(({ email, id }) => {
    const customer = customersByEmail.get(String(email))
    return customer === undefined ? [] : [{ contact: String(id), customer }]
  })
})

/** A user of the CRM changes some fields of some contacts. */
export const edit = (postgres: Postgres.Postgres, edits: ReadonlyArray<Row>) =>
  Effect.asVoid(
    postgres.query(
      `update ${path} as c set
         full_name = coalesce(e.full_name, c.full_name), phone = coalesce(e.phone, c.phone)
       from jsonb_to_recordset($1::text::jsonb) as e (id bigint, full_name text, phone text)
       where c.id = e.id`,
      [JSON.stringify(edits)]
    )
  )

/** The note of a contact; undefined: there is no such contact. */
export const noteOf = (postgres: Postgres.Postgres, id: string) =>
  Effect.map(
    postgres.query(`select note from ${path} where id = $1::bigint order by id`, [id]),
    ([row]) => row?.["note"]
  )

export const create = (postgres: Postgres.Postgres, name: string, email: string) =>
  Effect.asVoid(postgres.query(`insert into ${path} (full_name, email) values ($1, $2)`, [name, email]))

/** What both sides must agree in, as text: name, email, phone and note, in this order. */
const told = (values: ReadonlyArray<unknown>): string => JSON.stringify(values.map((value) => value ?? null))

export const contacts = (postgres: Postgres.Postgres) =>
  Effect.map(postgres.query(`select full_name, email, phone, note from ${path} order by id`), (rows) =>
    rows.map(({ email, full_name: name, note, phone }) => told([name, email, phone, note]))
  )

export const ofCustomer = ({ description, email, name, phone }: Fields): string =>
  told([name, email, phone, description])
