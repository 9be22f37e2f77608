/** What both sides hold in the end, compared by email address. */
import { Effect } from "effect"
import type { World } from "./World.ts"

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>

const byEmail = (rows: Rows) => Map.groupBy(rows, ({ email }) => String(email))

/** The addresses of what is missing or other than people left it, of what is there twice, and how many executions count wrongly. */
export const verdict = Effect.fn("Verdict.verdict")(function* (world: World) {
  const here = byEmail(yield* world.query("select email, phone, note from crm.contacts order by id"))
  const there = byEmail([...(yield* world.account.truth("customer")).values()])
  const emails = new Set([...here.keys(), ...there.keys(), ...world.phones.keys(), ...world.notes.keys()])
  const lost = [...emails].filter((email) => {
    const [contact] = here.get(email) ?? []
    const [customer] = there.get(email) ?? []
    const phone = world.phones.get(email)
    const note = world.notes.get(email)
    return (
      contact === undefined ||
      customer === undefined ||
      (phone !== undefined && (contact["phone"] !== phone || customer["phone"] !== phone)) ||
      (note !== undefined && (contact["note"] !== note || customer["description"] !== note))
    )
  })
  const doubled = [...emails].filter((email) => [here, there].some((rows) => (rows.get(email) ?? []).length > 1))
  const [wrong] = yield* world.query(
    `select count(*)::int as n from syncline.execution e
     where processed <> created + updated + deleted + skipped + conflicted + failed + queued or status = 'running' and not exists (
       select from syncline.wake k where k.tenant_id = e.tenant_id and k.job = e.job)`
  )
  return { lost, doubled, counterErrors: Number(wrong?.["n"] ?? 0) }
})
