/** People at work: contacts are made and called at the CRM, customers are made and noted at Stripe. */
import { Effect, Random } from "effect"
import type { World } from "./World.ts"

/** So many writes may wait: people who are faster than the workers would measure how far behind those are, not how soon they go on. */
const mostWaiting = 30

/** Whether more has been done than is on its way by now. */
export const isAhead = (world: World) =>
  Effect.map(
    world.query(
      "select count(*)::int as n from syncline.outbox where state in ('pending', 'in_flight', 'in_doubt', 'failed')"
    ),
    ([row]) => Number(row?.["n"]) > mostWaiting
  )

/** One edit or one new record, at either side. */
export const work = Effect.fn("People.work")(function* (world: World, step: number) {
  const chance = yield* Random.nextIntBetween(0, 4, { halfOpen: true })
  const known = [...world.phones.keys()]
  const some = known[yield* Random.nextIntBetween(0, Math.max(1, known.length), { halfOpen: true })]
  if (chance === 0 || some === undefined) {
    const email = `crm.${step}@example.net`
    yield* world.query("insert into crm.contacts (full_name, email, phone) values ($1, $2, $3)", [
      `Contact ${step}`,
      email,
      `p${step}`
    ])
    world.phones.set(email, `p${step}`)
  } else if (chance === 1) {
    const email = `shop.${step}@example.com`
    yield* world.account.user.create("customer", { name: `Customer ${step}`, email, description: `n${step}` })
    world.notes.set(email, `n${step}`)
  } else if (chance === 2) {
    yield* world.query("update crm.contacts set phone = $2 where email = $1", [some, `p${step}`])
    world.phones.set(some, `p${step}`)
  } else {
    const customers = yield* world.account.truth("customer")
    const [id] = [...customers].find(([, { email }]) => email === some) ?? []
    if (id === undefined) return
    yield* world.account.user.edit("customer", id, { description: `n${step}` })
    world.notes.set(some, `n${step}`)
  }
})
