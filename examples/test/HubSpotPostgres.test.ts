import * as HubSpotSandbox from "@syncline/connector-hubspot/sandbox"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import example from "../src/HubSpotPostgres.ts"
import * as Stage from "./Stage.ts"

const url = "http://127.0.0.1:4015"

const tables = `
  create schema crm;
  create table crm.companies (id bigint generated always as identity primary key, name text, domain text unique);
  create table crm.contacts (id bigint generated always as identity primary key, email text unique, first_name text,
    last_name text, phone text, company_id bigint references crm.companies);
  create table crm.deals (id bigint generated always as identity primary key, name text, amount numeric(12, 2), stage text,
    company_id bigint references crm.companies);
  insert into crm.companies (name, domain) values ('Ridgeway', 'ridgeway.example'), ('Only here', 'here.example');
  insert into crm.contacts (email, first_name, company_id)
    select 'ada@ridgeway.example', 'Ada', id from crm.companies where name = 'Ridgeway';
  insert into crm.contacts (email, first_name, company_id) select 'zoe@here.example', 'Zoë', id from crm.companies where name = 'Only here'`

const open = Effect.gen(function* () {
  const portal = yield* HubSpotSandbox.open()
  const stage = yield* Stage.open(
    example,
    {
      hubspot: {
        url,
        handler: portal.handler,
        config: { accessToken: HubSpotSandbox.defaultAccessToken, callsPer10Seconds: 100_000 }
      }
    },
    { connection: "crm", captured: ["companies", "contacts", "deals"], tables }
  )
  return { portal, ...stage }
})
type World = Effect.Success<typeof open>

/** Read from the stand-in and the tables, without the engine: companies by their domain, whatever id they have where. */
const isEven = Effect.fn(function* ({ portal, query }: World) {
  const [companies, contacts, deals] = [
    yield* portal.truth("company"),
    yield* portal.truth("contact"),
    yield* portal.truth("deal")
  ]
  const domains = new Map([...companies].map(([id, { domain }]) => [String(id), domain]))
  assert.deepStrictEqual(
    Stage.told((yield* query("select name, domain from crm.companies")).map(({ domain, name }) => [name, domain])),
    Stage.told([...companies.values()].map(({ domain, name }) => [name, domain]))
  )
  const rows = yield* query(
    "select email, first_name, last_name, phone, domain from crm.contacts c left join crm.companies o on o.id = c.company_id"
  )
  assert.deepStrictEqual(
    Stage.told(
      rows.map(({ domain, email, first_name, last_name, phone }) => [email, first_name, last_name, phone, domain])
    ),
    Stage.told(
      [...contacts.values()].map((each) => [
        each["email"],
        each["firstname"],
        each["lastname"],
        each["phone"],
        domains.get(Stage.text(each["company_id"]))
      ])
    )
  )
  const sold = yield* query(
    "select d.name, amount::float8 as amount, stage, domain from crm.deals d left join crm.companies o on o.id = d.company_id"
  )
  assert.deepStrictEqual(
    Stage.told(sold.map(({ amount, domain, name, stage }) => [name, amount, stage, domain])),
    Stage.told(
      [...deals.values()].map((each) => [
        each["dealname"],
        each["amount"] === null ? null : Number(each["amount"]),
        each["dealstage"],
        domains.get(Stage.text(each["company_id"]))
      ])
    )
  )
})

it.live("HubSpot and an application's CRM hold the same people, companies and deals", () =>
  Effect.gen(function* () {
    const world = yield* open
    const { portal, query } = world
    const ridgeway = yield* portal.user.create("company", { name: "Ridgeway", domain: "ridgeway.example" })
    const acme = yield* portal.user.create("company", { name: "Acme", domain: "acme.example" })
    const ada = yield* portal.user.create("contact", {
      email: "ada@ridgeway.example",
      firstname: "Ada",
      company_id: ridgeway
    })
    const bob = yield* portal.user.create("contact", { email: "bob@acme.example", firstname: "Bob", company_id: acme })
    const deal = yield* portal.user.create("deal", {
      dealname: "Roof",
      amount: "1200",
      dealstage: "appointmentscheduled",
      company_id: acme
    })
    yield* world.sync
    yield* isEven(world)
    yield* world.isQuiet

    yield* portal.user.edit("contact", ada, { lastname: "Lovelace" })
    yield* query("update crm.contacts set phone = '+49301234567' where email = 'ada@ridgeway.example'")
    yield* query(
      "update crm.contacts set company_id = (select id from crm.companies where domain = 'ridgeway.example') where email = 'bob@acme.example'"
    )
    yield* portal.user.edit("deal", deal, { amount: "1350.5" })
    yield* query("update crm.deals set stage = 'closedwon' where name = 'Roof'")
    yield* query(
      "insert into crm.deals (name, amount, stage, company_id) select 'Cellar', 80, 'appointmentscheduled', id from crm.companies where domain = 'here.example'"
    )
    yield* query("delete from crm.contacts where email = 'zoe@here.example'")
    yield* portal.user.create("contact", { email: "cyd@acme.example", firstname: "Cyd", company_id: acme })
    yield* world.sync
    yield* isEven(world)
    yield* world.isQuiet
    const people = yield* portal.truth("contact")
    assert.deepInclude(people.get(ada), { lastname: "Lovelace", phone: "+49301234567" })
    assert.deepInclude(people.get(bob), { company_id: String(ridgeway) })
    assert.strictEqual(people.size, 3)
  }).pipe(Effect.scoped, Stage.leaping)
)
